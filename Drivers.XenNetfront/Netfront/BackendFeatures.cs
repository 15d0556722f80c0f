using System.Globalization;

namespace NetStack.Drivers.XenNetfront;

/// <summary>What a backend has, as far as the options ask for it.</summary>
/// <param name="Queues">The queues it offers, and are wanted.</param>
/// <param name="ScatterGather">Whether it takes frames of several pages.</param>
/// <param name="SegmentationV4">Whether it cuts TCP super-frames, IPv4.</param>
/// <param name="SegmentationV6">The same for IPv6.</param>
/// <param name="ChecksumV4">Whether it fills in checksums, IPv4.</param>
/// <param name="ChecksumV6">The same for IPv6.</param>
/// <param name="SplitEventChannels">Whether each direction may have an event channel.</param>
/// <param name="MulticastControl">Whether it filters groups.</param>
/// <param name="DynamicMulticastControl">Whether that can be switched while frames pass.</param>
/// <param name="ControlRing">Whether it has a control ring.</param>
/// <param name="Headroom">Whether it can leave room before received data.</param>
/// <remarks>Xen's <c>public/io/netif.h</c>; <c>feature-xdp-headroom</c> is Linux's.</remarks>
internal readonly record struct BackendFeatures(
    int Queues,
    bool ScatterGather,
    bool SegmentationV4,
    bool SegmentationV6,
    bool ChecksumV4,
    bool ChecksumV6,
    bool SplitEventChannels,
    bool MulticastControl,
    bool DynamicMulticastControl,
    bool ControlRing,
    bool Headroom)
{
    /// <summary>Reads the features. A node that is not there, or holds no number, is as good as 0.</summary>
    /// <exception cref="XenException">Xenstore failed.</exception>
    public static BackendFeatures Read(IXenStore store, string backendPath, NetfrontOptions options)
    {
        bool Has(string feature) => ReadNumber(store, $"{backendPath}/{feature}") is > 0;

        bool gathers = options.ScatterGather && Has("feature-sg");
        bool sumsV4 = options.ChecksumV4 && !Has("feature-no-csum-offload");
        bool sumsV6 = options.ChecksumV6 && Has("feature-ipv6-csum-offload");
        int queues = (int)Math.Clamp(ReadNumber(store, $"{backendPath}/multi-queue-max-queues") ?? 1, 1u, (uint)options.Queues);
        return new BackendFeatures(
            Queues: queues,
            ScatterGather: gathers,
            SegmentationV4: options.SegmentationV4 && gathers && sumsV4 && Has("feature-gso-tcpv4"),
            SegmentationV6: options.SegmentationV6 && gathers && sumsV6 && Has("feature-gso-tcpv6"),
            ChecksumV4: sumsV4,
            ChecksumV6: sumsV6,
            SplitEventChannels: options.SplitEventChannels && Has("feature-split-event-channels"),
            MulticastControl: options.MulticastControl && Has("feature-multicast-control"),
            DynamicMulticastControl: options.MulticastControl && Has("feature-dynamic-multicast-control"),
            ControlRing: (queues > 1 || options.StagingGrants) && Has("feature-ctrl-ring"),
            Headroom: options.ReceiveHeadroom && Has("feature-xdp-headroom"));
    }

    /// <summary>Reads a number.</summary>
    /// <returns>It; null where the node is not there or holds none.</returns>
    public static uint? ReadNumber(IXenStore store, string path) =>
        uint.TryParse(store.Read(path), NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    /// <summary>Whether it has what the stack was told that another one has.</summary>
    public bool Covers(in BackendFeatures other) =>
        Queues >= other.Queues
        && (ScatterGather || !other.ScatterGather)
        && (SegmentationV4 || !other.SegmentationV4)
        && (SegmentationV6 || !other.SegmentationV6)
        && (ChecksumV4 || !other.ChecksumV4)
        && (ChecksumV6 || !other.ChecksumV6);
}
