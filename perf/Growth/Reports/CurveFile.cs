using System.Text.Json;
using NetStack.Growth.Curves;
using NetStack.Reports;

namespace NetStack.Growth.Reports;

/// <summary>The numbers of a curve as JSON.</summary>
internal static class CurveFile
{
    private static readonly JsonSerializerOptions _format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static void Write(string path, Machine machine, GrowthPlan plan, Curve curve)
    {
        var report = new
        {
            curve.Name,
            curve.Title,
            curve.Place,
            curve.Unit,
            curve.Clock,
            machine,
            plan.Rounds,
            plan.Seconds,
            flatness = Series.Rule,
            series = curve.Series.Select(series => new
            {
                series.Name,
                shouldBeFlat = series.Growing is null,
                series.Growing,
                growth = Round(series.Growth),
                series.IsFlat,
                points = series.Points.Select(point => new Point(point.X, Round(point.Median), Round(point.Least), Round(point.Most))),
            }),
        };
        File.WriteAllText(path, JsonSerializer.Serialize(report, _format) + "\n");
    }

    private static double Round(double value) => Math.Round(value, 4);
}
