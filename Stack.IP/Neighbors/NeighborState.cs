namespace NetStack.IP;

/// <summary>What is known of a neighbour's link address.</summary>
/// <remarks>RFC 4861 §7.3.2; used for ARP too.</remarks>
internal enum NeighborState : byte
{
    /// <summary>Asked for, no answer yet: packets wait.</summary>
    Incomplete,

    /// <summary>Confirmed lately.</summary>
    Reachable,

    /// <summary>Known, not confirmed lately; nothing is done until a packet is sent.</summary>
    Stale,

    /// <summary>A packet was sent to a stale neighbour: time for its answer to confirm it.</summary>
    Delay,

    /// <summary>Asked again, at the address known so far.</summary>
    Probe,

    /// <summary>Out of the table.</summary>
    Forgotten,
}
