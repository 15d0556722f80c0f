using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>The names that reports print for faults, protocols and link types. Scripts may rely on them.</summary>
public static class InspectionNames
{
    /// <summary>The name of a fault, such as <c>tcp-bad-checksum</c>.</summary>
    public static string Of(CaptureFault fault) => fault switch
    {
        CaptureFault.None => "none",
        CaptureFault.Truncated => "truncated",
        CaptureFault.LinkTypeUnknown => "link-type-unknown",
        CaptureFault.LinkTooShort => "link-too-short",
        CaptureFault.Ieee8023 => "ieee-802.3",
        CaptureFault.EtherTypeUnknown => "ethertype-unknown",
        CaptureFault.ArpMalformed => "arp-malformed",
        CaptureFault.Ipv4TooShort => "ipv4-too-short",
        CaptureFault.Ipv4BadVersion => "ipv4-bad-version",
        CaptureFault.Ipv4BadHeaderLength => "ipv4-bad-header-length",
        CaptureFault.Ipv4BadTotalLength => "ipv4-bad-total-length",
        CaptureFault.Ipv4BadChecksum => "ipv4-bad-checksum",
        CaptureFault.Ipv6TooShort => "ipv6-too-short",
        CaptureFault.Ipv6BadVersion => "ipv6-bad-version",
        CaptureFault.Ipv6BadPayloadLength => "ipv6-bad-payload-length",
        CaptureFault.Ipv6BadExtension => "ipv6-bad-extension",
        CaptureFault.ProtocolUnknown => "protocol-unknown",
        CaptureFault.IcmpTooShort => "icmp-too-short",
        CaptureFault.IcmpBadChecksum => "icmp-bad-checksum",
        CaptureFault.Icmpv6BadChecksum => "icmpv6-bad-checksum",
        CaptureFault.UdpTooShort => "udp-too-short",
        CaptureFault.UdpBadLength => "udp-bad-length",
        CaptureFault.UdpBadChecksum => "udp-bad-checksum",
        CaptureFault.TcpTooShort => "tcp-too-short",
        CaptureFault.TcpBadHeaderLength => "tcp-bad-header-length",
        CaptureFault.TcpBadChecksum => "tcp-bad-checksum",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault"),
    };

    /// <summary>The name of a protocol, such as <c>tcp</c>.</summary>
    public static string Of(CaptureProtocol protocol) => protocol switch
    {
        CaptureProtocol.Ethernet => "ethernet",
        CaptureProtocol.Vlan => "vlan",
        CaptureProtocol.Llc => "llc",
        CaptureProtocol.LinuxCooked => "linux-cooked",
        CaptureProtocol.Arp => "arp",
        CaptureProtocol.Ipv4 => "ipv4",
        CaptureProtocol.Ipv6 => "ipv6",
        CaptureProtocol.Icmp => "icmp",
        CaptureProtocol.Icmpv6 => "icmpv6",
        CaptureProtocol.Igmp => "igmp",
        CaptureProtocol.Udp => "udp",
        CaptureProtocol.Tcp => "tcp",
        CaptureProtocol.Dns => "dns",
        CaptureProtocol.Mdns => "mdns",
        CaptureProtocol.Dhcp => "dhcp",
        CaptureProtocol.Dhcpv6 => "dhcpv6",
        CaptureProtocol.Ntp => "ntp",
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "no such protocol"),
    };

    /// <summary>The name of a link type, such as <c>ethernet</c>; its number where it has none here.</summary>
    public static string Of(CaptureLinkType linkType) => linkType switch
    {
        CaptureLinkType.Null => "null",
        CaptureLinkType.Ethernet => "ethernet",
        CaptureLinkType.Raw => "raw-ip",
        CaptureLinkType.Loop => "loop",
        CaptureLinkType.LinuxCooked => "linux-cooked",
        CaptureLinkType.Ipv4 => "ipv4",
        CaptureLinkType.Ipv6 => "ipv6",
        CaptureLinkType.LinuxCooked2 => "linux-cooked-2",
        _ => FormattableString.Invariant($"link-type-{(int)linkType}"),
    };
}
