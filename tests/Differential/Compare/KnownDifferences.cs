using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>The differences from the kernel that are as they should be.</summary>
internal static class KnownDifferences
{
    /// <summary>A distance that no window without a scale reaches.</summary>
    private const int LargeDistance = 70_000;

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
        new("acknowledgment beside data", Ends: false, IsAcknowledgmentBesideData),
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

    private static bool IsTextOnSyn(Disagreement found) =>
        found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && found.StateBefore is TcpState.Listen or TcpState.SynSent or TcpState.TimeWait
        && found.Our.Sent is [{ } ours]
        && found.Their.Sent is [{ } theirs]
        && ours.Flags == theirs.Flags
        && ours.Acknowledgment > theirs.Acknowledgment;

    private static bool IsTextBehindFin(Disagreement found) =>
        found.Arrival is { PayloadBytes: > 0 } arrival
        && arrival.Sequence + arrival.LengthBytes > 0
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && (found.Their.State is TcpState.Closed or TcpState.Listen || found.Their.Sent.Count == 0);

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
        && found.Call is null
        && found.Our.Sent is [{ IsReset: true } ours]
        && found.Their.Sent is [{ IsReset: true } theirs]
        && ours.Sequence >= theirs.Sequence;

    private static bool IsBeforeStream(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0 } && found.OnlyKernelAcknowledges;

