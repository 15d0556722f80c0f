using NetStack.Core;

namespace NetStack.IP;

/// <summary>The limits and defaults of an <see cref="IpHost"/>.</summary>
public sealed class IpHostOptions
{
    /// <summary>The TTL or hop limit of packets whose sender names none.</summary>
    public byte DefaultHopLimit { get; init; } = 64;

    /// <summary>Whether packets for other hosts are forwarded as the routes say: whether the host is a router. IPv4.</summary>
    /// <remarks>RFC 1812 §5, RFC 1122 §3.1: "a host ... MUST NOT forward" unless it is told to be a router.</remarks>
    public bool Forwards { get; init; }

    /// <summary>Whether echo requests are answered.</summary>
    public bool AnswersEcho { get; init; } = true;

    /// <summary>The paths remembered; beyond it the oldest is forgotten.</summary>
    public int MaximumPaths { get; init; } = 4096;

    /// <summary>The neighbours remembered on one interface; beyond it the one longest unused is forgotten.</summary>
    public int MaximumNeighbors { get; init; } = 1024;

    /// <summary>The packets that wait for one neighbour's link address; beyond it the oldest is dropped.</summary>
    public int NeighborQueuePackets { get; init; } = 64;

    /// <summary>
    /// The packets that wait for link addresses on one interface. Beyond it a neighbour gets but one place, so that
    /// questions from many feigned neighbours cannot tie up the pool with answers.
    /// </summary>
    public int MaximumWaitingPackets { get; init; } = 1024;

    /// <summary>The ICMP errors sent in a second, on average.</summary>
    public int IcmpErrorsPerSecond { get; init; } = 1000;

    /// <summary>The ICMP errors sent at once, at most.</summary>
    public int IcmpErrorBurst { get; init; } = 50;

    /// <summary>The packets that may wait for fragments at a time.</summary>
    public int MaximumReassemblies { get; init; } = 256;

    /// <summary>The pool memory that fragments may hold in bytes, counted in whole blocks.</summary>
    public int ReassemblyBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a packet waits for its fragments, from the first to arrive.</summary>
    /// <remarks>RFC 1122 §3.3.2: "between 60 and 120 seconds".</remarks>
    public Duration ReassemblyTimeout { get; init; } = Duration.FromSeconds(60);

    /// <summary>
    /// Whether segments are cut from larger ones just before a device that does not cut them itself (generic segmentation
    /// offload), so that TCP goes over many of them at once.
    /// </summary>
    public bool CutsSegments { get; init; } = true;

    /// <summary>
    /// Whether segments of one flow that a device delivers in one burst are put together before TCP goes over them (generic
    /// receive offload).
    /// </summary>
    public bool CoalescesSegments { get; init; } = true;

    /// <summary>The packets to ourselves that wait for the next turn.</summary>
    public int LoopbackQueuePackets { get; init; } = 1024;
}
