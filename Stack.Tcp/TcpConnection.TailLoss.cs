using NetStack.Core;

namespace NetStack.Tcp;

// Tail loss probes: RFC 8985 §7.
public sealed partial class TcpConnection
{
    /// <summary>What a receiver may hold back its acknowledgment of a lone segment, TLP.max_ack_delay.</summary>
    private static readonly Duration _longestAcknowledgmentDelay = Duration.FromMilliseconds(200);

    /// <summary>
    /// What a probe waits at least: on a path of no length the peer waits for its turn on a processor, a slice or two of its
    /// scheduler, longer than for two round trips.
    /// </summary>
    private static readonly Duration _leastProbeDelay = Duration.FromMilliseconds(10);

    private TailProbe _probe;

    /// <summary>Sets the time at which the last segments are asked after, where nothing else will tell of their loss.</summary>
    /// <remarks>RFC 8985 §7.2: not while something is missing or a probe is out, and not after the retransmission timer.</remarks>
    private void ScheduleProbe(Flight flight, Instant now)
    {
        flight.ProbeDeadline = Instant.Never;
        if (!_usesSack
            || State == TcpState.SynReceived
            || _phase is RecoveryPhase.Loss or RecoveryPhase.Timeout
            || _probe.IsOut
            || flight.Segments.Count == 0
            || flight.Segments.DeliveredCount > 0
            || _isPersisting)
        {
            return;
        }

        // "PTO = 2 * SRTT. If FlightSize is one segment, TLP.max_ack_delay is added": its acknowledgment may be delayed.
        Duration wait = _rtt.HasSample ? _rtt.Smoothed * 2 : Duration.FromSeconds(1);
        wait = flight.Segments.Count == 1 ? wait + _longestAcknowledgmentDelay : Duration.Max(wait, _leastProbeDelay);
        flight.ProbeDeadline = Instant.Min(now + wait, _retransmitDeadline);
        ScheduleTimer();
    }

    private void ProbeTimerExpired(Flight flight, Instant now)
    {
        flight.ProbeDeadline = Instant.Never;
        if (!_probe.IsOut && flight.Segments.Count > 0)
        {
            // §7.3: "the TCP sender re-arms the RTO timer": the probe has its own time to be answered in.
            _pending |= PendingOutput.TailProbe;
            SetRetransmitDeadline(now);
            MarkReady();
        }
    }

    /// <summary>Sends the next new segment, or the last one again, whatever the congestion window says.</summary>
    /// <remarks>RFC 8985 §7.3.</remarks>
    private TransmitOutcome TransmitTailProbe(Instant now)
    {
        if (_flight is not { } flight || flight.Segments.DeliveredCount > 0)
        {
            // What the probe was to ask for was told while it waited for room.
            _pending &= ~PendingOutput.TailProbe;
            return TransmitSynchronized(now);
        }

        int available = _sendQueue.End - _sendNext;
        int usable = _sendUnacknowledged + _sendWindow - _sendNext;
        int bytes = Math.Min(Math.Min(available, SegmentRoomBytes), usable);
        bool isNew = bytes > 0 && !flight.IsFull;
        if (isNew)
        {
            if (!TransmitNew(bytes, _isFinQueued && !_isFinSent && bytes == available, now))
            {
                return TransmitOutcome.Blocked;
            }
        }
        else if (!Retransmit(flight, flight.Segments.Count - 1, now))
        {
            return TransmitOutcome.Blocked;
        }

        _pending &= ~PendingOutput.TailProbe;
        _probe = new TailProbe { End = _sendNext, IsOut = true, IsRetransmission = !isNew };
        flight.ProbeDeadline = Instant.Never;
        Counters.Increment(Counter.TcpTailLossProbes);
        SetRetransmitDeadline(now);
        return TransmitOutcome.Sent;
    }

    /// <summary>Draws from an acknowledgment what it tells of a probe.</summary>
    /// <remarks>RFC 8985 §7.4.2.</remarks>
    private void ProbeMayBeAnswered(in DeliveryReport report)
    {
        if (!_probe.IsOut || _sendUnacknowledged < _probe.End)
        {
            return;
        }

        if (!_probe.IsRetransmission || report.HasDuplicate || report.IsDuplicate)
        {
            // The new data has arrived, or the peer has got the last segment twice: nothing was lost.
            _probe.IsOut = false;
        }
        else if (_sendUnacknowledged > _probe.End)
        {
            // "the TCP sender ... detects a loss that was repaired by the probe": congestion, although nothing is missing.
            _probe.IsOut = false;
            if (_phase == RecoveryPhase.None)
            {
                _congestion!.EnterRecovery(FlightSize, CongestionSignal.Loss, report.Now);
                _congestion.LeaveRecovery(FlightBytes, report.Now);
            }
        }
    }
}
