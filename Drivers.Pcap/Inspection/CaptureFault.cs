namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>Why a stack that were handed a captured packet would drop it. A packet has at most one: the first that is met.</summary>
public enum CaptureFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The capture kept too little of the packet to tell.</summary>
    Truncated,

    /// <summary>The capture's link type is not one that is read here.</summary>
    LinkTypeUnknown,

    /// <summary>The frame is shorter than its link header.</summary>
    LinkTooShort,

    /// <summary>The frame is an IEEE 802.3 one, with a length in place of an EtherType.</summary>
    Ieee8023,

    /// <summary>The EtherType is none of IPv4, IPv6 and ARP.</summary>
    EtherTypeUnknown,

    /// <summary>The ARP message is too short or not for Ethernet and IPv4.</summary>
    ArpMalformed,

    /// <summary>The packet is shorter than an IPv4 header.</summary>
    Ipv4TooShort,

    /// <summary>The version field is not 4.</summary>
    Ipv4BadVersion,

    /// <summary>The header length is below 20 bytes or beyond the packet.</summary>
    Ipv4BadHeaderLength,

    /// <summary>The total length is below the header's or beyond the frame.</summary>
    Ipv4BadTotalLength,

    /// <summary>The header checksum is wrong.</summary>
    Ipv4BadChecksum,

    /// <summary>The packet is shorter than an IPv6 header.</summary>
    Ipv6TooShort,

    /// <summary>The version field is not 6.</summary>
    Ipv6BadVersion,

    /// <summary>The payload length is beyond the frame.</summary>
    Ipv6BadPayloadLength,

    /// <summary>An extension header is cut off or longer than the packet.</summary>
    Ipv6BadExtension,

    /// <summary>The transport protocol is none that a stack speaks.</summary>
    ProtocolUnknown,

    /// <summary>The ICMP or ICMPv6 message is shorter than its header.</summary>
    IcmpTooShort,

    /// <summary>The ICMP checksum is wrong.</summary>
    IcmpBadChecksum,

    /// <summary>The ICMPv6 checksum is wrong.</summary>
    Icmpv6BadChecksum,

    /// <summary>The datagram is shorter than a UDP header.</summary>
    UdpTooShort,

    /// <summary>The UDP length does not fit the packet.</summary>
    UdpBadLength,

    /// <summary>The UDP checksum is wrong, or missing over IPv6.</summary>
    UdpBadChecksum,

    /// <summary>The segment is shorter than a TCP header.</summary>
    TcpTooShort,

    /// <summary>The data offset is below 20 bytes or beyond the segment.</summary>
    TcpBadHeaderLength,

    /// <summary>The TCP checksum is wrong.</summary>
    TcpBadChecksum,
}
