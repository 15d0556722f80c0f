namespace NetStack.Differential.Tests;

/// <summary>Compares what two implementations made of a program.</summary>
internal static class Comparison
{
    /// <summary>Looks for the first disagreement that no known difference explains.</summary>
    /// <param name="program">The program.</param>
    /// <param name="ours">Our trace.</param>
    /// <param name="kernel">The kernel's.</param>
    /// <param name="use">Told of each known difference that explains one.</param>
    /// <param name="comparedSteps">The events that were compared.</param>
    public static Disagreement? FindUnexplained(
        DifferentialProgram program,
        IReadOnlyList<TraceStep> ours,
        IReadOnlyList<TraceStep> kernel,
        Action<KnownDifference> use,
        out int comparedSteps)
    {
        for (int index = 0; index < ours.Count; index++)
        {
            comparedSteps = index + 1;
            if (IsSame(ours[index], kernel[index]))
            {
                continue;
            }

            Disagreement found = new(program, ours, kernel, index);
            KnownDifference? known = KnownDifferences.All.FirstOrDefault(each => each.Explains(found));
            if (known is null)
            {
                return found;
            }

            use(known);
            if (known.Ends)
            {
                return null;
            }
        }

        comparedSteps = ours.Count;
        return null;
    }

    /// <summary>Whether the application saw the same, and the connection is in the same state.</summary>
    public static bool IsSameToApplication(TraceStep ours, TraceStep kernel) =>
        ours with { Sent = kernel.Sent } == kernel;

    /// <summary>
    /// Whether two segments are the same. How large a window is offered is each receiver's own affair; whether it is closed
    /// is not.
    /// </summary>
    public static bool IsSame(SentSegment ours, SentSegment kernel) =>
        ours with { WindowBytes = 0 } == kernel with { WindowBytes = 0 }
        && (ours.IsReset || ours.WindowBytes > 0 == kernel.WindowBytes > 0);

    private static bool IsSame(TraceStep ours, TraceStep kernel) =>
        IsSameToApplication(ours, kernel)
        && ours.Sent.Count == kernel.Sent.Count
        && ours.Sent.Zip(kernel.Sent).All(pair => IsSame(pair.First, pair.Second));
}
