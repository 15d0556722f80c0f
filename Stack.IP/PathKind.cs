namespace NetStack.IP;

/// <summary>How packets of a path find their link address.</summary>
internal enum PathKind : byte
{
    /// <summary>The next hop's, by ARP or NDP.</summary>
    Neighbor,

    /// <summary>Fixed: broadcast, multicast, or a link without addresses.</summary>
    FixedLink,

    /// <summary>None: the packet stays within the host.</summary>
    Loopback,
}
