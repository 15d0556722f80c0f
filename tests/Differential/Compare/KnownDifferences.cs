namespace NetStack.Differential.Tests;

/// <summary>The differences from the kernel that are as they should be.</summary>
internal static partial class KnownDifferences
{
    /// <summary>A distance that no window without a scale reaches.</summary>
    private const int LargeDistance = 70_000;

    private const int InitialWindow = 9;

    public static IReadOnlyList<KnownDifference> All { get; } =
    [
        new("text or FIN on a SYN", Ends: true, IsTextOnSyn),
        new("text behind a FIN", Ends: true, IsTextBehindFin),
        new("no ACK bit outside of the window", Ends: false, IsWithoutAcknowledgment),
        new("SYN,ACK of a simultaneous open", Ends: false, IsSimultaneousSynAck),
        new("form of a reset", Ends: false, IsFormOfReset),
        new("acknowledgment from before the stream", Ends: false, IsBeforeStream),
        new("acknowledgment from before the stream", Ends: true, IsTextBeforeStream),
        new("old acknowledgment with text", Ends: true, IsOldAcknowledgmentWithText),
        new("accepting what was reset", Ends: true, IsAcceptOfReset),
        new("FIN and congestion window", Ends: true, IsFinAtFullWindow),
        new("acknowledgment in TIME-WAIT", Ends: false, IsAcknowledgmentInTimeWait),
        new("SYN in SYN-RECEIVED", Ends: false, IsSynInSynReceived),
        new("timestamp with an old or bad acknowledgment", Ends: false, IsTimestampOfBadAcknowledgment),
        new("timestamp in TIME-WAIT", Ends: false, IsTimestampInTimeWait),
        new("segment that ends at the left edge", Ends: false, IsTimestampAtLeftEdge),
        new("reset one before RCV.NXT behind a FIN", Ends: true, IsResetBeforeFin),
        new("text beyond a FIN that came first", Ends: true, IsTextBeyondFin),
        new("acknowledgment of nothing in SYN-RECEIVED", Ends: true, IsAcknowledgmentOfNothing),
        new("reset of an abort", Ends: false, IsResetOfAbort),
        new("reset in a simultaneous open", Ends: false, IsResetInSimultaneousOpen),
        new("bad acknowledgment in SYN-RECEIVED", Ends: true, IsBadAcknowledgmentFirst),
        new("reset in CLOSE-WAIT", Ends: false, IsResetInCloseWait),
        new("push", Ends: false, IsPush),
        new("old timestamp on a bare acknowledgment", Ends: false, IsOldTimestampOnAcknowledgment),
        new("SYN,ACK of a simultaneous open", Ends: true, IsSimultaneousSynAckRefused),
        new("close in SYN-RECEIVED", Ends: true, IsCloseInSynReceived),
        new("segment across the right edge", Ends: true, IsAcrossRightEdge),
        new("echo in SYN-RECEIVED", Ends: true, IsEchoInSynReceived),
        new("FIN behind a gap after a close", Ends: true, IsFinBehindGap),
        new("SYN again after a bad acknowledgment", Ends: false, IsHastySyn) { IsTimed = true },
        new("no ACK bit in TIME-WAIT", Ends: false, IsWithoutAcknowledgmentInTimeWait),
        new("SACK of text beyond a FIN", Ends: false, IsSackBeyondFin),
        new("SACK after a close", Ends: false, IsSackAfterClose),
        new("D-SACK with the acknowledgment of a FIN", Ends: false, IsDuplicateWithFin),
        new("two duplicates in one segment", Ends: false, IsTwoDuplicates),
        new("D-SACK in SYN-RECEIVED", Ends: false, IsDuplicateInSynReceived),
        new("SACK of a FIN", Ends: false, IsSackOfFin),
        new("acknowledgment at a closed window", Ends: false, IsSequenceAtClosedWindow),
        new("second FIN", Ends: true, IsSecondFin),
        new("no delay on a corked connection", Ends: true, IsNoDelayOnCorked),
        new("SYN in SYN-RECEIVED", Ends: true, IsSynAckInSynReceived),
        new("SYN,FIN in LISTEN", Ends: true, IsSynFinInListen),
        new("reset that overlaps the window", Ends: false, IsOverlappingReset),
        new("options of a SYN,ACK of a simultaneous open", Ends: false, IsSimultaneousOptions),

        // These show later than they happen: an acknowledgment, or a window, that one side took and the other did not.
        new("segment at the right edge", Ends: true, IsAtRightEdge),
        new("congestion window", Ends: true, IsCongestionWindow),
        new("window larger than told", Ends: true, IsLargerWindow),
        new("smaller window without news", Ends: true, IsSmallerWindow),
        new("segments for a small window", Ends: true, IsSmallWindow),
        new("segment that ends at the left edge", Ends: true, IsAtLeftEdge),
        new("window of a segment that was overtaken", Ends: true, IsOvertakenWindow),
        new("SACK of a FIN", Ends: true, IsSackOfFinBesideText),
        new("D-SACK in SYN-RECEIVED", Ends: true, IsLateDuplicate),
        new("segment across the right edge", Ends: true, IsTextAcrossRightEdge),
        new("segment without timestamps", Ends: true, IsWithoutTimestamps),
    ];
}
