using NetStack.Core;

namespace NetStack.Tcp;

// From losses seen to losses repaired: RFC 6675 and RFC 8985 with SACK, RFC 6582 without, RFC 6937 for the window, RFC 5682
// and RFC 4015 for what was taken for lost in error.
public sealed partial class TcpConnection
{
    private const int DuplicateThreshold = 3;

    // SND.NXT when the last loss was seen: the recovery ends there.
    private SequenceNumber _recover;
    private RecoveryPhase _phase;
    private bool _wasTimeout;

    /// <summary>The window that congestion allows, in bytes on their way.</summary>
    private long CongestionWindowBytes => IsReducing && !_congestion!.GovernsRecovery
        ? _flight!.Reduction.WindowBytes
        : _congestion!.WindowBytes;

    /// <summary>Whether the window is being led down to what the congestion controller has set.</summary>
    private bool IsReducing => _phase is RecoveryPhase.Loss or RecoveryPhase.Reduction && _flight is { IsRepairing: false };

    /// <summary>What an acknowledgment tells of losses is drawn from it: found, repaired, or no losses at all.</summary>
    private void Recover(Flight flight, in Segment segment, ref DeliveryReport report)
    {
        Instant now = report.Now;
        if (report.HasDuplicate)
        {
            _reorderingWindow.DuplicateDelivered(_sendUnacknowledged, _sendNext);
        }


        bool mayRestartTimer = report.AcknowledgedBytes > 0;
        report.Phase = _phase;
        ProbeMayBeAnswered(report);
        FindLosses(flight, ref report);
        switch (_phase)
        {
            case RecoveryPhase.Timeout:
                RecoverFromTimeout(flight, segment, ref report);
                break;
            case RecoveryPhase.Loss:
                mayRestartTimer = RecoverFromLoss(flight, segment, ref report);
                break;
            default:
                if (report.LostBytes > 0)
                {
                    EnterRecovery(flight, now);
                }
                else if (_phase == RecoveryPhase.Reduction && _sendUnacknowledged >= _recover)
                {
                    LeaveRecovery(now);
                }

                break;
        }

        report.Phase = report.Phase == RecoveryPhase.None ? _phase : report.Phase;
        TellCongestion(flight, report);
        if (_sendUnacknowledged != _sendNext && mayRestartTimer)
        {
            StartRetransmissionTimer(now);
        }

        ScheduleProbe(flight, now);
    }

    /// <summary>Looks for losses: by time where the peer tells what it has (RACK), by duplicates where not.</summary>
    private void FindLosses(Flight flight, ref DeliveryReport report)
    {
        if (_usesSack)
        {
            DetectLosses(flight, ref report.LostBytes, report.Now);
            return;
        }

        // RFC 6582 §4: after a time-out, duplicates at the recovery point may come from segments sent again in vain.
        bool mayEnter = _wasTimeout ? _sendUnacknowledged > _recover : _sendUnacknowledged >= _recover;
        bool isThird = report.IsDuplicate && flight.DuplicateCount == DuplicateThreshold && mayEnter;
        if (_phase is RecoveryPhase.None or RecoveryPhase.Reduction && isThird)
        {
            report.LostBytes += flight.Segments.MarkLost(0);
        }
    }

    /// <summary>RACK: what was sent well before something that has arrived is lost. Sets the timer for what is only suspected.</summary>
    /// <remarks>RFC 8985 §6.2, step 5; §6.3.</remarks>
    private void DetectLosses(Flight flight, ref long lostBytes, Instant now)
    {
        flight.ReorderingDeadline = Instant.Never;
        if (!flight.LatestDelivery.IsKnown)
        {
            return;
        }

        Duration wait = flight.Segments.DetectLosses(flight.LatestDelivery, ReorderingWindowLength(flight), now, ref lostBytes);
        if (wait > Duration.Zero)
        {
            flight.ReorderingDeadline = now + wait;
            ScheduleTimer();
        }
    }

    private Duration ReorderingWindowLength(Flight flight) => _reorderingWindow.Length(
        _phase is RecoveryPhase.Loss or RecoveryPhase.Timeout,
        flight.Segments.DeliveredCount,
        _minimumRoundTrip.Value,
        _rtt.Smoothed);

    /// <summary>A segment was lost that nobody has told of before: fast retransmit.</summary>
    /// <remarks>RFC 5681 §3.2, RFC 6675 §5, RFC 6937 §3.</remarks>
    private void EnterRecovery(Flight flight, Instant now)
    {
        Counters.Increment(Counter.TcpFastRecoveries);
        if (_phase == RecoveryPhase.Reduction)
        {
            // The window went down for a mark, which is no error whatever becomes of the loss.
            flight.Undo.Stop();
        }
        else
        {
            StartUndo(flight);
            StartReduction(flight, CongestionSignal.Loss, now);
        }

        _phase = RecoveryPhase.Loss;
        _recover = _sendNext;
        _wasTimeout = false;
        flight.WasPartial = false;
        flight.ProbeDeadline = Instant.Never;
        StartRetransmissionTimer(now);
    }

