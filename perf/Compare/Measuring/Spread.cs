namespace NetStack.Compare.Measuring;

/// <summary>The median of some values, and how far they lie apart.</summary>
internal sealed record Spread(double Median, double Least, double Most)
{
    /// <returns>Null where there is no value.</returns>
    public static Spread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0
            ? null
            : new Spread((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1]);
    }
}
