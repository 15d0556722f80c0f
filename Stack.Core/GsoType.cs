namespace NetStack.Core;

/// <summary>The segmentation a packet larger than the MTU still needs, or was put together from.</summary>
public enum GsoType : byte
{
    /// <summary>An ordinary packet.</summary>
    None,

    /// <summary>TCP over IPv4.</summary>
    TcpV4,

    /// <summary>TCP over IPv6.</summary>
    TcpV6,

    /// <summary>UDP over IPv4 or IPv6, cut into datagrams.</summary>
    Udp,
}
