using System.Globalization;
using System.Xml.Linq;
using NetStack.Growth.Curves;
using NetStack.Reports;

namespace NetStack.Growth.Reports;

/// <summary>A curve as SVG: the places at equal distances, a dot for each median with a stroke from the least to the most.</summary>
internal sealed class CurveChart(Curve curve)
{
    private const int WidthPixels = 760;
    private const int LeftPixels = 70;
    private const int RightPixels = 30;
    private const int TopPixels = 62;
    private const int PlotPixels = 260;
    private const int FootPixels = 52;
    private const int LegendPixels = 20;
    private const int Steps = 5;

    private static readonly string[] _colours = ["#2b6cb0", "#e69f00", "#1a936f", "#b07aa1"];

    private readonly double _least = curve.IsLogarithmic ? FloorPower(Medians(curve).Min()) : 0;
    private readonly double _most = curve.IsLogarithmic ? CeilingPower(Medians(curve).Max()) : RoundUp(Medians(curve).Max());

    public void Write(string path, Machine machine)
    {
        int height = TopPixels + PlotPixels + FootPixels + (curve.Series.Count * LegendPixels);
        Drawing.Write(
            path,
            WidthPixels,
            height,
            curve.Title,
            Drawing.Text(16, 24, curve.Title, Drawing.Ink, size: 15, isBold: true),
            Drawing.Text(16, 43, $"{curve.Unit}, {curve.Clock}; medians, strokes from least to most; {machine.Date} UTC, {machine.Runtime}", Drawing.Faint),
            Grid(),
            Places(),
            curve.Series.SelectMany((series, index) => Draw(series, _colours[index])),
            curve.Series.SelectMany((series, index) => Legend(series, index)));
    }

    private IEnumerable<XElement> Grid()
    {
        foreach (double value in Ticks())
        {
            double y = Y(value);
            yield return Drawing.Line(LeftPixels, y, WidthPixels - RightPixels, y, Drawing.Rule);
            yield return Drawing.Text(LeftPixels - 8, y + 4, value.ToString("#,0.#####", CultureInfo.InvariantCulture), Drawing.Faint, anchor: "end");
        }
    }

    private IEnumerable<double> Ticks()
    {
        if (!curve.IsLogarithmic)
        {
            return Enumerable.Range(0, Steps + 1).Select(step => _most * step / Steps);
        }

        int first = (int)Math.Round(Math.Log10(_least));
        return Enumerable.Range(first, (int)Math.Round(Math.Log10(_most)) - first + 1).Select(power => Math.Pow(10, power));
    }

    private IEnumerable<XElement> Places()
    {
        IReadOnlyList<Point> points = curve.Series[0].Points;
        for (int i = 0; i < points.Count; i++)
        {
            yield return Drawing.Text(X(i), TopPixels + PlotPixels + 18, Numbers.Place(points[i].X), Drawing.Faint, anchor: "middle");
        }

        yield return Drawing.Text((LeftPixels + WidthPixels - RightPixels) / 2.0, TopPixels + PlotPixels + 37, curve.Place, Drawing.Ink, anchor: "middle");
    }

    private IEnumerable<XElement> Draw(Series series, string colour)
    {
        yield return Drawing.Path(series.Points.Select((point, index) => (X(index), Y(point.Median))), colour, DashesOf(series));
        for (int i = 0; i < series.Points.Count; i++)
        {
            Point point = series.Points[i];
            yield return Drawing.Line(X(i), Y(point.Least), X(i), Y(point.Most), colour);
            yield return Drawing.Dot(X(i), Y(point.Median), colour);
        }
    }

    private static IEnumerable<XElement> Legend(Series series, int index)
    {
        double y = TopPixels + PlotPixels + FootPixels + (index * LegendPixels);
        string verdict = series.Growing ?? (series.IsFlat ? "flat, as it should be" : "should be flat, and is not");
        yield return Drawing.Line(LeftPixels, y - 4, LeftPixels + 28, y - 4, _colours[index], width: 2, DashesOf(series));
        yield return Drawing.Text(LeftPixels + 36, y, $"{series.Name} ({verdict})", Drawing.Ink);
    }

    private static string? DashesOf(Series series) => series.Growing is null ? null : "6,4";

    private double X(int index)
    {
        int count = curve.Series[0].Points.Count;
        double width = WidthPixels - LeftPixels - RightPixels;
        return LeftPixels + (width * (index + 0.5) / count);
    }

    private double Y(double value)
    {
        // A stroke may end at the edge: it must not make the lines small.
        value = Math.Clamp(value, _least, _most);
        double part = curve.IsLogarithmic
            ? (Math.Log10(value) - Math.Log10(_least)) / (Math.Log10(_most) - Math.Log10(_least))
            : value / _most;
        return TopPixels + (PlotPixels * (1 - part));
    }

    private static IEnumerable<double> Medians(Curve curve) => curve.Series.SelectMany(series => series.Points).Select(point => point.Median);

    private static double FloorPower(double value) => Math.Pow(10, Math.Floor(Math.Log10(value)));

    private static double CeilingPower(double value) => Math.Pow(10, Math.Ceiling(Math.Log10(value)));

    /// <summary>The next number whose fifth is a round one.</summary>
    private static double RoundUp(double value)
    {
        double power = FloorPower(value);
        return power * ((double[])[1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]).First(step => value <= step * power * 1.000001);
    }
}
