using System.Diagnostics;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// What to send, when it is pulled: RFC 9293 §3.7.4 (Nagle), §3.8.6 (window), RFC 5681 (congestion window).
public sealed partial class TcpConnection
{
    // The end of the last segment that was sent less than full.
    private SequenceNumber _smallSegmentEnd;
    private Instant _lastSent;

    /// <summary>Sends one segment if there is one to send.</summary>
    internal TransmitOutcome TryTransmit(Instant now)
    {
        if (State is TcpState.Closed or TcpState.TimeWait)
        {
            return TransmitOutcome.Idle;
        }

        if (!TryRefreshPath(now))
        {
            return TransmitOutcome.Idle;
        }

        if (!_tcp.Host.HasRoom(_path!))
        {
            return TransmitOutcome.Blocked;
        }

        TransmitOutcome outcome = State is TcpState.SynSent or TcpState.SynReceived ? TransmitHandshake(now) : TransmitSynchronized(now);
        CheckInvariants();
        return outcome;
    }

    private TransmitOutcome TransmitHandshake(Instant now)
    {
        if ((_pending & PendingOutput.Synchronize) != 0)
        {
            return Outcome(TransmitSyn(now));
        }

        if (IsOpenEarly)
        {
            return TransmitSynchronized(now);
        }

        return State == TcpState.SynReceived && (_pending & PendingOutput.Acknowledgment) != 0
            ? Outcome(TransmitSegment(_sendNext, 0, TcpFlags.Acknowledgment, now))
            : TransmitOutcome.Idle;
    }

    private TransmitOutcome TransmitSynchronized(Instant now)
    {
        if (MayTransmitData(now))
        {
            if (_flight is { PrefersNew: false } flight && NextLost(flight) is var index && index >= 0)
            {
                return Outcome(Retransmit(flight, index, now));
            }

            int bytes = NextSegmentBytes(out bool hasFin, now);
            if (bytes > 0 || hasFin)
            {
                return Outcome(TransmitNew(bytes, hasFin, now));
            }

            if (_flight is { PrefersNew: true } examined && _sendNext == _recover)
            {
                // RFC 5682 §2.1, step 2: with nothing new to send the time-out counts as real.
                examined.PrefersNew = examined.IsTimeoutExamined = false;
                return TransmitSynchronized(now);
            }
        }

        if ((_pending & PendingOutput.TailProbe) != 0)
        {
            return TransmitTailProbe(now);
        }

        if ((_pending & PendingOutput.WindowProbe) != 0)
        {
            return Outcome(TransmitWindowProbe(now));
        }

        if ((_pending & PendingOutput.KeepAlive) != 0)
        {
            // RFC 9293 §3.8.4: "SEG.SEQ = SND.NXT-1", which the peer answers because it lies outside of its window.
            bool isSent = TransmitSegment(_sendNext - 1, 0, TcpFlags.Acknowledgment, now);
            _pending &= isSent ? ~PendingOutput.KeepAlive : _pending;
            return Outcome(isSent);
        }

        return (_pending & PendingOutput.Acknowledgment) != 0
            ? Outcome(TransmitSegment(_sendNext, 0, TcpFlags.Acknowledgment, now))
            : TransmitOutcome.Idle;
    }

    private static TransmitOutcome Outcome(bool isSent) => isSent ? TransmitOutcome.Sent : TransmitOutcome.Blocked;

    /// <summary>The segment to be sent again next, if the congestion window lets it; the first one always may where nothing is on its way.</summary>
    private int NextLost(Flight flight)
    {
        if (flight.Segments.LostBytes == 0)
        {
            return -1;
        }

        int index = flight.Segments.FindLost();
        int flightBytes = FlightBytes;
        if (index == 0 && (!_usesSack || flight.MustRetransmit))
        {
            // RFC 6582 §3.2: a partial acknowledgment has "the first unacknowledged segment" sent again, whatever the window.
            return index;
        }

        return flightBytes == 0 || flightBytes + flight.Segments[index].LengthBytes <= CongestionWindowBytes ? index : -1;
    }

