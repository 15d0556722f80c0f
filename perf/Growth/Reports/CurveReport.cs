using System.Globalization;
using NetStack.Growth.Curves;
using NetStack.Reports;
using Spectre.Console;

namespace NetStack.Growth.Reports;

/// <summary>The numbers of the curves, and which are flat, on the console.</summary>
internal static class CurveReport
{
    public static void Print(Machine machine, GrowthPlan plan, IReadOnlyList<Curve> curves)
    {
        using ReportConsole console = new();
        console.Print(machine.ToString());
        console.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"Rounds: {plan.Rounds}, of {plan.Seconds} s each; medians (least to most)."));
        foreach (Curve curve in curves)
        {
            console.Print($"{curve.Title}: {curve.Unit}, {curve.Clock}", Describe(curve), isFirst: curve == curves[0]);
        }

        console.Print(Series.Rule, DescribeFlatness(curves), isFirst: false);
    }

    private static Table Describe(Curve curve)
    {
        Table table = new();
        table.AddColumn(new TableColumn(curve.Place).RightAligned());
        foreach (Series series in curve.Series)
        {
            table.AddColumn(new TableColumn(series.Name).RightAligned());
        }

        for (int i = 0; i < curve.Series[0].Points.Count; i++)
        {
            table.AddRow([
                Numbers.Place(curve.Series[0].Points[i].X),
                .. curve.Series.Select(series => Describe(series.Points[i]))]);
        }

        return table;
    }

    private static string Describe(Point point) => point.Least == point.Most
        ? Numbers.Value(point.Median)
        : $"{Numbers.Value(point.Median)} ({Numbers.Value(point.Least)} to {Numbers.Value(point.Most)})";

    private static Table DescribeFlatness(IReadOnlyList<Curve> curves)
    {
        Table table = new();
        table.AddColumn("curve");
        table.AddColumn("line");
        table.AddColumn(new TableColumn("growth").RightAligned());
        table.AddColumn("flat");
        table.AddColumn("should be");
        foreach (Curve curve in curves)
        {
            foreach (Series series in curve.Series)
            {
                table.AddRow(
                    curve.Name, series.Name, series.Growth.ToString("0.00", CultureInfo.InvariantCulture), series.IsFlat ? "yes" : "no",
                    series.Growing is { } reason ? $"no: {reason}" : "yes");
            }
        }

        return table;
    }
}
