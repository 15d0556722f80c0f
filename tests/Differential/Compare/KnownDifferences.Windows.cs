using NetStack.Tcp;

namespace NetStack.Differential.Tests;

// Differences in what is acceptable, in windows and in what is sent.
internal static partial class KnownDifferences
{
    private static bool IsWithoutAcknowledgment(Disagreement found) =>
        found.Arrival is { } arrival
        && (arrival.Flags & (TcpFlags.Acknowledgment | TcpFlags.Syn | TcpFlags.Reset)) == 0
        && found.OnlyWeAcknowledge;

    private static bool IsBeforeStream(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0 } && found.OnlyKernelAcknowledges;

    private static bool IsTextBeforeStream(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0, PayloadBytes: > 0 }
        && found.Our.Sent.Count == 1
        && found.Their is { DeliveredBytes: 0, Sent: [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }] };

    private static bool IsLargerWindow(Disagreement found) =>
        found.Program.Options.WindowScale
        && Comparison.WindowBefore(found.Kernel, found.Index) <= ushort.MaxValue
        && Arrivals(found).Any(each => each is { SequenceFrom: SequencePoint.Edge, Sequence: >= 0 } or { Sequence: >= LargeDistance });

    private static bool IsPush(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Our.Sent.Count == found.Their.Sent.Count
        && found.Our.Sent.Zip(found.Their.Sent).All(pair =>
            Comparison.IsSame(pair.First, pair.Second)
            || (pair.First.PayloadBytes > 0 && Comparison.IsSame(pair.First with { Flags = pair.First.Flags | TcpFlags.Push }, pair.Second)));

    private static bool IsSmallerWindow(Disagreement found)
    {
        int window = Peer.FirstWindowBytes;
        bool wasSmaller = false;
        foreach (ArrivalEvent arrival in Arrivals(found))
        {
            wasSmaller |= arrival.WindowBytes > 0 && arrival.WindowBytes < window;
            window = arrival.WindowBytes >= 0 ? arrival.WindowBytes : window;
        }

        return wasSmaller && IsAboutData(found) && BytesOf(found.Our) < BytesOf(found.Their);
    }

    private static bool IsSmallWindow(Disagreement found) =>
        IsAboutData(found)
        && Arrivals(found).Any(each => each.WindowBytes is > 0 and < 2 * OptionSet.SegmentBytes);

    private static bool IsAboutData(Disagreement found) =>
        found.IsAboutSegmentsOnly && found.Our.Sent.Concat(found.Their.Sent).Any(each => each.PayloadBytes > 0);

    private static int BytesOf(TraceStep step) => step.Sent.Sum(each => each.PayloadBytes);

    private static bool IsOldAcknowledgmentWithText(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0, PayloadBytes: > 0 }
        && found.Our.Sent is [{ Flags: TcpFlags.Acknowledgment } ours]
        && found.Their.Sent is [{ } theirs]
        && ours.Acknowledgment < theirs.Acknowledgment;

    private static bool IsAtRightEdge(Disagreement found) =>
        Arrivals(found).Any(each => each is { SequenceFrom: SequencePoint.Edge, Sequence: 0 });

    private static bool IsCongestionWindow(Disagreement found)
    {
        // What both have sent is the same, and fills the initial window of ten segments.
        int common = Math.Min(found.Our.Sent.Count, found.Their.Sent.Count);
        return IsAboutData(found)
            && found.Our.Sent.Count != found.Their.Sent.Count
            && found.Our.Sent.Zip(found.Their.Sent).All(pair => Comparison.IsSame(pair.First, pair.Second))
            && found.Ours.Take(found.Index).SelectMany(each => each.Sent).Count(each => each.PayloadBytes > 0) + common >= InitialWindow;
    }

    private static bool IsAtLeftEdge(Disagreement found) =>
        Arrivals(found).Any(each =>
            each is { SequenceFrom: SequencePoint.Next, Sequence: < 0 }
            && each.Has(TcpFlags.Acknowledgment)
            && each.Sequence + each.LengthBytes == 0);

    private static bool IsAcrossRightEdge(Disagreement found) =>
        found.Arrival is { SequenceFrom: SequencePoint.Edge, Sequence: < 0 } arrival
        && arrival.Sequence + arrival.LengthBytes > 0
        && found.Their.State == found.StateBefore
        && found.Their.Sent is [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }];

    private static bool IsTextAcrossRightEdge(Disagreement found) =>
        Arrivals(found).Any(each => each is { SequenceFrom: SequencePoint.Edge, Sequence: < 0 } && each.Sequence + each.LengthBytes > 0);

    private static bool IsSequenceAtClosedWindow(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Our.Sent is [{ Flags: TcpFlags.Acknowledgment or (TcpFlags.Reset | TcpFlags.Acknowledgment), PayloadBytes: 0 } ours]
        && found.Their.Sent is [{ } theirs]
        && theirs.Sequence < ours.Sequence
        && Comparison.IsSame(ours with { Sequence = theirs.Sequence }, theirs);

    private static bool IsNoDelayOnCorked(Disagreement found) =>
        found.Call is { Kind: CallKind.NoDelayOn } && found.Our.Sent.Count == 0 && IsAboutData(found);

    private static bool IsOvertakenWindow(Disagreement found)
    {
        // An earlier segment lay further on than one that brought another window.
        IEnumerable<ArrivalEvent> arrivals = Arrivals(found);
        return arrivals
                .SkipWhile(each => each is { SequenceFrom: not SequencePoint.Edge, Sequence: <= 0 })
                .Any(each => each.WindowBytes >= 0)
            && found.IsAboutSegmentsOnly
            && (found.Our.Sent.Any(each => each.PayloadBytes > 0) || found.Their.Sent.Any(each => each.PayloadBytes > 0));
    }

    /// <summary>The segments that have arrived so far.</summary>
    private static IEnumerable<ArrivalEvent> Arrivals(Disagreement found) =>
        found.Program.Events.Take(found.Index + 1).OfType<ArrivalEvent>();
}
