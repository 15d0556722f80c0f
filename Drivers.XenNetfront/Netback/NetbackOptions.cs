using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>What a <see cref="NetbackTwin"/> offers its frontend. Everything unless it is switched off.</summary>
/// <remarks>The features are those of Xen's <c>public/io/netif.h</c>.</remarks>
public sealed class NetbackOptions
{
    /// <summary>Frames of several slots (<c>feature-sg</c>).</summary>
    public bool ScatterGather { get; init; } = true;

    /// <summary>TCP super-frames over IPv4 (<c>feature-gso-tcpv4</c>).</summary>
    public bool SegmentationV4 { get; init; } = true;

    /// <summary>TCP super-frames over IPv6 (<c>feature-gso-tcpv6</c>).</summary>
    public bool SegmentationV6 { get; init; } = true;

    /// <summary>Checksums left blank over IPv4 (<c>feature-no-csum-offload</c> where off).</summary>
    public bool ChecksumV4 { get; init; } = true;

    /// <summary>Checksums left blank over IPv6 (<c>feature-ipv6-csum-offload</c>).</summary>
    public bool ChecksumV6 { get; init; } = true;

    /// <summary>Receiving by copy into the frontend's pages (<c>feature-rx-copy</c>), the only way there is.</summary>
    public bool ReceiveCopy { get; init; } = true;

    /// <summary>Keeping back frames to groups that were not asked for (<c>feature-multicast-control</c>).</summary>
    public bool MulticastControl { get; init; } = true;

    /// <summary>Switching that at any time (<c>feature-dynamic-multicast-control</c>).</summary>
    public bool DynamicMulticastControl { get; init; } = true;

    /// <summary>An event channel for each direction (<c>feature-split-event-channels</c>).</summary>
    public bool SplitEventChannels { get; init; } = true;

    /// <summary>The control ring (<c>feature-ctrl-ring</c>): hashing and staging grants.</summary>
    public bool ControlRing { get; init; } = true;

    /// <summary>Room before received data (<c>feature-xdp-headroom</c>).</summary>
    public bool ReceiveHeadroom { get; init; } = true;

    /// <summary>The most queues (<c>multi-queue-max-queues</c>).</summary>
    public int MaximumQueues { get; init; } = 8;

    /// <summary>The most pages of a queue that are kept mapped. Zero, as with Linux's netback: it has no such messages.</summary>
    public int StagingGrants { get; init; } = 8192;

    /// <summary>
    /// Whether the other side of the twin takes frames as they are, uncut and with blank checksums, whatever its device says: so
    /// between two twins.
    /// </summary>
    public bool PassesOffloads { get; init; }

    /// <summary>How long a frame waits for the frontend to give it room before it is dropped.</summary>
    public Duration DrainTimeout { get; init; } = Duration.FromSeconds(10);
}
