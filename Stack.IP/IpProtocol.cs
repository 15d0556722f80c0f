namespace NetStack.IP;

/// <summary>What an IP packet carries.</summary>
/// <remarks>IANA "Assigned Internet Protocol Numbers".</remarks>
public enum IpProtocol : byte
{
    /// <summary>Internet Control Message Protocol.</summary>
    Icmp = 1,

    /// <summary>Transmission Control Protocol.</summary>
    Tcp = 6,

    /// <summary>User Datagram Protocol.</summary>
    Udp = 17,

    /// <summary>Internet Control Message Protocol for IPv6.</summary>
    IcmpV6 = 58,
}
