using System.Globalization;
using System.Xml.Linq;
using NetStack.Compare.Measuring;
using NetStack.Reports;

namespace NetStack.Compare.Reports;

/// <summary>
/// The ratios as SVG: a panel for each kind of work, a bar for each contender, as long as it is faster than the kernel; a
/// line through our bars where the targets are.
/// </summary>
internal sealed class RatioChart(ComparisonPlan plan, SampleSet samples)
{
    private const int WidthPixels = 900;
    private const int LabelPixels = 210;
    private const int ValuePixels = 150;
    private const int BarPixels = 16;
    private const int StepPixels = 21;
    private const int PanelHeadPixels = 34;
    private const int PanelGapPixels = 14;
    private const int HeadPixels = 62;
    private const int LegendPixels = 30;

    private int _y = HeadPixels;

    public void Write(string path, Machine machine)
    {
        List<XElement> panels = [.. plan.Works.SelectMany(Panel)];
        int height = _y + LegendPixels;
        Drawing.Write(
            path,
            WidthPixels,
            height,
            "How fast each stack is, by the kernel's speed",
            Drawing.Text(16, 26, "How fast each stack is, by the kernel over veth with offloads = 1", Drawing.Ink, size: 17, isBold: true),
            Drawing.Text(16, 46, string.Create(CultureInfo.InvariantCulture, $"server and client on one core; rounds: {plan.Rounds}, of {plan.Seconds} s; medians; longer is faster; {machine.Date} UTC, Linux {machine.Kernel}"), Drawing.Faint),
            panels,
            Drawing.Text(16, height - 12, "dashed: what our bars must reach; dotted: the stretch; grey line: the kernel", Drawing.Faint));
    }

    private IEnumerable<XElement> Panel(Work work)
    {
        (Contender Contender, double Speed)[] bars =
        [
            .. from contender in plan.Contenders
               let speed = samples.Speed(contender.Name, ContenderSet.Baseline, work)
               where speed is not null
               select (contender, speed.Value),
        ];
        if (bars.Length == 0)
        {
            yield break;
        }

        double longest = Math.Max(1, bars.Max(bar => Math.Max(bar.Speed, Wanted(bar.Contender, work, target => target.Must) ?? 0)));
        double scale = (WidthPixels - LabelPixels - ValuePixels) / longest;
        int top = _y + PanelHeadPixels;
        yield return Drawing.Text(16, _y + 20, work.Title, Drawing.Ink, size: 14, isBold: true);
        foreach ((Contender contender, double speed) in bars)
        {
            int y = top + (Array.FindIndex(bars, bar => bar.Contender == contender) * StepPixels);
            yield return Drawing.Text(LabelPixels - 8, y + 12, contender.Title, Drawing.Ink, anchor: "end");
            yield return Drawing.Box(LabelPixels, y, Math.Max(1, speed * scale), BarPixels, Colour(contender.Family));
            yield return Drawing.Text(WidthPixels - 16, y + 12, Describe(contender, work, speed), Drawing.Ink, anchor: "end");
        }

        foreach (XElement line in Lines(work, bars, top, scale, longest))
        {
            yield return line;
        }

        _y = top + (bars.Length * StepPixels) + PanelGapPixels;
    }

    private IEnumerable<XElement> Lines(Work work, (Contender Contender, double Speed)[] bars, int top, double scale, double longest)
    {
        int bottom = top + (bars.Length * StepPixels) - (StepPixels - BarPixels);
        yield return Drawing.Line(LabelPixels + scale, top - 3, LabelPixels + scale, bottom + 3, "#888888", width: 2);
        for (int i = 0; i < bars.Length; i++)
        {
            int y = top + (i * StepPixels);
            foreach ((Func<Target, double?> bound, string dashes) in (IEnumerable<(Func<Target, double?>, string)>)[(target => target.Must, "5,3"), (target => target.Stretch, "2,2")])
            {
                if (Wanted(bars[i].Contender, work, bound) is { } wanted && wanted <= longest)
                {
                    double x = LabelPixels + (wanted * scale);
                    yield return Drawing.Line(x, y - 2, x, y + BarPixels + 2, Drawing.Ink, width: 2, dashes);
                }
            }
        }
    }

    /// <summary>What the targets ask of a contender, as a speed to the kernel's: the most of what each rival's own speed makes of it.</summary>
    private double? Wanted(Contender contender, Work work, Func<Target, double?> bound)
    {
        double? most = null;
        foreach (Target target in Target.All.Where(target => target.Work == work))
        {
            foreach (string build in (string[])["", "-aot"])
            {
                string rival = target.Rival.Replace("{0}", build, StringComparison.Ordinal);
                if (target.Own.Any(own => own.Replace("{0}", build, StringComparison.Ordinal) == contender.Name)
                    && bound(target) is { } quotient
                    && samples.Speed(rival, ContenderSet.Baseline, work) is { } rivalSpeed)
                {
                    most = Math.Max(most ?? 0, work.Speed(quotient, 1) * rivalSpeed);
                }
            }
        }

        return most;
    }

    private string Describe(Contender contender, Work work, double speed)
    {
        double value = samples.Values(contender.Name, work)!.Median;
        return string.Create(CultureInfo.InvariantCulture, $"{speed:0.00} ({value:0.0} {work.Unit})");
    }

    private static string Colour(Family family) => family switch
    {
        Family.Kernel => "#9aa0a6",
        Family.Lwip => "#e69f00",
        Family.Gvisor => "#b07aa1",
        Family.Kestrel => "#76b7b2",
        Family.Ours => "#2b6cb0",
        _ => "#1a936f",
    };
}
