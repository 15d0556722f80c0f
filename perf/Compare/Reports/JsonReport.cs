using System.Text.Json;
using System.Text.Json.Serialization;
using NetStack.Compare.Measuring;
using NetStack.Reports;

namespace NetStack.Compare.Reports;

/// <summary>Everything as JSON: each sample, the medians, the verdicts.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static void Write(string path, Machine machine, ComparisonPlan plan, SampleSet samples, IReadOnlyList<string> problems)
    {
        var report = new
        {
            machine,
            plan.Core,
            plan.Rounds,
            plan.Seconds,
            clock = "wall; server and client pinned to one core",
            contenders = plan.Contenders.Select(contender => new { contender.Name, contender.Title, contender.Link }),
            works = plan.Works.Select(work => new { work.Name, work.Title, work.Unit, lessIsBetter = work.IsTime }),
            summary =
                from work in plan.Works
                from contender in plan.Contenders
                let values = samples.Values(contender.Name, work)
                where values is not null
                select new
                {
                    work = work.Name,
                    contender = contender.Name,
                    values.Median,
                    values.Least,
                    values.Most,
                    speedToKernel = samples.Speed(contender.Name, ContenderSet.Baseline, work),
                },
            targets =
                from target in Target.All
                where plan.Works.Contains(target.Work)
                from isNative in (bool[])[false, true]
                let judgement = target.Judge(samples, isNative)
                select new
                {
                    target.Row,
                    work = target.Work.Name,
                    rival = target.Rival.Replace("{0}", isNative ? "-aot" : "", StringComparison.Ordinal),
                    target.Must,
                    target.Stretch,
                    judgement.Own,
                    quotient = judgement.Quotients,
                    judgement.Verdict,
                },
            problems,
            samples = samples.All,
        };
        File.WriteAllText(path, JsonSerializer.Serialize(report, Format) + "\n");
    }
}
