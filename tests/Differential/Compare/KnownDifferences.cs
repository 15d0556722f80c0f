using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>The differences from the kernel that are as they should be.</summary>
internal static class KnownDifferences
{
    public static IReadOnlyList<KnownDifference> All { get; } =
    [
        new("text on a SYN", Ends: true, IsTextOnSyn),
        new("text behind a FIN", Ends: true, IsTextBehindFin),
        new("no ACK bit outside of the window", Ends: false, IsWithoutAcknowledgment),
        new("SYN,ACK that ends a simultaneous open", Ends: false, IsSimultaneousSynAck),
        new("form of a reset", Ends: false, IsFormOfReset),
        new("reset after both FINs", Ends: false, IsResetAfterFins),
        new("acknowledgment from before the stream", Ends: false, IsBeforeStream),
        new("old acknowledgment with text", Ends: true, IsOldAcknowledgmentWithText),
        new("accepting what was reset", Ends: true, IsAcceptOfReset),
        new("FIN and congestion window", Ends: true, IsFinAtFullWindow),
    ];

    private static bool IsTextOnSyn(Disagreement found) =>
        found.Arrival is { PayloadBytes: > 0 } arrival
        && (arrival.Flags & TcpFlags.Syn) != 0
        && found.StateBefore is TcpState.Listen or TcpState.SynSent
        && found.Our.Sent.Count == 1
        && found.Their.Sent.Count == 1
        && found.Our.Sent[0].Flags == found.Their.Sent[0].Flags
        && found.Our.Sent[0].Acknowledgment == found.Their.Sent[0].Acknowledgment + arrival.PayloadBytes;

    private static bool IsTextBehindFin(Disagreement found) =>
        found.Arrival is { PayloadBytes: > 0 }
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && found.Their.State is TcpState.Closed or TcpState.Listen
        && found.Their.Sent is [{ IsReset: true }]
        && found.Our.Sent.Count == 0;

    private static bool IsWithoutAcknowledgment(Disagreement found) =>
        found.Arrival is { } arrival
        && (arrival.Flags & (TcpFlags.Acknowledgment | TcpFlags.Syn | TcpFlags.Reset)) == 0
        && found.OnlyWeAcknowledge;

    private static bool IsSimultaneousSynAck(Disagreement found) =>
        found.Arrival is { Flags: TcpFlags.Syn | TcpFlags.Acknowledgment }
        && found.StateBefore == TcpState.SynReceived
        && !found.Program.IsPassive
        && found.Our.State == TcpState.Established
        && found.OnlyKernelAcknowledges;

    private static bool IsFormOfReset(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Our.Sent is [{ IsReset: true } ours]
        && found.Their.Sent is [{ IsReset: true } theirs]
        && ours.Sequence == theirs.Sequence;

    private static bool IsResetAfterFins(Disagreement found) =>
        found.StateBefore is TcpState.Closing or TcpState.LastAck
        && found.Our.State == found.Their.State
        && found.Our.Error.Length == 0
        && found.Their.Error.Length > 0
        && Comparison.IsSameToApplication(found.Our, found.Their with { Error = "" });

    private static bool IsBeforeStream(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0 } && found.OnlyKernelAcknowledges;

    private static bool IsOldAcknowledgmentWithText(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0, PayloadBytes: > 0 }
        && found.Our.DeliveredBytes == 0
        && found.Their.DeliveredBytes > 0
        && found.Our.Sent is [{ Flags: TcpFlags.Acknowledgment }];

    private static bool IsAcceptOfReset(Disagreement found) =>
        found.Call is { Kind: CallKind.Accept }
        && found.Our.Result == "EAGAIN"
        && found.Their is { Result: "ok", Error: "ECONNRESET" or "EPIPE" };

    private static bool IsFinAtFullWindow(Disagreement found) =>
        found.Call is { Kind: CallKind.Close or CallKind.Shutdown }
        && found.Our.Sent is [{ PayloadBytes: 0 } fin]
        && (fin.Flags & TcpFlags.Fin) != 0
        && found.Their.Sent.Count == 0;
}
