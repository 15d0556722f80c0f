using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>What a frontend said in xenstore that it takes.</summary>
/// <param name="ScatterGather">Frames of several slots.</param>
/// <param name="SegmentationV4">TCP super-frames over IPv4.</param>
/// <param name="SegmentationV6">TCP super-frames over IPv6.</param>
/// <param name="ChecksumV4">Blank checksums over IPv4.</param>
/// <param name="ChecksumV6">Blank checksums over IPv6.</param>
/// <param name="MulticastControl">That groups it has not joined are kept back.</param>
/// <param name="Headroom">The room before received data, in bytes.</param>
internal readonly record struct GuestFeatures(
    bool ScatterGather, bool SegmentationV4, bool SegmentationV6, bool ChecksumV4, bool ChecksumV6, bool MulticastControl, int Headroom)
{
    // XEN_NETIF_MAX_XDP_HEADROOM of Linux is larger than a page; more than this leaves no room for a frame.
    private const int MaximumHeadroom = NetifLayout.PageBytes / 2;

    public static GuestFeatures Read(IXenStore store, string frontend) => new(
        ReadNumber(store, $"{frontend}/feature-sg") != 0,
        ReadNumber(store, $"{frontend}/feature-gso-tcpv4") != 0,
        ReadNumber(store, $"{frontend}/feature-gso-tcpv6") != 0,
        ReadNumber(store, $"{frontend}/feature-no-csum-offload") == 0,
        ReadNumber(store, $"{frontend}/feature-ipv6-csum-offload") != 0,
        ReadNumber(store, $"{frontend}/request-multicast-control") != 0,
        (int)Math.Min(ReadNumber(store, $"{frontend}/xdp-headroom"), MaximumHeadroom));

    public bool Takes(GsoType segmentation) => segmentation switch
    {
        GsoType.None => true,
        GsoType.TcpV4 => SegmentationV4 && ScatterGather,
        GsoType.TcpV6 => SegmentationV6 && ScatterGather,
        _ => false,
    };

    public static uint ReadNumber(IXenStore store, string path, uint missing = 0) =>
        uint.TryParse(store.Read(path), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out uint number)
            ? number
            : missing;
}
