using NetStack.Core;

namespace NetStack.Tcp;

// Fifth step: the ACK field, and what it means for what is on its way, for the window and for the timers. RFC 9293 §3.10.7.4.
public sealed partial class TcpConnection
{
    // What is on its way; null where nothing is.
    private Flight? _flight;
    private MinimumRoundTrip _minimumRoundTrip;
    private int _drainedBytes;

    // When the SYN was sent, where it was sent only once.
    private Instant _synchronizeSentAt = Instant.Never;

    /// <summary>The bytes on their way: sent, not acknowledged, not delivered out of order, and not taken for lost.</summary>
    private int FlightBytes => _flight is { } flight
        ? Math.Max(flight.Segments.LengthBytes - flight.Segments.DeliveredBytes - flight.Segments.LostBytes - flight.DuplicateBytes, 0)
        : 0;

    private bool AcknowledgmentArrives(in Segment segment, Instant now, out DropReason reason)
    {
        reason = DropReason.TcpBadAcknowledgment;
        SequenceNumber acknowledgment = segment.Acknowledgment;
        bool completesHandshake = State == TcpState.SynReceived;
        if (completesHandshake)
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
        if (!IsPlausible(segment))
        {
            Challenge(now);
            return false;
        }

        if (!completesHandshake || segment.HasText)
        {
            EcnArrives(segment, now);
        }

        if (acknowledgment >= _sendUnacknowledged || HasLateBlocks(segment))
        {
            TakeAcknowledgment(segment, now);
        }

        if ((_isPersisting || _sendWindow == 0) && !IsOrphan)
        {
            // A peer that answers may keep its window closed as long as it likes, also where it has closed it over what is on
            // its way. RFC 9293 §3.8.6: the sender "SHOULD NOT time out the connection if data beyond the right window edge is
            // not acknowledged".
            _retries = 0;
            _unansweredSince = now;
        }

        _lastArrival = now;
        UpdateSendWindow(segment, now);
        FinMayBeAcknowledged(now);
        return true;
    }

    /// <summary>Whether an acknowledgment that was overtaken has blocks: they may tell of what no other has told.</summary>
    private bool HasLateBlocks(in Segment segment) => _flight is not null && _usesSack && segment.Options.Sack.Count > 0;

    private bool TryCompleteHandshake(in Segment segment, Instant now)
    {
        if (Listener is { } listener && !listener.TryPromote(this))
        {
            return false;
        }

        MeasureHandshake(segment, now);
        EcnHandshakeCompletes(segment);
        _sendUnacknowledged = _initialSendSequence + 1;
        if (_isActiveOpen)
        {
            // A simultaneous open whose SYN may have carried data.
            FastOpenAnswered(segment, segment.Acknowledgment);
            _sendUnacknowledged = segment.Acknowledgment;
        }

        SetSendWindow(segment, segment.Window << _sendScale);
        Establish(now);
        if (_isActiveOpen)
        {
            Raise(TcpEvents.Connected);
        }

        return true;
    }

    /// <summary>Takes in what the acknowledgment tells of what is on its way.</summary>
    private void TakeAcknowledgment(in Segment segment, Instant now)
    {
        Flight? flight = _flight;
        DeliveryReport report = new()
        {
            Now = now,
            PriorFlightBytes = FlightBytes,
            Recover = _recover,
            HighestBefore = flight?.HighestDelivered ?? _sendUnacknowledged,
        };
        if (flight is not null)
        {
            if (_usesSack && segment.Options.Sack.Count > 0)
            {
                BlocksArrive(flight, segment, ref report);
            }

            report.IsDuplicate = IsDuplicate(segment, report);
        }

        if (segment.Acknowledgment > _sendUnacknowledged)
        {
            NewlyAcknowledged(segment, ref report, now);
        }
        else if (report.IsDuplicate && !_usesSack)
        {
            DuplicateAcknowledged(flight!, ref report);
        }

        if (flight is null)
        {
            // With nothing on its way a repeated acknowledgment answers a probe that was not needed.
            _probe.IsOut &= segment.HasText || report.AcknowledgedBytes > 0;
            return;
        }

        if (report.HasNews)
        {
            Recover(flight, segment, ref report);
            if (_sendUnacknowledged == _sendNext)
            {
                ReleaseFlight();
            }

            MarkReady();
        }
    }

    /// <summary>The acknowledgment covers something new.</summary>
    private void NewlyAcknowledged(in Segment segment, ref DeliveryReport report, Instant now)
    {
        SequenceNumber acknowledgment = segment.Acknowledgment;
        int ackedBytes = acknowledgment - _sendUnacknowledged;
        int dataBytes = (int)Math.Min(ackedBytes, _sendQueue.LengthBytes);
        report.AcknowledgedBytes = ackedBytes;
        if (_flight is { } flight)
        {
            SegmentsAcknowledged(flight, segment, ref report);
        }

        _sendQueue.RemoveFront(_tcp.Memory, dataBytes);
        _sendUnacknowledged = acknowledgment;
        FollowAcknowledgment();
        _retries = 0;
        _softError = TcpError.None;
        _path?.ConfirmReachability(now);
        MeasureRoundTrip(segment, report);
        TuneSendBuffer();
        _drainedBytes += dataBytes;
        if (_drainedBytes > 0 && (_sendQueue.LengthBytes == 0 || _drainedBytes >= SendBufferBytes / 8))
        {
            _drainedBytes = 0;
            Raise(TcpEvents.Writable);
        }

        if (_sendUnacknowledged == _sendNext)
        {
            StopRetransmissionTimer();
        }

        MarkReady();
    }

