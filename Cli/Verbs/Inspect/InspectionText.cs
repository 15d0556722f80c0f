using System.Globalization;
using NetStack.Cli.Output;
using NetStack.Drivers.Pcap.Inspection;

namespace NetStack.Cli.Verbs.Inspect;

/// <summary>A capture's inspection for people.</summary>
internal static class InspectionText
{
    private const long NanosecondsPerTick = 100;

    public static void Print(CaptureInspection inspection, string path, Terminal terminal)
    {
        terminal.Print(Invariant(
            $"{path}: {inspection.Format}, {inspection.Packets} packets, {inspection.Bytes} bytes ({inspection.CapturedBytes} captured)"));
        if (inspection.FirstNanoseconds is { } first && inspection.LastNanoseconds is { } last)
        {
            terminal.Print(Invariant($"from {Time(first)} to {Time(last)}, {(last - first) / 1e9:0.000000} s"));
        }

        PrintCounts("link type", inspection.LinkTypes, terminal);
        PrintCounts("protocol", inspection.Protocols, terminal);
        PrintChecksums(inspection, terminal);
        PrintFlows(inspection, terminal);
        PrintCounts("drop reason", inspection.Drops, terminal);
        if (inspection.Drops.Count == 0)
        {
            terminal.Print("");
            terminal.Print("no packet to drop");
        }
    }

    private static void PrintCounts(string heading, IReadOnlyList<CaptureCount> counts, Terminal terminal)
    {
        ReportTable table = new(heading, "#packets", "#bytes");
        foreach (CaptureCount count in counts)
        {
            table.Add(count.Name, Invariant($"{count.Packets}"), Invariant($"{count.Bytes}"));
        }

        PrintTable(table, terminal);
    }

    private static void PrintChecksums(CaptureInspection inspection, Terminal terminal)
    {
        ReportTable table = new("checksum", "#good", "#bad", "#unverified", "#absent");
        foreach (ChecksumCount count in inspection.Checksums)
        {
            table.Add(
                count.Protocol, Invariant($"{count.Good}"), Invariant($"{count.Bad}"), Invariant($"{count.Unverified}"), Invariant($"{count.Absent}"));
        }

        PrintTable(table, terminal);
    }

    private static void PrintFlows(CaptureInspection inspection, Terminal terminal)
    {
        ReportTable table = new("flow", "from", "to", "#packets", "#bytes", "#back", "#bytes", "#retransmitted", "#seconds");
        foreach (CaptureFlow flow in inspection.Flows)
        {
            double? seconds = (flow.LastNanoseconds - flow.FirstNanoseconds) / 1e9;
            table.Add(
                flow.Protocol,
                EndPoint(flow.AddressA, flow.PortA),
                EndPoint(flow.AddressB, flow.PortB),
                Invariant($"{flow.FromA.Packets}"),
                Invariant($"{flow.FromA.Bytes}"),
                Invariant($"{flow.FromB.Packets}"),
                Invariant($"{flow.FromB.Bytes}"),
                Invariant($"{flow.FromA.Retransmissions + flow.FromB.Retransmissions}"),
                Invariant($"{seconds:0.000000}"));
        }

        PrintTable(table, terminal);
        if (inspection.UntrackedFlowPackets > 0)
        {
            terminal.Print(Invariant($"{inspection.UntrackedFlowPackets} packets of further flows are not listed"));
        }
    }

    private static void PrintTable(ReportTable table, Terminal terminal)
    {
        if (!table.IsEmpty)
        {
            terminal.Print("");
            terminal.Print(table);
        }
    }

    private static string EndPoint(string address, int port) =>
        address.Contains(':', StringComparison.Ordinal) ? Invariant($"[{address}]:{port}") : Invariant($"{address}:{port}");

    /// <summary>A time in UTC, to the nanosecond; as a number where the calendar has no such day.</summary>
    private static string Time(long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long fraction);
        DateTime whole = DateTime.UnixEpoch.AddTicks(seconds * (1_000_000_000 / NanosecondsPerTick));
        return Invariant($"{whole:yyyy-MM-dd HH:mm:ss}.{Math.Abs(fraction):000000000} UTC");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
