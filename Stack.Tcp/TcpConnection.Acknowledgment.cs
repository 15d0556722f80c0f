using NetStack.Core;

namespace NetStack.Tcp;

// Fifth step: the ACK field, and what it means for the window, the timers and congestion. RFC 9293 §3.10.7.4, RFC 5681, RFC 6582.
public sealed partial class TcpConnection
{
    private const int DuplicateThreshold = 3;

    // What is to be sent again: [next, end), where end is behind next. And the end of what was sent before the last loss.
    private SequenceNumber _retransmitNext;
    private SequenceNumber _retransmitEnd;
    private SequenceNumber _recover;
    private bool _isRecovering;
    private bool _isTimeoutRecovering;
    private bool _wasPartial;
    private bool _wasTimeout;
    private byte _duplicateAcknowledgments;

    // The segment whose round trip is being measured.
    private SequenceNumber _timedEnd;
    private Instant _timedSince;
    private bool _isTiming;

    // What duplicate acknowledgments add to the congestion window in recovery, and partial ones take away. RFC 6582 §3.2.
    private int _inflationBytes;

    private int _drainedBytes;

    private long CongestionWindowBytes => Math.Max(_congestion!.WindowBytes + _inflationBytes, _segmentBytes);

    /// <summary>The bytes that wait to be sent again.</summary>
    private int RetransmissionBytes => Math.Max(_retransmitEnd - SequenceNumber.Max(_retransmitNext, _sendUnacknowledged), 0);

    private bool AcknowledgmentArrives(in Segment segment, Instant now, out DropReason reason)
    {
        reason = DropReason.TcpBadAcknowledgment;
        SequenceNumber acknowledgment = segment.Acknowledgment;
        if (State == TcpState.SynReceived)
        {
            if (acknowledgment <= _sendUnacknowledged || acknowledgment > _sendNext)
            {
                // "If the segment acknowledgment is not acceptable, form a reset segment <SEQ=SEG.ACK><CTL=RST> and send it."
                _tcp.SendReset(LocalEndPoint, RemoteEndPoint, segment, now);
                return false;
            }

            if (!TryCompleteHandshake(segment, now))
            {
                reason = DropReason.TcpBacklogFull;
                return false;
            }
        }

        // RFC 5961 §5.2: "The ACK value is considered acceptable only if it is in the range of
        // ((SND.UNA - MAX.SND.WND) <= SEG.ACK <= SND.NXT). All incoming segments whose ACK value doesn't satisfy the above
        // condition MUST be discarded and an ACK sent back."
        if (acknowledgment > _sendMaximum || acknowledgment < _sendUnacknowledged - _largestSendWindow)
        {
            Challenge(now);
            return false;
        }

        if (acknowledgment > _sendUnacknowledged)
        {
            NewlyAcknowledged(segment, now);
        }
        else if (acknowledgment == _sendUnacknowledged && IsDuplicate(segment))
        {
            DuplicateArrives(now);
        }

        if (_isPersisting && !IsOrphan)
        {
            // A peer that answers may keep its window closed as long as it likes.
            _retries = 0;
        }

        UpdateSendWindow(segment, now);
        FinMayBeAcknowledged(now);
        return true;
    }

    private bool TryCompleteHandshake(in Segment segment, Instant now)
    {
        if (Listener is { } listener && !listener.TryPromote(this))
        {
            return false;
        }

        SampleRoundTrip(segment, segment.Acknowledgment, now);
        _sendUnacknowledged = _initialSendSequence + 1;
        SetSendWindow(segment, segment.Window << _sendScale);
        Establish(now);
        if (_isActiveOpen)
        {
            Raise(TcpEvents.Connected);
        }

        return true;
    }

