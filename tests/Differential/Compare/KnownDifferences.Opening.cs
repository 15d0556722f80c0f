using NetStack.Tcp;

namespace NetStack.Differential.Tests;

// Differences in LISTEN, SYN-SENT and SYN-RECEIVED.
internal static partial class KnownDifferences
{
    private static bool IsTextOnSyn(Disagreement found) =>
        found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && found.StateBefore is TcpState.Listen or TcpState.SynSent or TcpState.TimeWait
        && found.Our.Sent is [{ } ours]
        && found.Their.Sent is [{ } theirs]
        && ours.Flags == theirs.Flags
        && ours.Acknowledgment > theirs.Acknowledgment;

    private static bool IsSynFinInListen(Disagreement found) =>
        found.StateBefore is TcpState.Listen or TcpState.TimeWait
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && arrival.Has(TcpFlags.Fin)
        && found.Their.Sent.Count == 0;

    private static bool IsSynInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && found.IsAboutSegmentsOnly
        && found.Our.Sent.Count == 0
        && found.Their.Sent is [{ IsReset: true }];

    private static bool IsSynAckInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && found.Our.State == TcpState.Listen
        && found.Their.State == TcpState.SynReceived;

    private static bool IsBadAcknowledgmentFirst(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Acknowledgment)
        && arrival is not { AcknowledgmentFrom: AcknowledgmentPoint.Next, Acknowledgment: 0 }
        && found.Their.State == TcpState.SynReceived
        && found.Their.Sent is [{ IsReset: true }];

    private static bool IsEchoInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program is { IsPassive: true, PeerTimestamps: true, Options.Timestamps: true }
        && (found.Arrival is { Timestamps: TimestampPattern.WrongEcho or TimestampPattern.ZeroEcho }
            || HasAcknowledgedInSynReceived(found))
        && found.Our.State != TcpState.SynReceived
        && found.Their.State == TcpState.SynReceived;

    private static bool IsAcknowledgmentOfNothing(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Our is { State: TcpState.SynReceived, Sent: [{ IsReset: true, Sequence: 0 }, ..] }
        && found.Their.State != TcpState.SynReceived;

    private static bool IsSimultaneousSynAck(Disagreement found) =>
        found.Arrival is { Flags: TcpFlags.Syn | TcpFlags.Acknowledgment }
        && found.StateBefore == TcpState.SynReceived
        && !found.Program.IsPassive
        && found.Our.State == TcpState.Established
        && found.OnlyKernelAcknowledges;

    private static bool IsSimultaneousSynAckRefused(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && !found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && arrival.Has(TcpFlags.Acknowledgment)
        && found.Their is { State: TcpState.SynReceived, Sent: [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }] };

    private static bool IsSimultaneousOptions(Disagreement found) =>
        found.StateBefore == TcpState.SynSent
        && found.IsAboutSegmentsOnly
        && found.Our.Sent is [{ Flags: TcpFlags.Syn | TcpFlags.Acknowledgment } ours]
        && found.Their.Sent is [{ Flags: TcpFlags.Syn | TcpFlags.Acknowledgment } theirs]
        && Comparison.IsSame(ours with { Options = theirs.Options }, theirs);

    private static bool IsResetInSimultaneousOpen(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && !found.Program.IsPassive
        && found.Our.Error == "ECONNREFUSED"
        && Comparison.IsSameToApplication(found.Our, found.Their with { Error = found.Our.Error });

    private static bool IsCloseInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && (found.Call is { Kind: CallKind.Close or CallKind.Shutdown }
            ? found.Our.State == TcpState.SynReceived
            : found.Their.Sent.Any(each => (each.Flags & TcpFlags.Fin) != 0)
                && Comparison.IsSame(found.Our.Sent[0] with { Acknowledgment = 0 }, found.Their.Sent[0] with { Acknowledgment = 0 })
            || IsFinBehindSynAck(found));

    /// <summary>The kernel acknowledges the SYN,ACK of a simultaneous open, and the FIN that waited for it waits on.</summary>
    private static bool IsFinBehindSynAck(Disagreement found) =>
        found.Arrival is { Flags: TcpFlags.Syn | TcpFlags.Acknowledgment }
        && found.Our is { State: TcpState.FinWait1, Sent: [{ Flags: TcpFlags.Fin | TcpFlags.Acknowledgment }] }
        && found.Their is { State: TcpState.FinWait1, Sent: [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }] };

    /// <summary>It depends on the clock, by which event the kernel sends its SYN again.</summary>
    private static bool IsHastySyn(Disagreement found) =>
        found.StateBefore is TcpState.SynSent or TcpState.SynReceived
        && !found.Program.IsPassive
        && Enumerable.Range(0, found.Their.Sent.Count).Any(at =>
            found.Their.Sent[at].IsSyn
            && Comparison.IsSame(found.Our, found.Their with { Sent = [.. found.Their.Sent.Where((_, i) => i != at)] }));

    private static bool IsAcceptOfReset(Disagreement found) =>
        found.Call is { Kind: CallKind.Accept } && found.Their is { Result: "ok", Error: "ECONNRESET" or "EPIPE" };
}
