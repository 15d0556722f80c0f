using NetStack.Drivers.XenNetfront;

namespace NetStack.Cli.Composition;

/// <summary>The features of Xen's network interfaces that can be switched off by name.</summary>
internal sealed class XenFeatures
{
    private const string ScatterGather = "sg";
    private const string SegmentationV4 = "gso4";
    private const string SegmentationV6 = "gso6";
    private const string ChecksumV4 = "csum4";
    private const string ChecksumV6 = "csum6";
    private const string SplitEventChannels = "split";
    private const string MulticastControl = "multicast";
    private const string StagingGrants = "staging";

    private readonly HashSet<string> _off;

    private XenFeatures(HashSet<string> off) => _off = off;

    /// <summary>The names, in the order of the help.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        ScatterGather, SegmentationV4, SegmentationV6, ChecksumV4, ChecksumV6, SplitEventChannels, MulticastControl, StagingGrants,
    ];

    /// <summary>All of them.</summary>
    public static XenFeatures All { get; } = new([]);

    /// <summary>Reads the names of those to do without.</summary>
    /// <exception cref="CommandFailure">One is none.</exception>
    public static XenFeatures Without(IReadOnlyList<Setting> settings)
    {
        HashSet<string> off = new(StringComparer.Ordinal);
        foreach (Setting setting in settings)
        {
            off.Add(Names.Contains(setting.Text)
                ? setting.Text
                : throw setting.Reject($"there is no such feature; write {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}."));
        }

        return new XenFeatures(off);
    }

    /// <summary>How to open an interface.</summary>
    public NetfrontOptions ToOptions(int queues, int? mtuBytes, bool offloads) => new()
    {
        Queues = queues,
        MtuBytes = mtuBytes,
        ScatterGather = !_off.Contains(ScatterGather),
        SegmentationV4 = offloads && !_off.Contains(SegmentationV4),
        SegmentationV6 = offloads && !_off.Contains(SegmentationV6),
        ChecksumV4 = offloads && !_off.Contains(ChecksumV4),
        ChecksumV6 = offloads && !_off.Contains(ChecksumV6),
        SplitEventChannels = !_off.Contains(SplitEventChannels),
        MulticastControl = !_off.Contains(MulticastControl),
        StagingGrants = !_off.Contains(StagingGrants),
    };
}