    /// <summary>Sends a segment again, and with it those behind it that are lost too and fit.</summary>
    private bool Retransmit(Flight flight, int index, Instant now)
    {
        SentSegment first = flight.Segments[index];
        int lengthBytes = first.LengthBytes;
        int count = 1;
        SentSegmentMarks marks = first.Marks;
        while (index + count < flight.Segments.Count
            && flight.Segments[index + count] is { IsLost: true } next
            && first.IsLost
            && lengthBytes + next.LengthBytes <= _segmentBytes)
        {
            lengthBytes += next.LengthBytes;
            marks |= next.Marks;
            count++;
        }

        bool hasFin = _isFinSent && first.Start + lengthBytes > _sendQueue.End;
        TcpFlags flags = TcpFlags.Acknowledgment
            | (hasFin ? TcpFlags.Fin : 0)
            | ((marks & SentSegmentMarks.Push) != 0 ? TcpFlags.Push : 0);
        PendingOutput owed = _acknowledgmentDeadline == Instant.Never ? _pending & PendingOutput.Acknowledgment : PendingOutput.Acknowledgment;
        if (!TransmitSegment(first.Start, lengthBytes - (hasFin ? 1 : 0), flags, now))
        {
            return false;
        }

        // A peer that has this segment already drops it, and the acknowledgment with it, as lying before its window: what
        // is owed goes out once more, with a sequence number that the peer accepts.
        _pending |= owed;
        SentSegment sent = DescribeTransmission(flight, first.Start, lengthBytes, flags, now);
        for (int i = 0; i < count; i++)
        {
            flight.Segments.MarkRetransmitted(index + i, sent);
        }

        flight.MustRetransmit &= index > 0;
        flight.Undo.Retransmitted(Timestamp(now));
        flight.Reduction.Sent(lengthBytes);
        PaceFollows(flight, lengthBytes, now);
        _segmentsRetransmitted++;
        Counters.Increment(Counter.TcpSegmentsRetransmitted);
        if (_retransmitDeadline == Instant.Never)
        {
            StartRetransmissionTimer(now);
        }

        return true;
    }

    /// <summary>How much new data the next segment may carry: by the peer's window, by congestion, and by the rules against small segments.</summary>
    private int NextSegmentBytes(out bool hasFin, Instant now)
    {
        hasFin = false;
        int available = _sendQueue.End - _sendNext;
        bool finWaits = _isFinQueued && !_isFinSent && State != TcpState.SynReceived;
        if (available <= 0)
        {
            // A FIN takes no room in the peer's buffer: a closed window does not hold it.
            hasFin = finWaits && available == 0 && _flight is not { IsFull: true };
            return 0;
        }

        int usable = _sendUnacknowledged + _sendWindow - _sendNext;
        int bytes = Math.Min(Math.Min(available, SegmentRoomBytes), usable);
        if (bytes <= 0 || !IsWorthSending(bytes, available, finWaits))
        {
            WaitForWindow(now);
            return 0;
        }

        if (_flight is { } flight)
        {
            // RFC 3042, limited transmit: what duplicates tell of is no longer on its way, which lets new data out.
            int flightBytes = FlightBytes;
            if (flight.IsFull)
            {
                return 0;
            }

            if (flightBytes > 0 && flightBytes + bytes > CongestionWindowBytes)
            {
                flight.IsWindowLimited = true;
                flight.WindowLimitedEnd = _sendNext;
                return 0;
            }
        }

        if (available > bytes && bytes == SegmentRoomBytes)
        {
            bytes = SuperSegmentBytes(Math.Min(available, usable), finWaits, now);
        }

        hasFin = finWaits && bytes == available;
        return bytes;
    }

    /// <summary>The sender's side of the silly-window syndrome, and Nagle's algorithm with its question put to the last small segment alone.</summary>
    /// <remarks>RFC 9293 §3.8.6.2.1, §3.7.4; Minshall's variant.</remarks>
    private bool IsWorthSending(int bytes, int available, bool finWaits)
    {
        if (bytes >= SegmentRoomBytes || (_pending & PendingOutput.WindowProbe) != 0)
        {
            return true;
        }

        if (bytes == available)
        {
            return finWaits || IsSendingUrgent || (!IsCorked && (NoDelay || _smallSegmentEnd <= _sendUnacknowledged));
        }

        // "or if at least a fraction Fs of the maximum window can be sent", Fs = 1/2.
        return bytes * 2L >= _largestSendWindow && (NoDelay || _sendNext == _sendUnacknowledged);
    }