    private static bool IsTextBeforeStream(Disagreement found) =>
        found.Arrival is { Acknowledgment: < 0, PayloadBytes: > 0 }
        && found.Our.Sent.Count == 1
        && found.Their is { DeliveredBytes: 0, Sent: [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }] };

    private static bool IsResetBeforeFin(Disagreement found) =>
        found.Arrival is { SequenceFrom: SequencePoint.Next, Sequence: -1 } arrival
        && arrival.Has(TcpFlags.Reset)
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && found.Our.State == found.StateBefore
        && found.Their.State is TcpState.Closed or TcpState.Listen;

    private static bool IsTextBeyondFin(Disagreement found) =>
        Arrivals(found).Any(each => each.Has(TcpFlags.Fin))
        && found.StateBefore is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2
        && found.Their.State is not (TcpState.Closed or TcpState.Listen)
        && found.Our.DeliveredBytes >= found.Their.DeliveredBytes
        && (found.Our.State != found.Their.State || found.Our.DeliveredBytes > found.Their.DeliveredBytes);

    private static bool IsAcknowledgmentOfNothing(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Our is { State: TcpState.SynReceived, Sent: [{ IsReset: true, Sequence: 0 }, ..] }
        && found.Their.State != TcpState.SynReceived;

    private static bool IsResetOfAbort(Disagreement found) =>
        found.Call is { Kind: CallKind.Abort }
        && Echoes.AreAllThatDiffers(found)
        && found.Our.Sent is [{ IsReset: true, Options: "" }];

    private static bool IsResetInSimultaneousOpen(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && !found.Program.IsPassive
        && found.Our.Error == "ECONNREFUSED"
        && Comparison.IsSameToApplication(found.Our, found.Their with { Error = found.Our.Error });

    private static bool IsBadAcknowledgmentFirst(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Acknowledgment)
        && arrival is not { AcknowledgmentFrom: AcknowledgmentPoint.Next, Acknowledgment: 0 }
        && found.Their.State == TcpState.SynReceived
        && found.Their.Sent is [{ IsReset: true }];

    private static bool IsLargerWindow(Disagreement found) =>
        found.Program.Options.WindowScale
        && Comparison.WindowBefore(found.Kernel, found.Index) <= ushort.MaxValue
        && Arrivals(found).Any(each => each is { SequenceFrom: SequencePoint.Edge, Sequence: >= 0 } or { Sequence: >= LargeDistance });

    private static bool IsResetInCloseWait(Disagreement found) =>
        found.StateBefore == TcpState.CloseWait
        && found.Our.Error == "ECONNRESET"
        && found.Their.Error == "EPIPE"
        && Comparison.IsSameToApplication(found.Our, found.Their with { Error = found.Our.Error });

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

    private static bool IsAcceptOfReset(Disagreement found) =>
        found.Call is { Kind: CallKind.Accept } && found.Their is { Result: "ok", Error: "ECONNRESET" or "EPIPE" };

    private static bool IsFinAtFullWindow(Disagreement found) =>
        found.Call is { Kind: CallKind.Close or CallKind.Shutdown }
        && found.Our.Sent is [{ PayloadBytes: 0 } fin]
        && (fin.Flags & TcpFlags.Fin) != 0
        && found.Their.Sent.Count == 0;

    private static bool IsAtRightEdge(Disagreement found) =>
        Arrivals(found).Any(each => each is { SequenceFrom: SequencePoint.Edge, Sequence: 0 });

    private static bool IsAcknowledgmentInTimeWait(Disagreement found) =>
        found.StateBefore == TcpState.TimeWait && found.Arrival is { PayloadBytes: 0 } && found.OnlyWeAcknowledge;

    private static bool IsSynInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && found.IsAboutSegmentsOnly
        && found.Our.Sent.Count == 0
        && found.Their.Sent is [{ IsReset: true }];

    private static bool IsTimestampOfBadAcknowledgment(Disagreement found) =>
        Echoes.AreAllThatDiffers(found) && Echoes.Latest(found, isOurs: true) is { Acknowledgment: not 0 } or { AcknowledgmentFrom: AcknowledgmentPoint.Unacknowledged };

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

    private static bool IsAtLeftEdge(Disagreement found) =>
        Arrivals(found).Any(each =>
            each is { SequenceFrom: SequencePoint.Next, Sequence: < 0 }
            && each.Has(TcpFlags.Acknowledgment)
            && each.Sequence + each.LengthBytes == 0);

    private static bool IsSimultaneousSynAckRefused(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && !found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && arrival.Has(TcpFlags.Acknowledgment)
        && found.Their is { State: TcpState.SynReceived, Sent: [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }] };

    private static bool IsCloseInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Call is { Kind: CallKind.Close or CallKind.Shutdown }
        && found.Our.State == TcpState.SynReceived;

    private static bool IsAcrossRightEdge(Disagreement found) =>
        found.Arrival is { SequenceFrom: SequencePoint.Edge, Sequence: < 0 } arrival
        && arrival.Sequence + arrival.LengthBytes > 0
        && found.Their.State == found.StateBefore
        && found.Their.Sent is [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 }];

    private static bool IsEchoInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program is { IsPassive: true, PeerTimestamps: true, Options.Timestamps: true }
        && (found.Arrival is { Timestamps: TimestampPattern.WrongEcho or TimestampPattern.ZeroEcho }
            || HasAcknowledgedInSynReceived(found))
        && found.Our.State != TcpState.SynReceived
        && found.Their.State == TcpState.SynReceived;

    private static bool IsFinBehindGap(Disagreement found) =>
        found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Fin)
        && (arrival.SequenceFrom == SequencePoint.Edge || arrival.Sequence > 0)
        && found.StateBefore is TcpState.FinWait1 or TcpState.FinWait2
        && found.Their.State is TcpState.Closed or TcpState.Listen
        && found.Their.Sent is [{ IsReset: true }];

    /// <summary>It depends on the clock, by which event the kernel sends its SYN again.</summary>
    private static bool IsHastySyn(Disagreement found) =>
        found.StateBefore is TcpState.SynSent or TcpState.SynReceived
        && !found.Program.IsPassive
        && Enumerable.Range(0, found.Their.Sent.Count).Any(at =>
            found.Their.Sent[at].IsSyn
            && Comparison.IsSame(found.Our, found.Their with { Sent = [.. found.Their.Sent.Where((_, i) => i != at)] }));

    private static bool IsAcknowledgmentBesideData(Disagreement found) =>
        (IsBareAcknowledgment(found.Their.Sent.FirstOrDefault())
            && Comparison.IsSame(found.Our, found.Their with { Sent = [.. found.Their.Sent.Skip(1)] }))
        || (IsBareAcknowledgment(found.Their.Sent.LastOrDefault())
            && Comparison.IsSame(found.Our, found.Their with { Sent = [.. found.Their.Sent.SkipLast(1)] }));

    private static bool IsBareAcknowledgment(SentSegment? sent) => sent is { Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 };

    private static bool IsWithoutAcknowledgmentInTimeWait(Disagreement found) =>
        found.StateBefore == TcpState.TimeWait
        && found.Arrival is { } arrival
        && !arrival.Has(TcpFlags.Acknowledgment)
        && found.OnlyKernelAcknowledges;

    /// <summary>The kernel's block is longer by the FIN, or there for it alone.</summary>
    private static bool IsSackOfFin(Disagreement found) =>
        Echoes.AreAllThatDiffers(found)
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

    private static bool IsSackOfFinBesideText(Disagreement found) =>
        IsAboutData(found)
        && Arrivals(found).Any(each => each.Has(TcpFlags.Fin))
        && found.Their.Sent.All(HasSack);

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

    private static bool IsTextAcrossRightEdge(Disagreement found) =>
        Arrivals(found).Any(each => each is { SequenceFrom: SequencePoint.Edge, Sequence: < 0 } && each.Sequence + each.LengthBytes > 0);

    private static bool HasSack(SentSegment segment) => segment.Options.Contains("sack ", StringComparison.Ordinal);

    private static bool IsSequenceAtClosedWindow(Disagreement found) =>
        found.IsAboutSegmentsOnly
        && found.Our.Sent is [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 } ours]
        && found.Their.Sent is [{ } theirs]
        && theirs.Sequence < ours.Sequence
        && Comparison.IsSame(ours with { Sequence = theirs.Sequence }, theirs);

    private static bool IsSecondFin(Disagreement found) =>
        found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Fin)
        && found.StateBefore is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck
        && found.Their.Sent is [{ Flags: TcpFlags.Acknowledgment, PayloadBytes: 0 } theirs]
        && found.Our.Sent.All(each => each.Acknowledgment < theirs.Acknowledgment);

    private static bool IsNoDelayOnCorked(Disagreement found) =>
        found.Call is { Kind: CallKind.NoDelayOn } && found.Our.Sent.Count == 0 && IsAboutData(found);

    private static bool IsSynAckInSynReceived(Disagreement found) =>
        found.StateBefore == TcpState.SynReceived
        && found.Program.IsPassive
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && found.Our.State == TcpState.Listen
        && found.Their.State == TcpState.SynReceived;

    private static bool IsSynFinInListen(Disagreement found) =>
        found.StateBefore is TcpState.Listen or TcpState.TimeWait
        && found.Arrival is { } arrival
        && arrival.Has(TcpFlags.Syn)
        && arrival.Has(TcpFlags.Fin)
        && found.Their.Sent.Count == 0;

    private static bool IsOverlappingReset(Disagreement found) =>
        found.Arrival is { SequenceFrom: SequencePoint.Next, Sequence: < 0 } arrival
        && arrival.Has(TcpFlags.Reset)
        && arrival.Sequence + arrival.LengthBytes >= 0
        && found.OnlyKernelAcknowledges;

    private static bool IsSimultaneousOptions(Disagreement found) =>
        found.StateBefore == TcpState.SynSent
        && found.IsAboutSegmentsOnly
        && found.Our.Sent is [{ Flags: TcpFlags.Syn | TcpFlags.Acknowledgment } ours]
        && found.Their.Sent is [{ Flags: TcpFlags.Syn | TcpFlags.Acknowledgment } theirs]
        && Comparison.IsSame(ours with { Options = theirs.Options }, theirs);

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

    private static bool IsWithoutTimestamps(Disagreement found) =>
        Arrivals(found).Any(each => each.Timestamps == TimestampPattern.Missing)
        && found.Program is { PeerTimestamps: true, Options.Timestamps: true };

    /// <summary>The segments that have arrived so far.</summary>
    private static IEnumerable<ArrivalEvent> Arrivals(Disagreement found) =>
        found.Program.Events.Take(found.Index + 1).OfType<ArrivalEvent>();
}
