using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Walks through the transport header of a packet.</summary>
internal static class TransportWalker
{
    public const byte Icmp = 1;
    public const byte Igmp = 2;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Icmpv6 = 58;

    private const int IcmpHeaderBytes = 8;
    private const int UdpHeaderBytes = 8;
    private const int TcpHeaderBytes = 20;

    public static void Walk(byte protocol, Octets payload, ref PacketFacts facts)
    {
        switch (protocol)
        {
            case Tcp:
                facts.Meet(CaptureProtocol.Tcp);
                WalkTcp(payload, ref facts);
                break;
            case Udp:
                facts.Meet(CaptureProtocol.Udp);
                WalkUdp(payload, ref facts);
                break;
            case Icmp when !facts.IsIpv6:
                facts.Meet(CaptureProtocol.Icmp);
                WalkIcmp(payload, ref facts);
                break;
            case Icmpv6 when facts.IsIpv6:
                facts.Meet(CaptureProtocol.Icmpv6);
                WalkIcmpv6(payload, ref facts);
                break;
            case Igmp when !facts.IsIpv6:
                facts.Meet(CaptureProtocol.Igmp);
                break;
            default:
                facts.Blame(CaptureFault.ProtocolUnknown);
                break;
        }
    }

    private static void WalkTcp(Octets segment, ref PacketFacts facts)
    {
        facts.TransportChecksum = ChecksumVerdict.Unverified;
        if (!segment.Holds(TcpHeaderBytes, CaptureFault.TcpTooShort, ref facts))
        {
            return;
        }

        ReadOnlySpan<byte> header = segment.Kept;
        int headerBytes = (header[12] >> 4) * 4;
        if (headerBytes < TcpHeaderBytes || headerBytes > segment.Length)
        {
            facts.Blame(CaptureFault.TcpBadHeaderLength);
            return;
        }

        if (!segment.Holds(headerBytes, CaptureFault.TcpBadHeaderLength, ref facts))
        {
            return;
        }

        SetPorts(Tcp, header, ref facts);
        facts.TcpSequence = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        facts.TcpAcknowledgment = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        facts.TcpFlags = header[13];
        facts.TcpPayloadLength = segment.Length - headerBytes;
        Verify(Tcp, segment, CaptureFault.TcpBadChecksum, ref facts);
        if (facts.TcpPayloadLength > 0 && IsEither(in facts, 53))
        {
            facts.Meet(CaptureProtocol.Dns);
        }
    }

    private static void WalkUdp(Octets datagram, ref PacketFacts facts)
    {
        facts.TransportChecksum = ChecksumVerdict.Unverified;
        if (!datagram.Holds(UdpHeaderBytes, CaptureFault.UdpTooShort, ref facts))
        {
            return;
        }

        ReadOnlySpan<byte> header = datagram.Kept;
        int lengthBytes = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        // "A zero UDP Length field ... the UDP header plus data exceeds 65,535 octets" (RFC 2675 §4).
        lengthBytes = lengthBytes == 0 && facts.IsIpv6 ? datagram.Length : lengthBytes;
        if (lengthBytes < UdpHeaderBytes)
        {
            facts.Blame(CaptureFault.UdpBadLength);
            return;
        }

        SetPorts(Udp, header, ref facts);
        if (lengthBytes > UdpHeaderBytes)
        {
            MeetApplication(ref facts);
        }

        if (lengthBytes > datagram.Length && !facts.IsFragment)
        {
            facts.Blame(CaptureFault.UdpBadLength);
            return;
        }

        if (header[6] == 0 && header[7] == 0)
        {
            // "the default behavior is that a UDP checksum of zero is not permitted over IPv6" (RFC 8200 §8.1).
            facts.TransportChecksum = ChecksumVerdict.Absent;
            if (facts.IsIpv6)
            {
                Judge(isRight: false, CaptureFault.UdpBadChecksum, ref facts);
            }
        }
        else
        {
            Verify(Udp, datagram.First(lengthBytes), CaptureFault.UdpBadChecksum, ref facts);
        }
    }

    private static void WalkIcmp(Octets message, ref PacketFacts facts)
    {
        facts.TransportChecksum = ChecksumVerdict.Unverified;
        if (!message.Holds(IcmpHeaderBytes, CaptureFault.IcmpTooShort, ref facts) || !IsVerifiable(message, in facts))
        {
            return;
        }

        // ICMP's checksum covers no pseudo-header (RFC 792).
        Judge(InternetChecksum.Verify(message.Kept), CaptureFault.IcmpBadChecksum, ref facts);
    }

    private static void WalkIcmpv6(Octets message, ref PacketFacts facts)
    {
        facts.TransportChecksum = ChecksumVerdict.Unverified;
        if (message.Holds(IcmpHeaderBytes, CaptureFault.IcmpTooShort, ref facts))
        {
            Verify(Icmpv6, message, CaptureFault.Icmpv6BadChecksum, ref facts);
        }
    }

    private static void SetPorts(byte protocol, ReadOnlySpan<byte> header, ref PacketFacts facts)
    {
        facts.HasPorts = true;
        facts.Transport = protocol;
        facts.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(header);
        facts.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
    }

    private static void MeetApplication(ref PacketFacts facts)
    {
        if (IsEither(in facts, 53))
        {
            facts.Meet(CaptureProtocol.Dns);
        }
        else if (IsEither(in facts, 5353))
        {
            facts.Meet(CaptureProtocol.Mdns);
        }
        else if (IsEither(in facts, 67) || IsEither(in facts, 68))
        {
            facts.Meet(CaptureProtocol.Dhcp);
        }
        else if (IsEither(in facts, 546) || IsEither(in facts, 547))
        {
            facts.Meet(CaptureProtocol.Dhcpv6);
        }
        else if (IsEither(in facts, 123))
        {
            facts.Meet(CaptureProtocol.Ntp);
        }
    }

    private static bool IsEither(in PacketFacts facts, ushort port) =>
        facts.SourcePort == port || facts.DestinationPort == port;

    /// <summary>A checksum covers the packet as it was sent: it can be verified where all of that is here.</summary>
    private static bool IsVerifiable(Octets part, in PacketFacts facts) =>
        part.IsWhole && !facts.IsFragment && !facts.IsCut;

    private static void Verify(byte protocol, Octets part, CaptureFault fault, ref PacketFacts facts)
    {
        if (!IsVerifiable(part, in facts))
        {
            return;
        }

        ulong pseudoHeader = InternetChecksum.PseudoHeader(
            (ulong)(facts.Source >> 64),
            (ulong)facts.Source,
            (ulong)(facts.Destination >> 64),
            (ulong)facts.Destination,
            protocol,
            (uint)part.Length);
        Judge(InternetChecksum.Verify(part.Kept, pseudoHeader), fault, ref facts);
    }

    private static void Judge(bool isRight, CaptureFault fault, ref PacketFacts facts)
    {
        facts.TransportChecksum = isRight ? ChecksumVerdict.Good : ChecksumVerdict.Bad;
        if (!isRight)
        {
            facts.Blame(fault);
        }
    }
}
