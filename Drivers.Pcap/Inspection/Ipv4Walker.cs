using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Walks through an IPv4 header.</summary>
/// <remarks>RFC 791 §3.1.</remarks>
internal static class Ipv4Walker
{
    private const int MinimumHeaderBytes = 20;
    private const int MoreFragments = 0x2000;
    private const int FragmentOffset = 0x1FFF;

    public static void Walk(Octets packet, ref PacketFacts facts)
    {
        facts.Meet(CaptureProtocol.Ipv4);
        if (!packet.Holds(1, CaptureFault.Ipv4TooShort, ref facts))
        {
            return;
        }

        if (packet.Kept[0] >> 4 != 4)
        {
            facts.Blame(CaptureFault.Ipv4BadVersion);
            return;
        }

        if (!packet.Holds(MinimumHeaderBytes, CaptureFault.Ipv4TooShort, ref facts))
        {
            return;
        }

        ReadOnlySpan<byte> header = packet.Kept;
        int headerBytes = (header[0] & 0xF) * 4;
        if (headerBytes < MinimumHeaderBytes || headerBytes > packet.Length)
        {
            facts.Blame(CaptureFault.Ipv4BadHeaderLength);
            return;
        }

        facts.Source = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        facts.Destination = BinaryPrimitives.ReadUInt32BigEndian(header[16..]);
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (totalBytes == 0)
        {
            // A frame taken before the device cut it into segments. A stack drops it; its flow is still worth counting.
            facts.Blame(CaptureFault.Ipv4BadTotalLength);
            totalBytes = packet.Length;
        }

        if (totalBytes < headerBytes)
        {
            facts.Blame(CaptureFault.Ipv4BadTotalLength);
            return;
        }

        VerifyChecksum(packet, headerBytes, ref facts);
        if (totalBytes > packet.Length)
        {
            // The sender's fault, not the capture's: what there is of it is judged like a packet.
            facts.Blame(CaptureFault.Ipv4BadTotalLength);
            totalBytes = packet.Length;
        }
        else if (totalBytes > packet.Kept.Length)
        {
            facts.Blame(CaptureFault.Truncated);
            facts.IsCut = true;
        }

        Octets payload = new Octets(packet.Kept, totalBytes).After(headerBytes);
        if ((BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & (MoreFragments | FragmentOffset)) != 0)
        {
            WalkFragment(header, payload, ref facts);
            return;
        }

        TransportWalker.Walk(header[9], payload, ref facts);
    }

    /// <summary>The transport header belongs to the fragment that completes its datagram.</summary>
    private static void WalkFragment(ReadOnlySpan<byte> header, Octets payload, ref PacketFacts facts)
    {
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(header[6..]);
        byte protocol = header[9];
        int offset = (fragment & FragmentOffset) * 8;
        if (facts.IsCut || facts.Ipv4Checksum != ChecksumVerdict.Good)
        {
            // It will never be put together; the first one still tells the ports.
            facts.IsFragment = true;
            if (offset == 0)
            {
                TransportWalker.Walk(protocol, payload, ref facts);
            }

            return;
        }

        uint identification = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        var key = new FragmentKey(IsIpv6: false, facts.Source, facts.Destination, protocol, identification);
        FragmentedDatagram? datagram = facts.Fragments.Add(
            key, protocol, offset, payload.Kept, isLast: (fragment & MoreFragments) == 0);
        if (datagram is not null)
        {
            TransportWalker.Walk(protocol, new Octets(datagram.Payload, datagram.Payload.Length), ref facts);
        }
    }

    private static void VerifyChecksum(Octets packet, int headerBytes, ref PacketFacts facts)
    {
        if (packet.Kept.Length < headerBytes)
        {
            facts.Ipv4Checksum = ChecksumVerdict.Unverified;
            facts.Blame(CaptureFault.Truncated);
            return;
        }

        bool isRight = InternetChecksum.Verify(packet.Kept[..headerBytes]);
        facts.Ipv4Checksum = isRight ? ChecksumVerdict.Good : ChecksumVerdict.Bad;
        if (!isRight)
        {
            facts.Blame(CaptureFault.Ipv4BadChecksum);
        }
    }
}