    /// <summary>The acknowledgment covers something new.</summary>
    private void NewlyAcknowledged(in Segment segment, Instant now)
    {
        SequenceNumber acknowledgment = segment.Acknowledgment;
        SampleRoundTrip(segment, acknowledgment, now);
        int flightBytes = FlightBytes;
        int ackedBytes = acknowledgment - _sendUnacknowledged;
        int dataBytes = (int)Math.Min(ackedBytes, _sendQueue.LengthBytes);
        _sendQueue.RemoveFront(_tcp.Memory, dataBytes);
        _sendUnacknowledged = acknowledgment;
        FollowAcknowledgment();
        _retries = 0;
        _softError = TcpError.None;
        _duplicateAcknowledgments = 0;
        _path?.ConfirmReachability(now);
        bool restartsTimer = true;
        if (_isRecovering)
        {
            restartsTimer = AcknowledgedInRecovery(ackedBytes, now);
        }
        else
        {
            _congestion!.Acknowledged(new CongestionSample
            {
                Now = now,
                AcknowledgedBytes = ackedBytes,
                DeliveredBytes = ackedBytes,
                LostBytes = 0,
                PriorFlightBytes = flightBytes,
                FlightBytes = FlightBytes,
                RoundTrip = Duration.Zero,
                SmoothedRoundTrip = _rtt.Smoothed,
                MinimumRoundTrip = Duration.Zero,
                Acknowledgment = acknowledgment,
                SendNext = _sendNext,
                Phase = _isTimeoutRecovering ? RecoveryPhase.Timeout : RecoveryPhase.None,
                IsWindowLimited = true,
            });
            _isTimeoutRecovering &= acknowledgment < _recover;
        }

        if (_sendUnacknowledged == _sendNext)
        {
            StopRetransmissionTimer();
        }
        else if (restartsTimer)
        {
            StartRetransmissionTimer(now);
        }

        TuneSendBuffer();
        _drainedBytes += dataBytes;
        if (_drainedBytes > 0 && (_sendQueue.LengthBytes == 0 || _drainedBytes >= SendBufferBytes / 8))
        {
            _drainedBytes = 0;
            Raise(TcpEvents.Writable);
        }

        MarkReady();
    }

    /// <summary>
    /// Keeps what is remembered of the past from falling behind SND.UNA: half the sequence space further on it would look
    /// like the future.
    /// </summary>
    private void FollowAcknowledgment()
    {
        SequenceNumber acknowledgment = _sendUnacknowledged;
        _sendNext = SequenceNumber.Max(_sendNext, acknowledgment);
        _retransmitNext = SequenceNumber.Max(_retransmitNext, acknowledgment);
        _retransmitEnd = SequenceNumber.Max(_retransmitEnd, acknowledgment);
        _smallSegmentEnd = SequenceNumber.Max(_smallSegmentEnd, acknowledgment);
        if (acknowledgment > _recover && !_isRecovering && !_isTimeoutRecovering)
        {
            _recover = acknowledgment;
            _wasTimeout = false;
        }
    }

    /// <summary>NewReno's answer to an acknowledgment of new data while it recovers.</summary>
    /// <returns>Whether the retransmission timer starts anew.</returns>
    /// <remarks>RFC 6582 §3.2, steps 3 to 5.</remarks>
    private bool AcknowledgedInRecovery(int ackedBytes, Instant now)
    {
        if (_sendUnacknowledged >= _recover)
        {
            _isRecovering = false;
            _inflationBytes = 0;
            _congestion!.LeaveRecovery(_sendNext - _sendUnacknowledged, now);
            return true;
        }

        // "Partial acknowledgments: ... retransmit the first unacknowledged segment. ... For the first partial ACK that
        // arrives during fast recovery, also reset the retransmit timer."
        _inflationBytes -= ackedBytes - (ackedBytes >= _segmentBytes ? _segmentBytes : 0);
        RetransmitFirst();
        bool isFirst = !_wasPartial;
        _wasPartial = true;
        return isFirst;
    }

    /// <summary>Whether an acknowledgment of nothing new tells of a segment that arrived behind a gap.</summary>
    /// <remarks>RFC 5681 §2, "duplicate acknowledgment".</remarks>
    private bool IsDuplicate(in Segment segment) =>
        _sendNext != _sendUnacknowledged
        && !segment.HasText
        && segment.Window << _sendScale == _sendWindow
        && _congestion is not null;

