using System.Globalization;
using NetStack.Compare.Measuring;
using Spectre.Console;

namespace NetStack.Compare.Reports;

/// <summary>The tables.</summary>
internal sealed class ConsoleReport(IAnsiConsole console, ComparisonPlan plan, SampleSet samples)
{
    private const string Nothing = "-";
    private const string Lwip = "lwip";

    /// <summary>Prints what was measured, on what, and how we stand to the targets.</summary>
    public void Print(Machine machine)
    {
        console.WriteLine(machine.ToString());
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Server and client share core {plan.Core}, both pinned to it (taskset: sched_setaffinity) and before all others there. MTU 1500."));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Wall clock; medians of {plan.Rounds} rounds of {plan.Seconds} s, least to most. Ratios: medians of those within a round; above 1 is faster."));
        foreach (Work work in plan.Works)
        {
            console.WriteLine();
            console.Write(Describe(work));
        }

        console.WriteLine();
        console.Write(DescribeTargets());
    }

    private Table Describe(Work work)
    {
        Table table = new Table().Title($"[bold]{work.Title}[/]").RoundedBorder();
        table.AddColumn("");
        foreach (string column in (string[])[work.Unit, "least to most", "x kernel", "x lwIP", $"server us/{CostUnit(work)}", "p99 us", "lost"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
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
        Table table = new Table().Title("[bold]Targets[/]").RoundedBorder();
        table.AddColumns("row", "what", "by that of", "must", "stretch", "ours", "JIT", "", "AOT", "");
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
        Verdict.NotMeasured => "[grey]not measured[/]",
        Verdict.NotMet => "[red]not met[/]",
        Verdict.StretchNotMet => "[yellow]not stretched[/]",
        Verdict.MustMet => "[green]met[/]",
        _ => "[green]met, stretched[/]",
    };

    private static string Bound(Target target, double? bound) =>
        bound is null ? Nothing : $"{(target.Work.IsTime ? "<=" : ">=")} {Ratio(bound)}";

    private static string CostUnit(Work work) => work.Unit == "Gbit/s" ? "MB" : "exchange";

    private static double Units(ClientReport report) => report.Bytes > 0 ? report.Bytes / 1e6 : report.Count;

    private static string Ratio(double? ratio) => ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Number(double value) =>
        value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