    private bool TransmitNew(int bytes, bool hasFin, Instant now)
    {
        bool isLast = _sendNext + bytes == _sendQueue.End;
        TcpFlags flags = TcpFlags.Acknowledgment
            | (hasFin ? TcpFlags.Fin : 0)
            | (isLast && bytes > 0 ? TcpFlags.Push : 0);
        SequenceNumber start = _sendNext;
        int roomBytes = SegmentRoomBytes;
        bool isSmall = bytes % roomBytes != 0;
        if (!TransmitSegment(start, bytes, flags, now, bytes > roomBytes ? roomBytes : 0))
        {
            return false;
        }

        int lengthBytes = bytes + (hasFin ? 1 : 0);
        Flight flight = _flight ?? RentFlight(now);
        AppendTransmission(flight, start, lengthBytes, roomBytes, flags, now);
        flight.Reduction.Sent(lengthBytes);
        PaceFollows(flight, lengthBytes, now);
        _pending &= ~PendingOutput.WindowProbe;
        _isFinSent |= hasFin;
        _sendNext = start + lengthBytes;
        _sendMaximum = SequenceNumber.Max(_sendMaximum, _sendNext);
        if (bytes > 0 && isSmall)
        {
            _smallSegmentEnd = _sendNext;
        }

        if (_retransmitDeadline == Instant.Never || _isPersisting)
        {
            StartRetransmissionTimer(now);
        }

        if (_sendUnacknowledged >= flight.LargestEnd || flight.Segments.LengthBytes > flight.LargestBytes)
        {
            flight.LargestBytes = flight.Segments.LengthBytes;
            flight.LargestEnd = _sendNext;
        }

        if (isLast && flight.Segments.LostBytes == 0 && FlightBytes < CongestionWindowBytes)
        {
            flight.ApplicationLimitedUntil = Math.Max(_deliveredBytes + FlightBytes, 1);
        }

        ScheduleProbe(flight, now);
        return true;
    }

    /// <summary>Sends what fits the window, or one byte beyond a closed one, to learn of its opening.</summary>
    /// <remarks>RFC 9293 §3.8.6.1: "The sending TCP peer must regularly transmit at least one octet of new data (if available)".</remarks>
    private bool TransmitWindowProbe(Instant now)
    {
        if (_sendQueue.End - _sendNext <= 0)
        {
            _pending &= ~PendingOutput.WindowProbe;
            return true;
        }

        if (!TransmitSegment(_sendNext, 1, TcpFlags.Acknowledgment, now))
        {
            return false;
        }

        _pending &= ~PendingOutput.WindowProbe;
        _sendMaximum = SequenceNumber.Max(_sendMaximum, _sendNext + 1);
        return true;
    }

    /// <summary>After a pause the network may have changed: the congestion window starts anew.</summary>
    /// <remarks>RFC 5681 §4.1.</remarks>
    private void RestartAfterIdle(Instant now)
    {
        if (_congestion is not null && _sendNext == _sendUnacknowledged)
        {
            _congestion.Restarted(now - _lastSent, _rtt.Timeout(_options), now);
        }
    }

    /// <summary>Finds the way again if routes or addresses changed, and follows its MTU.</summary>
    private bool TryRefreshPath(Instant now)
    {
        if (_path is null || _path.IsStale)
        {
            _path = _tcp.Host.FindPath(RemoteEndPoint.Address, LocalEndPoint.Address);
            if (_path is null)
            {
                if (_softError != TcpError.NetworkUnreachable)
                {
                    ReportSoftError(TcpError.NetworkUnreachable);
                }

                if (_retransmitDeadline == Instant.Never && State != TcpState.FinWait2)
                {
                    // The timer asks again, and gives up in the end.
                    StartRetransmissionTimer(now);
                }

                return false;
            }
        }

        if (_path.MtuBytes != _pathMtuBytes && _congestion is not null)
        {
            SegmentSizeMayChange();
        }

        return true;
    }
}
