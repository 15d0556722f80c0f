using System.Buffers.Binary;

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

        facts.Source = facts.PseudoSource = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        facts.Destination = facts.PseudoDestination = BinaryPrimitives.ReadUInt32BigEndian(header[16..]);
        VerifyChecksum(packet, headerBytes, ref facts);

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

        if (totalBytes > packet.Length)
        {
            facts.Blame(CaptureFault.Ipv4BadTotalLength);
            facts.IsCut = true;
        }
        else if (totalBytes > packet.Kept.Length)
        {
            facts.Blame(CaptureFault.Truncated);
            facts.IsCut = true;
        }

        int fragment = BinaryPrimitives.ReadUInt16BigEndian(header[6..]);
        facts.IsFragment = (fragment & (MoreFragments | FragmentOffset)) != 0;
        if ((fragment & FragmentOffset) == 0)
        {
            Octets payload = new Octets(packet.Kept, totalBytes).After(headerBytes);
            TransportWalker.Walk(header[9], payload, ref facts);
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

        var sum = default(InternetSum);
        sum.Add(packet.Kept[..headerBytes]);
        facts.Ipv4Checksum = sum.IsRight ? ChecksumVerdict.Good : ChecksumVerdict.Bad;
        if (!sum.IsRight)
        {
            facts.Blame(CaptureFault.Ipv4BadChecksum);
        }
    }
}
