using System.Buffers.Binary;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Walks through the link header of a packet to the network layer.</summary>
internal static class LinkWalker
{
    private const int EtherTypeIpv4 = 0x0800;
    private const int EtherTypeArp = 0x0806;
    private const int EtherTypeIpv6 = 0x86DD;
    private const int EtherTypeVlan = 0x8100;
    private const int EtherTypeServiceVlan = 0x88A8;
    private const int EtherTypeOldServiceVlan = 0x9100;
    private const int LargestLength = 1500;

    // Address families of the systems that write null and loop captures.
    private const uint FamilyIpv4 = 2;
    private const uint FamilyIpv6Linux = 10;
    private const uint FamilyIpv6NetBsd = 24;
    private const uint FamilyIpv6FreeBsd = 28;
    private const uint FamilyIpv6Darwin = 30;

    /// <summary>Walks a whole packet.</summary>
    public static void Walk(CaptureLinkType linkType, Octets packet, ref PacketFacts facts)
    {
        switch (linkType)
        {
            case CaptureLinkType.Ethernet:
                WalkEthernet(packet, ref facts);
                break;
            case CaptureLinkType.Raw:
                WalkRaw(packet, ref facts);
                break;
            case CaptureLinkType.Ipv4:
                Ipv4Walker.Walk(packet, ref facts);
                break;
            case CaptureLinkType.Ipv6:
                Ipv6Walker.Walk(packet, ref facts);
                break;
            case CaptureLinkType.Null or CaptureLinkType.Loop:
                WalkFamily(packet, ref facts);
                break;
            case CaptureLinkType.LinuxCooked:
                WalkCooked(packet, headerBytes: 16, etherTypeAt: 14, ref facts);
                break;
            case CaptureLinkType.LinuxCooked2:
                WalkCooked(packet, headerBytes: 20, etherTypeAt: 0, ref facts);
                break;
            default:
                facts.Blame(CaptureFault.LinkTypeUnknown);
                break;
        }
    }

    private static void WalkEthernet(Octets frame, ref PacketFacts facts)
    {
        facts.Meet(CaptureProtocol.Ethernet);
        if (frame.Holds(14, CaptureFault.LinkTooShort, ref facts))
        {
            WalkEtherType(BinaryPrimitives.ReadUInt16BigEndian(frame.Kept[12..]), frame.After(14), ref facts);
        }
    }

    private static void WalkCooked(Octets packet, int headerBytes, int etherTypeAt, ref PacketFacts facts)
    {
        facts.Meet(CaptureProtocol.LinuxCooked);
        if (packet.Holds(headerBytes, CaptureFault.LinkTooShort, ref facts))
        {
            WalkEtherType(BinaryPrimitives.ReadUInt16BigEndian(packet.Kept[etherTypeAt..]), packet.After(headerBytes), ref facts);
        }
    }

    private static void WalkRaw(Octets packet, ref PacketFacts facts)
    {
        if (!packet.Holds(1, CaptureFault.LinkTooShort, ref facts))
        {
            return;
        }

        switch (packet.Kept[0] >> 4)
        {
            case 4:
                Ipv4Walker.Walk(packet, ref facts);
                break;
            case 6:
                Ipv6Walker.Walk(packet, ref facts);
                break;
            default:
                facts.Blame(CaptureFault.Ipv4BadVersion);
                break;
        }
    }

    private static void WalkFamily(Octets packet, ref PacketFacts facts)
    {
        if (!packet.Holds(4, CaptureFault.LinkTooShort, ref facts))
        {
            return;
        }

        // Null captures have the byte order of the machine that wrote them, which families below 256 give away.
        uint family = BinaryPrimitives.ReadUInt32BigEndian(packet.Kept);
        family = (family & 0xFFFF0000) != 0 ? BinaryPrimitives.ReverseEndianness(family) : family;
        switch (family)
        {
            case FamilyIpv4:
                Ipv4Walker.Walk(packet.After(4), ref facts);
                break;
            case FamilyIpv6Linux or FamilyIpv6NetBsd or FamilyIpv6FreeBsd or FamilyIpv6Darwin:
                Ipv6Walker.Walk(packet.After(4), ref facts);
                break;
            default:
                facts.Blame(CaptureFault.EtherTypeUnknown);
                break;
        }
    }

    private static void WalkEtherType(int etherType, Octets rest, ref PacketFacts facts)
    {
        // Every turn takes four bytes off the frame.
        while (etherType is EtherTypeVlan or EtherTypeServiceVlan or EtherTypeOldServiceVlan)
        {
            facts.Meet(CaptureProtocol.Vlan);
            if (!rest.Holds(4, CaptureFault.LinkTooShort, ref facts))
            {
                return;
            }

            etherType = BinaryPrimitives.ReadUInt16BigEndian(rest.Kept[2..]);
            rest = rest.After(4);
        }

        switch (etherType)
        {
            case EtherTypeIpv4:
                Ipv4Walker.Walk(rest, ref facts);
                break;
            case EtherTypeIpv6:
                Ipv6Walker.Walk(rest, ref facts);
                break;
            case EtherTypeArp:
                WalkArp(rest, ref facts);
                break;
            case <= LargestLength:
                facts.Meet(CaptureProtocol.Llc);
                facts.Blame(CaptureFault.Ieee8023);
                break;
            default:
                facts.Blame(CaptureFault.EtherTypeUnknown);
                break;
        }
    }

    private static void WalkArp(Octets message, ref PacketFacts facts)
    {
        const ulong EthernetAndIpv4 = 0x0001_0800_06_04;

        facts.Meet(CaptureProtocol.Arp);
        if (message.Holds(28, CaptureFault.ArpMalformed, ref facts)
            && BinaryPrimitives.ReadUInt64BigEndian(message.Kept) >> 16 != EthernetAndIpv4)
        {
            facts.Blame(CaptureFault.ArpMalformed);
        }
    }
}
