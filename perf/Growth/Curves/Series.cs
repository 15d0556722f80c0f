namespace NetStack.Growth.Curves;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">What was measured, the smallest place first.</param>
/// <param name="Growing">Why it may grow, or fall where more is better; null where it should be flat.</param>
/// <param name="IsSpeed">Whether more is better.</param>
internal sealed record Series(string Name, IReadOnlyList<Point> Points, string? Growing = null, bool IsSpeed = false)
{
    /// <summary>What should be flat costs nowhere more than this times what it costs at its base.</summary>
    public const double FlatWithin = 1.5;

    /// <summary>The rule in words.</summary>
    public static readonly string Rule = FormattableString.Invariant(
        $"Flat: nowhere more than {FlatWithin} times what it takes with 10, or at the first place where that is not 1. One of a kind is always the latest one, with everything at hand and every branch foreseen.");

    /// <summary>The most by what is at the base; with speeds what is at the base by the least.</summary>
    public double Growth
    {
        get
        {
            int first = Points[0].X == 1 && Points.Count > 1 ? 1 : 0;
            IEnumerable<double> medians = Points.Skip(first).Select(point => point.Median);
            return IsSpeed ? Points[first].Median / medians.Min() : medians.Max() / Points[first].Median;
        }
    }

    /// <summary>Whether it is flat; what becomes better is, too.</summary>
    public bool IsFlat => Growth <= FlatWithin;
}
