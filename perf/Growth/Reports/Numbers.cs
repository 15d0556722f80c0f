using System.Globalization;

namespace NetStack.Growth.Reports;

/// <summary>How numbers are written.</summary>
internal static class Numbers
{
    public static string Place(double x) => x.ToString("#,0.####", CultureInfo.InvariantCulture);

    public static string Value(double value) => value.ToString(
        value >= 1000 ? "#,0" : value >= 100 ? "0" : value >= 10 ? "0.0" : value >= 1 ? "0.00" : "0.000", CultureInfo.InvariantCulture);
}