    /// <summary>The peer has told of a congestion mark: the window goes down as for a loss, once for each window of data.</summary>
    /// <remarks>RFC 3168 §6.1.2.</remarks>
    internal void EnterReduction(Instant now)
    {
        if (_flight is not { } flight)
        {
            return;
        }

        // In a recovery the window is down already, and stays so now, whatever becomes of the loss.
        flight.Undo.Stop();
        if (_phase == RecoveryPhase.None)
        {
            StartReduction(flight, CongestionSignal.Mark, now);
            _phase = RecoveryPhase.Reduction;
            _recover = _sendNext;
        }
    }

    private void StartReduction(Flight flight, CongestionSignal signal, Instant now)
    {
        // RFC 5681 §3.2: what limited transmit has added "MUST NOT be included" in FlightSize.
        long prior = FlightSize;
        WindowReduced();
        _congestion!.EnterRecovery(prior, signal, now);
        flight.IsRepairing = false;
        flight.Reduction.Start(prior, _congestion.WindowBytes, FlightBytes, _segmentBytes);
    }

    /// <summary>The bytes sent and not acknowledged, as far as the congestion window let them out.</summary>
    private long FlightSize => Math.Min(_sendNext - _sendUnacknowledged, _congestion!.WindowBytes);

    private void LeaveRecovery(Instant now)
    {
        if (_phase == RecoveryPhase.Loss)
        {
            _reorderingWindow.RecoveryEnded();
        }

        _phase = RecoveryPhase.None;
        if (_flight is { IsRepairing: false })
        {
            _congestion!.LeaveRecovery(FlightBytes, now);
        }
        else if (_flight is { } flight)
        {
            flight.IsRepairing = false;
        }
    }

    /// <summary>An acknowledgment in fast recovery.</summary>
    /// <returns>Whether the retransmission timer starts anew.</returns>
    /// <remarks>RFC 6675 §5, RFC 6582 §3.2.</remarks>
    private bool RecoverFromLoss(Flight flight, in Segment segment, ref DeliveryReport report)
    {
        bool isNew = report.AcknowledgedBytes > 0;
        if (IsSpurious(flight, segment, report))
        {
            Undo(flight, ref report);
            return isNew;
        }

        if (_sendUnacknowledged >= _recover)
        {
            LeaveRecovery(report.Now);
            return isNew;
        }

        if (!isNew || _usesSack)
        {
            return isNew;
        }

        // RFC 6582 §3.2: "Partial acknowledgments: ... retransmit the first unacknowledged segment. ... For the first partial
        // ACK that arrives during fast recovery, also reset the retransmit timer."
        report.LostBytes += flight.Segments.MarkLost(0);
        bool isFirst = !flight.WasPartial;
        flight.WasPartial = true;
        return isFirst;
    }

    /// <summary>Tells the congestion controller what happened, and lets the window follow while it is reduced.</summary>
    private void TellCongestion(Flight flight, in DeliveryReport report)
    {
        Duration roundTrip = report.HasLatest && (report.Latest.Marks & SentSegmentMarks.Retransmitted) == 0
            ? Duration.Max(report.Now - report.Latest.SentAt, new Duration(1))
            : Duration.Zero;
        CongestionSample sample = MakeSample(flight, report, roundTrip);
        if (IsReducing)
        {
            bool isGoodProgress = report.AcknowledgedBytes > 0 && report.LostBytes == 0;
            flight.Reduction.Delivered(report.DeliveredBytes, FlightBytes, isGoodProgress, _segmentBytes);
        }

        _congestion!.Acknowledged(sample);
        if (_sendUnacknowledged > flight.WindowLimitedEnd)
        {
            flight.IsWindowLimited = false;
        }
    }

    /// <summary>A duplicate acknowledgment of a peer without SACK: one segment has left the network, we do not know which.</summary>
    /// <remarks>RFC 5681 §3.2, RFC 3042: with it the bytes on their way become fewer, which lets new data out.</remarks>
    private void DuplicateAcknowledged(Flight flight, ref DeliveryReport report)
    {
        flight.DuplicateCount = (byte)Math.Min(flight.DuplicateCount + 1, byte.MaxValue);
        int room = _sendNext - _sendUnacknowledged - flight.Segments.LostBytes - flight.DuplicateBytes;

        // The segment that is missing has not arrived, whatever the duplicates say.
        int bytes = Math.Clamp(room - flight.Segments[0].LengthBytes, 0, _segmentBytes);
        flight.DuplicateBytes += bytes;
        report.DeliveredBytes += bytes;
    }

    /// <summary>Segments on their way are larger than the path takes: they are sent again, smaller, at the same window.</summary>
    /// <remarks>RFC 1191 §6.5: it was not congestion that lost them.</remarks>
    private void RepairTooBig(Flight flight)
    {
        if (flight.Divide(_segmentBytes) > 0 && _phase == RecoveryPhase.None)
        {
            flight.Undo.Stop();
            flight.IsRepairing = true;
            _phase = RecoveryPhase.Loss;
            _recover = _sendNext;
        }

        MarkReady();
    }
}
