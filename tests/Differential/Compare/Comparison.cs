using NetStack.Tcp;

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
            if (IsNewConnectionAtEdge(program.Events[index], ours[index], kernel[index])
                || IsBetweenEdges(program.Events[index], ours, kernel, index)
                || IsAmongEdges(program, ours[index], kernel[index], index))
            {
                return null;
            }

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

    /// <summary>
    /// Whether both have taken a SYN in that was counted from the edge of the window: the edges are not the same, and
    /// neither are the connections from here on.
    /// </summary>
    private static bool IsNewConnectionAtEdge(ProgramEvent happening, TraceStep ours, TraceStep kernel) =>
        happening is ArrivalEvent { SequenceFrom: SequencePoint.Edge } arrival
        && arrival.Has(TcpFlags.Syn)
        && ours.Sent is [{ IsSyn: true }]
        && kernel.Sent is [{ IsSyn: true }];

    /// <summary>
    /// Whether a segment far behind what is next lies in the window that one has offered and not in the other's: it is not
    /// the same segment to them.
    /// </summary>
    private static bool IsBetweenEdges(
        ProgramEvent happening, IReadOnlyList<TraceStep> ours, IReadOnlyList<TraceStep> kernel, int index) =>
        happening is ArrivalEvent { SequenceFrom: SequencePoint.Next, Sequence: > 0 } arrival
        && (arrival.Sequence < WindowBefore(ours, index)) != (arrival.Sequence < WindowBefore(kernel, index));

    /// <summary>
    /// Whether the stretches told of were counted from several edges: how far these are apart depends on the windows.
    /// </summary>
    private static bool IsAmongEdges(DifferentialProgram program, TraceStep ours, TraceStep kernel, int index) =>
        program.Events.Take(index + 1).Count(each => each is ArrivalEvent { SequenceFrom: SequencePoint.Edge, PayloadBytes: > 0 }) > 1
        && ours.Sent.Any(HasEdge)
        && kernel.Sent.Any(HasEdge)
        && !IsSame(ours, kernel);

    private static bool HasEdge(SentSegment segment) => segment.Options.Contains("edge", StringComparison.Ordinal);

    /// <summary>The window an implementation has offered last.</summary>
    public static int WindowBefore(IReadOnlyList<TraceStep> trace, int index) =>
        trace.Take(index).SelectMany(each => each.Sent).LastOrDefault(each => !each.IsReset)?.WindowBytes ?? 0;

    /// <summary>Whether two steps are the same.</summary>
    public static bool IsSame(TraceStep ours, TraceStep kernel) =>
        IsSameToApplication(ours, kernel)
        && ours.Sent.Count == kernel.Sent.Count
        && ours.Sent.Zip(kernel.Sent).All(pair => IsSame(pair.First, pair.Second));
}
