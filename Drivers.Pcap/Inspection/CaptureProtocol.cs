namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>A protocol that packets are counted by. A packet counts for every layer it has, outermost headers only.</summary>
public enum CaptureProtocol
{
    /// <summary>Ethernet.</summary>
    Ethernet,

    /// <summary>An IEEE 802.1Q or 802.1ad tag.</summary>
    Vlan,

    /// <summary>IEEE 802.3 with a length field.</summary>
    Llc,

    /// <summary>Linux "cooked" capture, either version.</summary>
    LinuxCooked,

    /// <summary>ARP.</summary>
    Arp,

    /// <summary>IPv4.</summary>
    Ipv4,

    /// <summary>IPv6.</summary>
    Ipv6,

    /// <summary>ICMP.</summary>
    Icmp,

    /// <summary>ICMPv6.</summary>
    Icmpv6,

    /// <summary>IGMP.</summary>
    Igmp,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>DNS: payload on port 53, over UDP or TCP.</summary>
    Dns,

    /// <summary>Multicast DNS: payload on UDP port 5353.</summary>
    Mdns,

    /// <summary>DHCPv4 and BOOTP: payload on UDP port 67 or 68.</summary>
    Dhcp,

    /// <summary>DHCPv6: payload on UDP port 546 or 547.</summary>
    Dhcpv6,

    /// <summary>NTP: payload on UDP port 123.</summary>
    Ntp,
}
