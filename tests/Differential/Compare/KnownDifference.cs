namespace NetStack.Differential.Tests;

/// <summary>A difference from the kernel that is as it should be. Each has a row of the same name in Stack.Tcp/DEVIATIONS.md.</summary>
/// <param name="Name">The name.</param>
/// <param name="Ends">Whether the connections are not the same any more afterwards, so that the rest of the program says nothing.</param>
/// <param name="Explains">Whether it is the whole of a disagreement.</param>
internal sealed record KnownDifference(string Name, bool Ends, Func<Disagreement, bool> Explains)
{
    /// <summary>Whether it depends on the clock, so that it need not occur.</summary>
    public bool IsTimed { get; init; }
}
