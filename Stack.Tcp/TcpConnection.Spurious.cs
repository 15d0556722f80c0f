using NetStack.Core;

namespace NetStack.Tcp;

// Time-outs, and losses that were none: RFC 5682 (F-RTO), RFC 3522 and RFC 3708 (detection), RFC 4015 (response).
public sealed partial class TcpConnection
{
    /// <summary>The retransmission timer has expired: everything that should have arrived by now is lost.</summary>
    /// <remarks>RFC 5681 §3.1; RFC 6298 §5.4 to §5.6; RFC 6582 §3.2, step 6; RFC 8985 §6.3.</remarks>
    private void EnterTimeout(Flight flight, Instant now)
    {
        Counters.Increment(Counter.TcpRetransmissionTimeouts);
        bool isFirst = _retries == 1;
        long prior = FlightSize;
        if (_phase is RecoveryPhase.None or RecoveryPhase.Reduction || isFirst)
        {
            StartUndo(flight);
        }

        // RFC 5682 §2.1: not "if the retransmission timer expires while a loss recovery is in progress".
        flight.IsTimeoutExamined = _phase is RecoveryPhase.None or RecoveryPhase.Reduction || !isFirst;
        flight.PrefersNew = false;
        flight.IsRepairing = false;
        flight.DuplicateBytes = 0;
        flight.DuplicateCount = 0;
        _probe.IsOut = false;
        flight.ProbeDeadline = flight.ReorderingDeadline = Instant.Never;
        if (flight.Segments[0].IsDelivered)
        {
            // RFC 2018 §8: the peer told to have it, and has not moved its acknowledgment over it.
            flight.Segments.ForgetDelivered();
        }

        Instant lateBefore = _usesSack && flight.LatestDelivery.IsKnown
            ? now - flight.LatestDelivery.RoundTrip - ReorderingWindowLength(flight)
            : Instant.Never;
        flight.Segments.MarkTimedOut(lateBefore);

        // RFC 6298 §5.4: "Retransmit the earliest segment that has not been acknowledged": what is not late yet counts as on
        // its way, and fills the window of one segment.
        flight.MustRetransmit = true;
        WindowReduced();
        _congestion!.TimedOut(prior, isFirst, now);
        _phase = RecoveryPhase.Timeout;
        _wasTimeout = true;
        _recover = _sendNext;
    }

    /// <summary>An acknowledgment after a time-out.</summary>
    /// <remarks>RFC 5682 §3.1, with SACK.</remarks>
    private void RecoverFromTimeout(Flight flight, in Segment segment, ref DeliveryReport report)
    {
        bool isNew = report.AcknowledgedBytes > 0;
        flight.PrefersNew = false;

        // Without SACK what was sent again may have been all that was missing, and the rest may have arrived long ago.
        bool isOriginal = report.HasOriginal && (_usesSack || !report.HasRetransmission);
        if (IsSpurious(flight, segment, report) || (flight.IsTimeoutExamined && isOriginal))
        {
            // Step 3.b: "the TCP sender SHOULD declare the timeout spurious": what was never sent again has arrived.
            Undo(flight, ref report);
            return;
        }

        if (_sendUnacknowledged >= _recover && isNew)
        {
            _reorderingWindow.RecoveryEnded();
            flight.IsTimeoutExamined = false;
            _phase = RecoveryPhase.None;
            _congestion!.LeaveRecovery(FlightBytes, report.Now);
            return;
        }

        if (!flight.IsTimeoutExamined)
        {
            return;
        }

        if (_sendNext > report.Recover || !isNew || _sendQueue.End <= _sendNext || _sendUnacknowledged + _sendWindow <= _sendNext)
        {
            // Step 3.a, or 2.a of §2.1: the loss is real, or there is nothing new to examine it with. §3.1, step 2, with SACK:
            // "If duplicate ACKs arrive before the cumulative acknowledgment for retransmitted data, ... Stay in step 2".
            flight.IsTimeoutExamined = _sendNext <= report.Recover && !isNew && (_usesSack || !report.IsDuplicate);
            return;
        }

        // Step 2.b: "transmit up to two new segments": with nothing on its way and a window of two, just that.
        flight.PrefersNew = true;
    }

    /// <summary>Whether everything that was sent again had arrived before.</summary>
    private bool IsSpurious(Flight flight, in Segment segment, in DeliveryReport report)
    {
        if (flight.Undo.IsProvenByDuplicates)
        {
            return true;
        }

        // While something is still missing, one segment that was only late does not speak for the others.
        return report.AcknowledgedBytes > 0
            && (_phase == RecoveryPhase.Timeout || (flight.Segments.LostBytes == 0 && report.LostBytes == 0))
            && flight.Undo.IsProvenByTimestamp(segment, _usesTimestamps);
    }

    /// <summary>Begins to watch for proof that a recovery is for nothing.</summary>
    private void StartUndo(Flight flight)
    {
        int retransmitted = flight.Segments.CountRetransmitted(out Instant firstSentAt);
        flight.Undo.Start(_sendUnacknowledged, retransmitted, Timestamp(firstSentAt));
    }

    /// <summary>The recovery was for nothing: the window is what it was, and nothing counts as lost.</summary>
    /// <remarks>RFC 4015 §3.2.</remarks>
    private void Undo(Flight flight, ref DeliveryReport report)
    {
        Counters.Increment(Counter.TcpSpuriousRecoveries);
        flight.Undo.Undone(_sendNext);
        flight.Segments.ForgetLost();
        flight.IsTimeoutExamined = flight.PrefersNew = false;
        _phase = RecoveryPhase.None;
        _wasTimeout = false;
        _congestion!.Undo(report.Now);
        report.Phase = RecoveryPhase.None;
        _rtt.ResetBackoff();
    }
}
