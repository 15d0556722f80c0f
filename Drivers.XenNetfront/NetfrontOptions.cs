using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// How to open a network interface of Xen's. Each feature is used where the backend has it, too, unless it is switched off here.
/// </summary>
/// <remarks>The features are those of Xen's <c>public/io/netif.h</c>.</remarks>
public sealed class NetfrontOptions
{
    /// <summary>The most queues that can be asked for.</summary>
    public const int MaximumQueues = 16;

    /// <summary>The queues wanted, from 1 to <see cref="MaximumQueues"/>. There are as many as the backend offers, at most.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Whether a frame may take several pages (<c>feature-sg</c>). Without it the MTU is at most 1,500, and there are no super-frames.</summary>
    public bool ScatterGather { get; init; } = true;

    /// <summary>Whether TCP super-frames pass uncut over IPv4, both ways (<c>feature-gso-tcpv4</c>).</summary>
    public bool SegmentationV4 { get; init; } = true;

    /// <summary>The same for IPv6 (<c>feature-gso-tcpv6</c>).</summary>
    public bool SegmentationV6 { get; init; } = true;

    /// <summary>Whether TCP and UDP checksums are left to the other side over IPv4, both ways (<c>feature-no-csum-offload</c>).</summary>
    public bool ChecksumV4 { get; init; } = true;

    /// <summary>The same for IPv6 (<c>feature-ipv6-csum-offload</c>).</summary>
    public bool ChecksumV6 { get; init; } = true;

    /// <summary>Whether each direction has an event channel of its own (<c>feature-split-event-channels</c>).</summary>
    public bool SplitEventChannels { get; init; } = true;

    /// <summary>Whether the backend keeps back frames to groups that the stack has not joined (<c>feature-multicast-control</c>).</summary>
    public bool MulticastControl { get; init; } = true;

    /// <summary>Whether pages that frames pass in are made known to the backend once, for it to keep mapped (<c>XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING</c>).</summary>
    public bool StagingGrants { get; init; } = true;

    /// <summary>
    /// Whether the backend leaves room before each received frame (<c>feature-xdp-headroom</c>), as other devices do. It costs
    /// a slot a frame, and only programs that put headers before received frames need it.
    /// </summary>
    public bool ReceiveHeadroom { get; init; }

    /// <summary>
    /// What the key of the hash that spreads flows over queues is made of: the same entropy gives the same key. Where null, it is
    /// drawn from the operating system.
    /// </summary>
    public ulong? Entropy { get; init; }

    /// <summary>The MTU in bytes; what xenstore says where null, and 1,500 where that says nothing.</summary>
    public int? MtuBytes { get; init; }

    /// <summary>How long opening waits for the backend.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(10);
}
