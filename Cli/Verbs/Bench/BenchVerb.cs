using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NetStack.Cli.Output;
using NetStack.Cli.Verbs.Bench.Workloads;
using NetStack.Ethernet;

namespace NetStack.Cli.Verbs.Bench;

/// <summary><c>netstack bench</c>: how much the machines do in memory, in the processor time of one thread.</summary>
internal static class BenchVerb
{
    /// <summary>The most frames that a turn takes from a device.</summary>
    private const int MaximumBatch = 4 * EthernetPort.BurstFrames;

    private static readonly (string Name, Func<int, IWorkload> Make)[] _workloads =
    [
        ("udp-echo", batch => new UdpEcho(batch)),
        ("forward", batch => new Forwarding(batch, rules: 0)),
        ("filter", batch => new Forwarding(batch, rules: 16)),
        ("tcp-self", _ => new TcpToItself()),
        ("checksum", _ => new ChecksumOfSegments()),
        ("frames", batch => new FramesAlone(batch)),
        ("netfront", batch => new NetfrontEcho(batch, usesStaging: false)),
        ("netfront-staged", batch => new NetfrontEcho(batch, usesStaging: true)),
    ];

    public static Command Build(OutputOptionSet output)
    {
        Argument<string?> name = new("NAME")
        {
            Description = $"What to measure: {string.Join(", ", _workloads.Select(workload => workload.Name))}; all of them where it is left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<double> seconds = new("--seconds") { Description = "The length of a round in seconds.", DefaultValueFactory = _ => 1 };
        Option<long?> packets = new("--packets") { Description = "The packets of a round, in place of its length; nothing is run before it to warm up." };
        Option<int> rounds = new("--rounds") { Description = "How many rounds; the figures are those of the median one.", DefaultValueFactory = _ => 5 };
        Option<int> batch = new("--batch") { Description = "The frames that a device brings in a turn.", DefaultValueFactory = _ => EthernetPort.BurstFrames };
        Option<bool> curve = new("--curve") { Description = "Measure with 1, 2, 4 … 256 frames in a turn, in place of one number." };
        Command verb = new("bench", "Measure the stack in memory, in processor time of one thread.") { name, seconds, packets, rounds, batch, curve };
        verb.SetAction(parsed => Run(
            parsed.GetValue(name),
            new BenchPlan(parsed.GetValue(seconds), parsed.GetValue(packets), parsed.GetValue(rounds), parsed.GetValue(batch)),
            parsed.GetValue(curve),
            output.Open(parsed)));
        return verb;
    }

    private static int Run(string? name, BenchPlan plan, bool isCurve, Terminal terminal)
    {
        Check(plan);
        (string Name, Func<int, IWorkload> Make)[] chosen = [.. _workloads.Where(workload => name is null || workload.Name == name)];
        if (chosen.Length == 0)
        {
            throw CommandFailure.Usage($"bench: there is no '{name}'; choose of {string.Join(", ", _workloads.Select(workload => workload.Name))}.");
        }

        List<BenchRow> rows = [];
        foreach ((string workloadName, Func<int, IWorkload> make) in chosen)
        {
            terminal.Detail($"bench {workloadName}");
            for (int batch = isCurve ? 1 : plan.Batch; batch <= (isCurve ? MaximumBatch : plan.Batch); batch *= 2)
            {
                using IWorkload workload = make(batch);
                rows.Add(BenchRun.Measure(isCurve ? $"{workloadName}/{batch}" : workloadName, workload, plan));
            }
        }

        BenchReport report = new(DescribeRuntime(), VectorBits, plan.Rounds, plan.Batch, rows);
        if (terminal.IsJson)
        {
            terminal.Print(report, CliJson.Default.BenchReport);
        }
        else
        {
            terminal.Print(MakeTable(report));
            foreach (BenchRow row in report.Rows.Where(row => row.Remark is not null))
            {
                terminal.Note($"{row.Name}: {row.Remark}");
            }

            terminal.Note($"{report.Runtime}, vectors of {report.VectorBits} bits; processor time of one thread, median of {report.Rounds} rounds");
        }

        return ExitCode.Done;
    }

    private static void Check(in BenchPlan plan)
    {
        if (plan.Seconds is not (> 0 and <= 3600))
        {
            throw CommandFailure.Usage($"bench: --seconds {plan.Seconds.ToString(CultureInfo.InvariantCulture)} is out of range; give more than 0 and at most 3600.");
        }

        if (plan.Packets is < 1)
        {
            throw CommandFailure.Usage($"bench: --packets {plan.Packets} is out of range; give 1 or more.");
        }

        if (plan.Rounds is < 1 or > 1000)
        {
            throw CommandFailure.Usage($"bench: --rounds {plan.Rounds} is out of range; give 1 to 1000.");
        }

        if (plan.Batch is < 1 or > MaximumBatch)
        {
            throw CommandFailure.Usage($"bench: --batch {plan.Batch} is out of range; give 1 to {MaximumBatch}.");
        }
    }

    private static ReportTable MakeTable(BenchReport report)
    {
        ReportTable table = new("workload", "#ns/packet", "#best", "#Mpps", "#Gbit/s", "#packets", "#bytes", "#CPU s", "#allocated", "#collections");
        foreach (BenchRow row in report.Rows)
        {
            table.Add(
                row.Name, Number(row.NanosecondsPerPacket, "F1"), Number(row.BestNanosecondsPerPacket, "F1"),
                Number(row.MegapacketsPerSecond, "F2"), Number(row.GigabitsPerSecond, "F1"), Number(row.Packets, "D"),
                Number(row.Bytes, "D"), Number(row.CpuSeconds, "F2"), Number(row.AllocatedBytes, "D"), Number(row.Collections, "D"));
        }

        return table;
    }

    private static string Number<T>(T value, string format)
        where T : IFormattable => value.ToString(format, CultureInfo.InvariantCulture);

    private static string DescribeRuntime() =>
        $"{RuntimeInformation.FrameworkDescription}{(RuntimeFeature.IsDynamicCodeSupported ? "" : " NativeAOT")}";

    private static int VectorBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 64;
}
