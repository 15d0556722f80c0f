using NetStack.Tcp;

namespace NetStack.Differential.Tests;

// Differences in timestamps and selective acknowledgments.
internal static partial class KnownDifferences
{
    private static bool IsTimestampOfBadAcknowledgment(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && (Echoes.Latest(found, isOurs: true) ?? Echoes.Latest(found, isOurs: false))
            is { Acknowledgment: not 0 } or { AcknowledgmentFrom: AcknowledgmentPoint.Unacknowledged };

    private static bool IsTimestampInTimeWait(Disagreement found) =>
        found.StateBefore == TcpState.TimeWait
        && ((Echoes.AreAllThatDiffers(found) && Echoes.Latest(found, isOurs: false) is not null)
            || (found.Arrival is { Timestamps: TimestampPattern.Old } && found.OnlyKernelAcknowledges));

    private static bool IsTimestampAtLeftEdge(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && Echoes.Latest(found, isOurs: false) is { SequenceFrom: SequencePoint.Next, Sequence: < 0 } cause
        && cause.Sequence + cause.LengthBytes == 0;

    private static bool IsOldTimestampOnAcknowledgment(Disagreement found) =>
        found.Arrival is { Timestamps: TimestampPattern.Old, PayloadBytes: 0, Flags: TcpFlags.Acknowledgment } && found.OnlyWeAcknowledge;

    private static bool IsWithoutTimestamps(Disagreement found) =>
        Arrivals(found).Any(each => each.Timestamps == TimestampPattern.Missing)
        && found.Program is { PeerTimestamps: true, Options.Timestamps: true };

    /// <summary>The kernel's block is longer by the FIN, or there for it alone.</summary>
    private static bool IsSackOfFin(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && Arrivals(found).Any(each => each.Has(TcpFlags.Fin))
        && found.Their.Sent.All(HasSack);

    private static bool IsSackOfFinBesideText(Disagreement found) =>
        IsAboutData(found)
        && Arrivals(found).Any(each => each.Has(TcpFlags.Fin))
        && found.Their.Sent.All(HasSack);

    private static bool IsSackBeyondFin(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Fin)
        && found.Our.IsAtEnd == found.Their.IsAtEnd
        && found.Our.State == TcpState.TimeWait
        && found.Their.Sent.All(HasSack)
        && found.Our.Sent.All(each => !HasSack(each));

    private static bool IsSackAfterClose(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && found.Program.Events.Take(found.Index + 1).Any(each => each is CallEvent { Kind: CallKind.Close })
        && found.Their.Sent.All(HasSack);

    private static bool IsDuplicateWithFin(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && found.Our.State == TcpState.CloseWait
        && found.StateBefore != TcpState.CloseWait
        && found.Our.Sent.All(HasSack)
        && found.Their.Sent.All(each => !HasSack(each));

    private static bool IsTwoDuplicates(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Our.Sent is [{ Flags: TcpFlags.Acknowledgment } first, { } second]
        && found.Their.Sent is [{ } theirs]
        && HasSack(first)
        && HasSack(second)
        && Comparison.IsSame(second with { Options = theirs.Options }, theirs);

    /// <summary>Ours is told with a later acknowledgment, the kernel's at once or never.</summary>
    private static bool IsDuplicateInSynReceived(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
        && (HasAcknowledgedInSynReceived(found) || (found.StateBefore == TcpState.SynReceived && found.Their.Sent.All(HasSack)));

    private static bool IsLateDuplicate(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Program.Options.Sack
        && found.Our.Sent.Count > found.Their.Sent.Count - 1
        && HasAcknowledgedInSynReceived(found);

    private static bool HasAcknowledgedInSynReceived(Disagreement found) => found.Ours.Take(found.Index)
        .Any(each => each is { State: TcpState.SynReceived, Sent: [{ Flags: TcpFlags.Acknowledgment }, ..] });

    private static bool HasSack(SentSegment segment) => segment.Options.Contains("sack ", StringComparison.Ordinal);
}