    private void DuplicateArrives(Instant now)
    {
        if (_isRecovering)
        {
            _inflationBytes += _segmentBytes;
            MarkReady();
            return;
        }

        if (_duplicateAcknowledgments < byte.MaxValue)
        {
            _duplicateAcknowledgments++;
        }

        // RFC 6582 §4: after a time-out, duplicates at the recovery point may come from segments sent again in vain.
        bool mayEnter = _wasTimeout ? _sendUnacknowledged > _recover : _sendUnacknowledged >= _recover;
        if (_duplicateAcknowledgments == DuplicateThreshold && mayEnter && !_isTimeoutRecovering)
        {
            Counters.Increment(Counter.TcpFastRecoveries);
            _congestion!.EnterRecovery(_sendNext - _sendUnacknowledged, CongestionSignal.Loss, now);
            _inflationBytes = DuplicateThreshold * _segmentBytes;
            _isRecovering = true;
            _wasPartial = false;
            _wasTimeout = false;
            _recover = _sendNext;
            RetransmitFirst();
            StartRetransmissionTimer(now);
        }

        // RFC 3042: the first two duplicates let new data out, one segment each.
        MarkReady();
    }

    private void RetransmitFirst()
    {
        _retransmitNext = _sendUnacknowledged;
        _retransmitEnd = SequenceNumber.Min(_sendUnacknowledged + _segmentBytes, _sendNext);
        MarkReady();
    }

    /// <summary>Takes a round trip from the segment being timed, or else from the timestamp echoed.</summary>
    /// <remarks>RFC 6298 §3 (Karn's algorithm); RFC 7323 §4.1.</remarks>
    private void SampleRoundTrip(in Segment segment, SequenceNumber acknowledgment, Instant now)
    {
        if (_isTiming)
        {
            if (acknowledgment >= _timedEnd)
            {
                _isTiming = false;
                _rtt.Measured(now - _timedSince);
            }
        }
        else if (_usesTimestamps && segment.Options.HasTimestamps && segment.Options.TimestampEcho != 0)
        {
            int milliseconds = (int)(Timestamp(now) - segment.Options.TimestampEcho);
            if (milliseconds >= 0)
            {
                _rtt.Measured(Duration.FromMilliseconds(Math.Max(milliseconds, 1)));
            }
        }
    }

    /// <summary>Takes over the peer's window unless an older segment brings it.</summary>
    private void UpdateSendWindow(in Segment segment, Instant now)
    {
        if (segment.Acknowledgment < _sendUnacknowledged)
        {
            return;
        }

        if (_sendWindowSequence < segment.Sequence
            || (_sendWindowSequence == segment.Sequence && _sendWindowAcknowledgment <= segment.Acknowledgment))
        {
            int before = _sendWindow;
            SetSendWindow(segment, segment.Window << _sendScale);
            if (_sendWindow != before)
            {
                if (_isPersisting && _sendWindow > 0)
                {
                    StopRetransmissionTimer();
                    _rtt.ResetBackoff();
                }

                MarkReady();
            }
        }
    }

    private void SetSendWindow(in Segment segment, int windowBytes)
    {
        _sendWindow = windowBytes;
        _largestSendWindow = Math.Max(_largestSendWindow, windowBytes);
        _sendWindowSequence = segment.Sequence;
        _sendWindowAcknowledgment = segment.Acknowledgment;
    }

    /// <summary>What the acknowledgment of our FIN means for the state.</summary>
    private void FinMayBeAcknowledged(Instant now)
    {
        if (!_isFinSent || _sendUnacknowledged != _sendNext)
        {
            return;
        }

        switch (State)
        {
            case TcpState.FinWait1:
                State = TcpState.FinWait2;
                if (IsOrphan)
                {
                    StartFinWait2Timer(now);
                }

                break;
            case TcpState.Closing:
                EnterTimeWait(now);
                break;
            case TcpState.LastAck:
                Terminate(TcpError.None);
                break;
        }
    }
}
