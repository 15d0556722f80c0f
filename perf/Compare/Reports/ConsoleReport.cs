using System.Globalization;
using NetStack.Compare.Measuring;
using NetStack.Reports;
using Spectre.Console;

namespace NetStack.Compare.Reports;

/// <summary>The tables: drawn on a terminal, Markdown elsewhere.</summary>
internal sealed class ConsoleReport(ComparisonPlan plan, SampleSet samples)
{
    private const string Nothing = "-";
    private const string Lwip = "lwip";

    /// <summary>Prints what was measured, on what, and how we stand to the targets.</summary>
    public void Print(Machine machine)
    {
        using ReportConsole console = new();
        console.Print(machine.ToString());
        console.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"Server and client share core {plan.Core}: both pinned to it (taskset, sched_setaffinity), with precedence over all else there. MTU 1500."));
        console.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"Wall clock; rounds: {plan.Rounds}, of {plan.Seconds} s each; medians (least to most). Ratios are medians of those within a round."));
        foreach (Work work in plan.Works)
        {
            console.Print($"{work.Title}, {work.Unit}{(work.IsTime ? "; less is better" : "")}", Describe(work), isFirst: work == plan.Works[0]);
        }

        console.Print("Targets: our value by the other's", DescribeTargets(), isFirst: false);
    }

    private Table Describe(Work work)
    {
        Table table = new();
        table.AddColumn("stack");
        foreach (string column in (string[])["median", "least to most", "speed by kernel", "by lwIP", $"server us/{CostUnit(work)}", "p99 us", "lost"])
        {
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap());
        }

        foreach (Contender contender in plan.Contenders.Where(contender => contender.Serves(work)))
        {
            table.AddRow(DescribeRow(contender, work));
        }

        return table;
    }

    private string[] DescribeRow(Contender contender, Work work)
    {
        if (samples.Values(contender.Name, work) is not { } values)
        {
            return [contender.Title, samples.Problem(contender.Name, work) is null ? Nothing : "failed"];
        }

        double lost = samples.Median(contender.Name, work, report => report.Lost + report.Retransmitted) ?? 0;
        double tail = samples.Median(contender.Name, work, report => report.P99) ?? 0;
        return
        [
            samples.Problem(contender.Name, work) is null ? contender.Title : $"{contender.Title} (failed once or more)",
            Number(values.Median),
            $"{Number(values.Least)} to {Number(values.Most)}",
            Ratio(samples.Speed(contender.Name, ContenderSet.Baseline, work)),
            Ratio(samples.Speed(contender.Name, Lwip, work)),
            Number(samples.Median(contender.Name, work, report => report.ServerCpu * 1e6 / Units(report)) ?? 0),
            tail > 0 ? Number(tail) : Nothing,
            lost.ToString("0", CultureInfo.InvariantCulture),
        ];
    }

    private Table DescribeTargets()
    {
        Table table = new();
        foreach (string column in (string[])["row", "work", "by that of", "must", "stretch", "ours", "JIT", "verdict", "AOT", "verdict"])
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        foreach (Target target in Target.All.Where(target => plan.Works.Contains(target.Work)))
        {
            Judgement managed = target.Judge(samples, isNative: false);
            Judgement native = target.Judge(samples, isNative: true);
            table.AddRow(
                target.Row.ToString(CultureInfo.InvariantCulture),
                target.Work.Name,
                target.Rival.Replace("{0}", "", StringComparison.Ordinal),
                Bound(target, target.Must),
                Bound(target, target.Stretch),
                managed.Own,
                Ratio(managed.Quotients?.Median),
                Describe(managed.Verdict),
                Ratio(native.Quotients?.Median),
                Describe(native.Verdict));
        }

        return table;
    }

    private static string Describe(Verdict verdict) => verdict switch
    {
        Verdict.NotMeasured => "not measured",
        Verdict.NotMet => "[red]not met[/]",
        Verdict.StretchNotMet => "[yellow]short of it[/]",
        Verdict.MustMet => "[green]met[/]",
        _ => "[green]met, stretch too[/]",
    };

    private static string Bound(Target target, double? bound) =>
        bound is null ? Nothing : $"{(target.Work.IsTime ? "<=" : ">=")} {Ratio(bound)}";

    private static string CostUnit(Work work) => work.Unit == "Gbit/s" ? "MB" : "one";

    private static double Units(ClientReport report) => report.Bytes > 0 ? report.Bytes / 1e6 : report.Count;

    private static string Ratio(double? ratio) => ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Number(double value) =>
        value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
