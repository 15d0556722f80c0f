namespace NetStack.IP;

/// <summary>How a UDP endpoint starts out.</summary>
public sealed class UdpOptions
{
    /// <summary>Options with all defaults.</summary>
    public static UdpOptions Default { get; } = new();

    /// <summary>The pool memory its received datagrams may hold in bytes, counted in whole blocks.</summary>
    public int ReceiveQueueBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The datagrams that may wait.</summary>
    public int ReceiveQueueDatagrams { get; init; } = 1024;

    /// <summary>Whether the address and port may be shared with endpoints that say the same.</summary>
    public bool ReuseAddress { get; init; }

    /// <summary>Whether an endpoint bound to <c>::</c> takes IPv4 datagrams too.</summary>
    public bool DualMode { get; init; }

    /// <summary>Whether it may send to broadcast addresses.</summary>
    public bool AllowBroadcast { get; init; }

    /// <summary>Whether a datagram larger than the path is refused instead of fragmented.</summary>
    public bool DontFragment { get; init; }

    /// <summary>The TTL or hop limit; 0 for the host's default.</summary>
    public byte HopLimit { get; init; }

    /// <summary>The TOS or traffic class byte.</summary>
    public byte TrafficClass { get; init; }
}
