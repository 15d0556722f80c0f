namespace NetStack.Growth.Curves;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">What was measured, the smallest place first.</param>
/// <param name="Growing">Why it may grow; null where it should be flat.</param>
internal sealed record Series(string Name, IReadOnlyList<Point> Points, string? Growing = null)
{
    /// <summary>What should be flat costs nowhere more than this times what it costs at its first place.</summary>
    public const double FlatWithin = 1.5;

    /// <summary>The most by what is at the first place.</summary>
    public double Growth => Points.Max(point => point.Median) / Points[0].Median;

    /// <summary>Whether it is flat; what becomes cheaper is, too.</summary>
    public bool IsFlat => Growth <= FlatWithin;
}
