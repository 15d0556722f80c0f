using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace NetStack.Reports;

/// <summary>What charts are drawn with, as SVG on a sheet that follows the reader's light or dark colours.</summary>
internal static class Drawing
{
    public const string Paper = "#ffffff";
    public const string Ink = "#111111";
    public const string Faint = "#555555";
    public const string Rule = "#dddddd";

    // What the colours above become in the dark: a style goes before an attribute.
    private const string DarkStyle =
        "@media (prefers-color-scheme: dark) { [fill=\"#ffffff\"] { fill: #14181d } [fill=\"#111111\"] { fill: #e8eaed } " +
        "[fill=\"#555555\"] { fill: #a8adb4 } [stroke=\"#111111\"] { stroke: #e8eaed } [stroke=\"#dddddd\"] { stroke: #3a4048 } }";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>Writes a sheet to a file.</summary>
    public static void Write(string path, int width, int height, string title, params object?[] content)
    {
        XElement root = new(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {width} {height}"),
            new XAttribute("width", width),
            new XAttribute("height", height),
            new XAttribute("font-family", "sans-serif"),
            new XAttribute("font-size", 12),
            new XElement(Svg + "title", title),
            new XElement(Svg + "style", DarkStyle),
            Box(0, 0, width, height, Paper),
            content);
        File.WriteAllText(path, root + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    public static XElement Box(double x, double y, double width, double height, string colour) => new(
        Svg + "rect",
        new XAttribute("x", Number(x)),
        new XAttribute("y", Number(y)),
        new XAttribute("width", Number(width)),
        new XAttribute("height", Number(height)),
        new XAttribute("fill", colour));

    public static XElement Line(double x1, double y1, double x2, double y2, string colour, double width = 1, string? dashes = null) => new(
        Svg + "line",
        new XAttribute("x1", Number(x1)),
        new XAttribute("y1", Number(y1)),
        new XAttribute("x2", Number(x2)),
        new XAttribute("y2", Number(y2)),
        new XAttribute("stroke", colour),
        new XAttribute("stroke-width", Number(width)),
        dashes is null ? null : new XAttribute("stroke-dasharray", dashes));

    public static XElement Path(IEnumerable<(double X, double Y)> points, string colour, string? dashes = null) => new(
        Svg + "polyline",
        new XAttribute("points", string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))),
        new XAttribute("fill", "none"),
        new XAttribute("stroke", colour),
        new XAttribute("stroke-width", 2),
        dashes is null ? null : new XAttribute("stroke-dasharray", dashes));

    public static XElement Dot(double x, double y, string colour) => new(
        Svg + "circle",
        new XAttribute("cx", Number(x)),
        new XAttribute("cy", Number(y)),
        new XAttribute("r", 3),
        new XAttribute("fill", colour));

    public static XElement Text(double x, double y, string text, string colour, int size = 12, bool isBold = false, string anchor = "start") => new(
        Svg + "text",
        new XAttribute("x", Number(x)),
        new XAttribute("y", Number(y)),
        new XAttribute("fill", colour),
        new XAttribute("font-size", size),
        new XAttribute("text-anchor", anchor),
        isBold ? new XAttribute("font-weight", "bold") : null,
        text);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