    /// <summary>Takes the segments off that are acknowledged.</summary>
    private void SegmentsAcknowledged(Flight flight, in Segment segment, ref DeliveryReport report)
    {
        SequenceNumber acknowledgment = segment.Acknowledgment;
        flight.MustRetransmit = false;
        int deliveredBefore = report.DeliveredBytes;
        int newBytes = 0;
        while (flight.Segments.Count > 0 && flight.Segments[0].Start < acknowledgment)
        {
            ref SentSegment first = ref flight.Segments[0];
            if (first.End > acknowledgment)
            {
                int part = acknowledgment - first.Start;
                newBytes += first.IsDelivered ? 0 : part;
                flight.Segments.TrimFirst(part);
                break;
            }

            if (!first.IsDelivered)
            {
                newBytes += first.LengthBytes;
                SegmentDelivered(flight, first, segment, ref report);
                if (!first.IsRetransmitted)
                {
                    report.OriginalSentAt = Instant.Min(report.OriginalSentAt, first.SentAt);
                }
            }

            flight.Segments.RemoveFirst();
        }

        report.DeliveredBytes = deliveredBefore + (_usesSack ? newBytes : TakeOffDuplicates(flight, newBytes));
    }

    /// <summary>
    /// A peer without SACK: what duplicates stood for is acknowledged now, beyond the segment that was missing.
    /// </summary>
    /// <returns>The bytes newly delivered: those that no duplicate has told of.</returns>
    private int TakeOffDuplicates(Flight flight, int newBytes)
    {
        int told = Math.Clamp(newBytes - _segmentBytes, 0, flight.DuplicateBytes);
        flight.DuplicateBytes -= told;
        flight.DuplicateCount = 0;
        return newBytes - told;
    }

    /// <summary>
    /// Keeps what is remembered of the past from falling behind SND.UNA: half the sequence space further on it would look
    /// like the future.
    /// </summary>
    private void FollowAcknowledgment()
    {
        SequenceNumber acknowledgment = _sendUnacknowledged;
        _sendNext = SequenceNumber.Max(_sendNext, acknowledgment);
        _smallSegmentEnd = SequenceNumber.Max(_smallSegmentEnd, acknowledgment);
        _reorderingWindow.FollowAcknowledgment(acknowledgment);
        _flight?.Undo.FollowAcknowledgment(acknowledgment);
        if (acknowledgment > _recover && _phase == RecoveryPhase.None)
        {
            _recover = acknowledgment;
            _wasTimeout = false;
        }
    }

    /// <summary>Whether an acknowledgment of nothing new tells of a segment that arrived behind a gap.</summary>
    /// <remarks>RFC 5681 §2, "duplicate acknowledgment"; RFC 6675 §2 where there is SACK.</remarks>
    private bool IsDuplicate(in Segment segment, in DeliveryReport report) =>
        segment.Acknowledgment == _sendUnacknowledged
        && _sendNext != _sendUnacknowledged
        && !segment.HasText
        && (_usesSack ? report.HasNewBlocks : true)
        && segment.Window << _sendScale == _sendWindow;

    private Flight RentFlight(Instant now)
    {
        _flight = _tcp.RentFlight();
        _flight.Reset(_sendUnacknowledged, now);
        return _flight;
    }

    private void ReleaseFlight()
    {
        if (_flight is { } flight)
        {
            _flight = null;
            _tcp.Return(flight);
        }
    }

    /// <summary>Takes a round trip from the first segment acknowledged that was sent once, or else from the timestamp echoed.</summary>
    /// <remarks>RFC 6298 §3 (Karn's algorithm); RFC 7323 §4.1 and appendix G.</remarks>
    private void MeasureRoundTrip(in Segment segment, in DeliveryReport report)
    {
        // What lay behind a hole waited for its repair: an acknowledgment of segments sent again measures nothing.
        bool isOriginal = report.OriginalSentAt != Instant.Never && !report.HasRetransmission;
        Instant sentAt = isOriginal ? report.OriginalSentAt : report.BlockSentAt;
        if (sentAt != Instant.Never)
        {
            TakeRoundTrip(report.Now - sentAt, report);
        }
        else if (_flight is not null && TryReadEcho(segment, report.Now, out Duration roundTrip))
        {
            TakeRoundTrip(roundTrip, report);
        }
    }

    private void TakeRoundTrip(Duration roundTrip, in DeliveryReport report)
    {
        // RFC 7323 appendix G: "ExpectedSamples = ceiling(FlightSize / (SMSS * 2))".
        int samples = 1 + (report.PriorFlightBytes / Math.Max(2 * _segmentBytes, 1));
        _rtt.Measured(roundTrip, samples);
        _minimumRoundTrip.Measured(roundTrip, report.Now);
    }

    /// <summary>The round trip of the handshake.</summary>
    private void MeasureHandshake(in Segment segment, Instant now)
    {
        Duration roundTrip;
        if (_synchronizeSentAt != Instant.Never)
        {
            roundTrip = now - _synchronizeSentAt;
        }
        else if (!TryReadEcho(segment, now, out roundTrip))
        {
            return;
        }

        _rtt.Measured(roundTrip);
        _minimumRoundTrip.Measured(roundTrip, now);
    }

    private bool TryReadEcho(in Segment segment, Instant now, out Duration roundTrip)
    {
        roundTrip = Duration.Zero;
        if (!_usesTimestamps || !segment.Options.HasTimestamps || segment.Options.TimestampEcho == 0)
        {
            return false;
        }

        int milliseconds = (int)(Timestamp(now) - segment.Options.TimestampEcho);
        roundTrip = Duration.FromMilliseconds(Math.Max(milliseconds, 1));
        return milliseconds >= 0;
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
