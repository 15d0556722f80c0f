using NetStack.Drivers.Pcap.Inspection;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>What we count is what tshark counts.</summary>
public sealed class InspectionAgainstTsharkTests
{
    public static TheoryData<string> Judged => new(Captures.Judged);

    [Theory]
    [MemberData(nameof(Judged))]
    public void Counts_the_packets_of_each_protocol(string capture)
    {
        var inspection = CaptureInspection.Of(Captures.PathOf(capture));
        TsharkReport report = TsharkReport.Of(capture);

        var ours = new SortedDictionary<string, long>(
            inspection.Protocols.Where(count => count.Name != "llc").ToDictionary(count => count.Name, count => count.Packets));
        Assert.Equal(report.Packets, inspection.Packets);
        Assert.Equal(report.Protocols, ours);
    }

    [Theory]
    [MemberData(nameof(Judged))]
    [Trait("RFC", "1071 §1")]
    public void Finds_the_same_checksums_right_and_wrong(string capture)
    {
        var inspection = CaptureInspection.Of(Captures.PathOf(capture));
        var ours = new SortedDictionary<string, (long Good, long Bad)>(inspection.Checksums
            .Where(count => count.Good + count.Bad > 0)
            .ToDictionary(count => count.Protocol, count => (count.Good, count.Bad)));

        Assert.Equal(TsharkReport.Of(capture).Checksums, ours);
    }

    [Theory]
    [MemberData(nameof(Judged))]
    public void Tells_the_same_conversations_apart(string capture)
    {
        var inspection = CaptureInspection.Of(Captures.PathOf(capture));
        List<string> ours = [.. inspection.Flows.Select(flow => TsharkReport.Line(
            flow.Protocol,
            $"{flow.AddressA}:{flow.PortA}",
            flow.FromA.Packets,
            Rounded(flow.FromA.Bytes),
            $"{flow.AddressB}:{flow.PortB}",
            flow.FromB.Packets,
            Rounded(flow.FromB.Bytes)))];
        ours.Sort(StringComparer.Ordinal);

        Assert.Equal(TsharkReport.Of(capture).Conversations, ours);
        Assert.Equal(0, inspection.UntrackedFlowPackets);
    }

    [Theory]
    [MemberData(nameof(Judged))]
    [Trait("RFC", "9293 §3.4")]
    public void Counts_the_same_flags_and_repeated_segments(string capture)
    {
        long syn = 0, fin = 0, rst = 0, retransmissions = 0;
        foreach (CaptureFlowSide side in CaptureInspection.Of(Captures.PathOf(capture)).Flows.SelectMany(flow => new[] { flow.FromA, flow.FromB }))
        {
            syn += side.Syn;
            fin += side.Fin;
            rst += side.Rst;
            retransmissions += side.Retransmissions;
        }

        Assert.Equal(TsharkReport.Of(capture).Segments, (syn, fin, rst, retransmissions));
    }

    [Fact]
    public void Every_summed_protocol_is_found_wrong_somewhere()
    {
        // The comparison above proves something only where there is something to find.
        HashSet<string> wrong = [.. Captures.Judged
            .SelectMany(capture => CaptureInspection.Of(Captures.PathOf(capture)).Checksums)
            .Where(count => count.Bad > 0)
            .Select(count => count.Protocol)];

        Assert.Equal(["icmp", "icmpv6", "ipv4", "tcp", "udp"], wrong.Order(StringComparer.Ordinal));
    }

    /// <summary>Bytes as tshark prints them: exact below 10,000.</summary>
    private static string Rounded(long bytes) => bytes switch
    {
        < 10_000 => $"{bytes} bytes",
        < 10_000_000 => $"{bytes / 1000} kB",
        _ => $"{bytes / 1_000_000} MB",
    };
}
