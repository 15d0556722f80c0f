namespace NetStack.Growth;

/// <summary>How long is measured.</summary>
/// <param name="Rounds">The rounds of each point.</param>
/// <param name="Seconds">The length of a round.</param>
/// <param name="Largest">The most of anything; smaller for a quick look.</param>
internal sealed record GrowthPlan(int Rounds, double Seconds, int Largest)
{
    private static readonly int[] _decades = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

    /// <summary>1, 10, 100 and so on.</summary>
    public IEnumerable<int> Decades(int last) => _decades.TakeWhile(count => count <= Math.Min(last, Largest));
}
