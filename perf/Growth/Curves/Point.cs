namespace NetStack.Growth.Curves;

/// <summary>What was measured at one place of a curve.</summary>
/// <param name="X">The place: how many connections, bytes and so on.</param>
/// <param name="Median">The median of the rounds.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Most">The most.</param>
internal sealed record Point(double X, double Median, double Least, double Most)
{
    /// <summary>What the rounds make of a place.</summary>
    public static Point Of(double x, IEnumerable<double> rounds)
    {
        double[] values = [.. rounds.Order()];
        return new Point(x, values[values.Length / 2], values[0], values[^1]);
    }
}
