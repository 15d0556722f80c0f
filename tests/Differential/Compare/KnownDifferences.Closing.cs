using NetStack.Tcp;

namespace NetStack.Differential.Tests;

// Differences around FIN and RST, and in TIME-WAIT.
internal static partial class KnownDifferences
{
    private static bool IsTextBehindFin(Disagreement found) =>
        found.Arrival is { PayloadBytes: > 0 } arrival
        && arrival.Sequence + arrival.LengthBytes > 0
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && (found.Their.State is TcpState.Closed or TcpState.Listen || found.Their.Sent.Count == 0);

    private static bool IsTextBeyondFin(Disagreement found) =>
        Arrivals(found).Any(each => each.Has(TcpFlags.Fin))
        && found.StateBefore is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2
        && found.Their.State is not (TcpState.Closed or TcpState.Listen)
        && found.Our.DeliveredBytes >= found.Their.DeliveredBytes
        && (found.Our.State != found.Their.State || found.Our.DeliveredBytes > found.Their.DeliveredBytes);

    private static bool IsSecondFin(Disagreement found) =>
        found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Fin)
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && found.Their.Sent is [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 } theirs]
        && found.Our.Sent.All(each => each.Acknowledgment < theirs.Acknowledgment);

    private static bool IsFinBehindGap(Disagreement found) =>
        found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Fin)
        && (arrival.SequenceFrom == SequencePoint.Edge || arrival.Sequence > 0)
        && found.StateBefore is TcpState.FinWait1 or TcpState.FinWait2
        && found.Their.State is TcpState.Closed or TcpState.Listen
        && found.Their.Sent is [{ IsReset: true }];

    private static bool IsFinAtFullWindow(Disagreement found) =>
        found.Call is { Kind: CallKind.Close or CallKind.Shutdown }
        && found.Our.Sent is [{ PayloadBytes: 0 } fin]
        && (fin.Flags & TcpFlags.Fin) != 0
        && found.Their.Sent.Count == 0;

    private static bool IsResetBeforeFin(Disagreement found) =>
        found.Arrival is { SequenceFrom: SequencePoint.Next, Sequence: -1 } arrival
        && arrival.Has(TcpFlags.Reset)
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && found.Our.State == found.StateBefore
        && found.Their.State is TcpState.Closed or TcpState.Listen;

    private static bool IsResetInCloseWait(Disagreement found) =>
        found.StateBefore == TcpState.CloseWait
        && found.Our.Error == "ECONNRESET"
        && found.Their.Error == "EPIPE"
        && Comparison.IsSameToApplication(found.Our, found.Their with { Error = found.Our.Error });

    private static bool IsOverlappingReset(Disagreement found) =>
        found.Arrival is { SequenceFrom: SequencePoint.Next, Sequence: < 0 } arrival
        && arrival.Has(TcpFlags.Reset)
        && arrival.Sequence + arrival.LengthBytes >= 0
        && found.OnlyKernelAcknowledges;

    private static bool IsFormOfReset(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Call is null
        && found.Our.Sent is [{ IsReset: true } ours]
        && found.Their.Sent is [{ IsReset: true } theirs]
        && ours.Sequence >= theirs.Sequence;

    private static bool IsResetOfAbort(Disagreement found) =>
        found.Call is { Kind: CallKind.Abort }
        && Echoes.AreAllThatDiffers(found)
        && found.Our.Sent is [{ IsReset: true }];

    private static bool IsWithoutAcknowledgmentInTimeWait(Disagreement found) =>
        found.StateBefore == TcpState.TimeWait
        && found.Arrival is { } arrival
        && !arrival.Has(TcpFlags.Acknowledgment)
        && found.OnlyKernelAcknowledges;

    private static bool IsAcknowledgmentInTimeWait(Disagreement found) =>
        found.StateBefore == TcpState.TimeWait && found.Arrival is { PayloadBytes: 0 } && found.OnlyWeAcknowledge;
}
