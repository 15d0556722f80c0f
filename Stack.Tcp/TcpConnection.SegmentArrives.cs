using NetStack.Core;

namespace NetStack.Tcp;

// SEGMENT ARRIVES for every state but CLOSED, LISTEN (the demultiplexer) and TIME-WAIT (its own record). RFC 9293 §3.10.7.4.
public sealed partial class TcpConnection
{
    private static readonly Duration _challengeStretch = Duration.FromSeconds(5);

    private RateLimit _challenges;
    private uint _timestampOffset;
    private uint _timestampRecent;
    private Instant _timestampRecentSince;
    private Instant _lastArrival;
    private bool _hasDiscarded;

    /// <summary>A segment of this connection has arrived, its header stripped and checked. Takes the ownership of the packet.</summary>
    internal void SegmentArrives(ref Segment segment, PacketBuffer packet, Instant now)
    {
        _segmentsReceived++;
        if (State == TcpState.SynSent)
        {
            SegmentArrivesInSynSent(ref segment, packet, now);
        }
        else if (IsInOrderData(segment))
        {
            DataArrivesInOrder(segment, packet, now);
        }
        else
        {
            SegmentArrivesSynchronized(ref segment, packet, now);
        }

        CheckInvariants();
    }

    /// <summary>Header prediction: the next data of a bulk transfer to us, which changes nothing on our sending side.</summary>
    private bool IsInOrderData(in Segment segment) =>
        State == TcpState.Established
        && (segment.Flags & ~(TcpFlags.Push | EcnNegotiation.Bits)) == TcpFlags.Acknowledgment
        && segment.PayloadBytes > 0
        && segment.Sequence == _receiveNext
        && segment.Acknowledgment == _sendUnacknowledged
        && segment.Window << _sendScale == _sendWindow
        && segment.PayloadBytes <= _receiveRightEdge - _receiveNext
        && _reassembly is null
        && !_isReceiveStopped
        && !_isPersisting
        && segment.Options.UserTimeout == 0
        && segment.Options.Sack.Count == 0
        && segment.Options.HasTimestamps == _usesTimestamps
        && (!_usesTimestamps || (int)(segment.Options.TimestampValue - _timestampRecent) >= 0);

    private void DataArrivesInOrder(in Segment segment, PacketBuffer packet, Instant now)
    {
        EcnArrives(segment, now);
        _lastArrival = now;
        if (_usesTimestamps && segment.Sequence <= _lastAcknowledgmentSent)
        {
            _timestampRecent = segment.Options.TimestampValue;
            _timestampRecentSince = now;
        }

        _sendWindowSequence = segment.Sequence;
        _sendWindowAcknowledgment = segment.Acknowledgment;
        if (!TryAppendReceived(packet, segment.PayloadBytes, now))
        {
            Pool.Drop(packet, DropReason.TcpReceiveFull);
            return;
        }

        MeasureReceiver(segment, now);
        Counters.Increment(Counter.FramesDelivered);
        Raise(TcpEvents.Readable);
    }

    private void SegmentArrivesSynchronized(ref Segment segment, PacketBuffer packet, Instant now)
    {
        if (segment.IsReset)
        {
            ResetArrives(segment, packet, now);
            return;
        }

        if (segment.IsSyn && State == TcpState.SynReceived && segment.Sequence == _initialReceiveSequence
            && IsSynAnswered(ref segment))
        {
            Pool.Drop(packet, DropReason.TcpDuplicateData);
            return;
        }

        SequenceNumber sequence = segment.Sequence;
        if (!CheckTimestamps(segment, now, out DropReason reason)
            || !CheckSequence(ref segment, packet, now, out bool isCut, out reason)
            || !CheckSyn(segment, now, out reason))
        {
            Pool.Drop(packet, reason);
            return;
        }

        if (!segment.IsAcknowledgment)
        {
            // RFC 9293 §3.10.7.4, fifth: "if the ACK bit is off, drop the segment and return".
            Pool.Drop(packet, DropReason.TcpBadFlags);
            return;
        }

        uint recent = _timestampRecent;
        Instant recentSince = _timestampRecentSince;
        if (_usesTimestamps && sequence <= _lastAcknowledgmentSent)
        {
            // RFC 7323 §4.3 (2): the timestamp of the segment that the next acknowledgment answers.
            _timestampRecent = segment.Options.TimestampValue;
            _timestampRecentSince = now;
        }

        UserTimeoutArrives(segment);
        if (!AcknowledgmentArrives(segment, now, out reason))
        {
            // Nor is the timestamp believed of who acknowledges what was never sent: it could end the connection by PAWS.
            _timestampRecent = recent;
            _timestampRecentSince = recentSince;
            Pool.Drop(packet, reason);
            return;
        }

        if (segment.UrgentPointer != 0)
        {
            UrgentArrives(segment, sequence);
        }

        if (State is TcpState.Closed or TcpState.TimeWait || !segment.HasText)
        {
            Deliver(packet);
            return;
        }

        if (isCut && !HasReceivedFin)
        {
            // The peer went beyond the window: it learns at once where the window ends.
            AcknowledgeNow();
        }

        TextArrives(segment, packet, now);
    }

    /// <summary>The SYN that brought us to SYN-RECEIVED comes again.</summary>
    /// <returns>Whether that is all there is to the segment.</returns>
    private bool IsSynAnswered(ref Segment segment)
    {
        if (_isActiveOpen && segment.IsAcknowledgment)
        {
            // The SYN,ACK of a simultaneous open: its SYN was counted already, its acknowledgment is what is new.
            segment.RemoveFront(1);
        }
        else if (!_isActiveOpen && !segment.IsAcknowledgment)
        {
            // Our SYN,ACK was lost: the peer's SYN once more gets it once more, not a bare acknowledgment.
            SynComesAgain(segment);
            _pending |= PendingOutput.Synchronize;
            MarkReady();
            return true;
        }

        return false;
    }

    /// <summary>PAWS: refuses a segment of an earlier turn of the sequence numbers.</summary>
    /// <remarks>RFC 7323 §5.3, R1.</remarks>
    private bool CheckTimestamps(in Segment segment, Instant now, out DropReason reason)
    {
        reason = DropReason.TcpOldTimestamp;
        if (!_usesTimestamps || segment.IsSyn)
        {
            // A SYN is challenged whatever it says.
            return true;
        }

        if (!segment.Options.HasTimestamps)
        {
            // RFC 7323 §3.2: "If a non-<RST> segment is received without a TSopt, a TCP SHOULD silently drop the segment."
            reason = DropReason.TcpTimestampMissing;
            return false;
        }

        if ((int)(segment.Options.TimestampValue - _timestampRecent) >= 0)
        {
            return true;
        }

        // RFC 7323 §5.5: after 24 days without a segment the peer's clock may have wrapped, and what we remember is void.
        if (now - _timestampRecentSince > Duration.FromSeconds(24 * 86_400))
        {
            return true;
        }

        AcknowledgeUnacceptable(segment, now);
        return false;
    }

    /// <summary>First step: the sequence number. Trims the segment to the window.</summary>
    private bool CheckSequence(ref Segment segment, PacketBuffer packet, Instant now, out bool isCut, out DropReason reason)
    {
        isCut = false;
        reason = DropReason.TcpOutOfWindow;
        int windowBytes = Math.Max(_receiveRightEdge - _receiveNext, 0);
        if (!IsAcceptable(segment, windowBytes))
        {
            if (windowBytes > 0 || segment.Sequence != _receiveNext)
            {
                if (segment.PayloadBytes > 0 && segment.End <= _receiveNext)
                {
                    reason = DropReason.TcpDuplicateData;
                }

                AcknowledgeUnacceptable(segment, now);
                return false;
            }

            // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept
            // valid ACKs, URGs, and RSTs": the payload goes, the rest is looked at; the FIN needs no room.
            AcknowledgeUnacceptable(segment, now);
        }

        if (segment.IsSyn)
        {
            // The fourth step challenges it, whatever it carries: nothing of it is taken in.
            return true;
        }

        if (segment.Sequence < _receiveNext)
        {
            if (segment.HasText && !segment.IsReset)
            {
                DuplicateArrives(segment.Sequence, SequenceNumber.Min(segment.End, _receiveNext), now);
            }

            StripFront(packet, segment.RemoveFront(Math.Min(_receiveNext - segment.Sequence, segment.LengthBytes)));
        }

        if (segment.Sequence + segment.PayloadBytes > _receiveRightEdge && segment.PayloadBytes > 0)
        {
            segment.RemoveFrom(SequenceNumber.Max(_receiveRightEdge, segment.Sequence));
            packet.Truncate(segment.PayloadBytes);
            isCut = true;
        }

        return true;
    }

    /// <summary>The four cases of the acceptability test.</summary>
    /// <remarks>RFC 9293 §3.4, table 6.</remarks>
    private bool IsAcceptable(in Segment segment, int windowBytes)
    {
        int lengthBytes = segment.LengthBytes;
        int start = segment.Sequence - _receiveNext;
        if (windowBytes == 0)
        {
            // A FIN that is next takes no room.
            return start == 0 && (lengthBytes == 0 || (segment.IsFin && segment.PayloadBytes == 0 && segment.IsAcknowledgment));
        }

        // One that covers the whole window and more is accepted too, and trimmed on both sides.
        return start < windowBytes && (start >= 0 || start + lengthBytes > 0);
    }

    /// <summary>Fourth step: the SYN bit.</summary>
    /// <remarks>RFC 5961 §4.2; RFC 9293 §3.10.7.4.</remarks>
    private bool CheckSyn(in Segment segment, Instant now, out DropReason reason)
    {
        reason = DropReason.TcpChallenged;
        if (!segment.IsSyn)
        {
            return true;
        }

        if (State == TcpState.SynReceived && !_isActiveOpen && !_isFastOpenPending)
        {
            // "If the connection was initiated with a passive OPEN, then return this connection to the LISTEN state."
            Terminate(TcpError.ConnectionReset);
            return false;
        }

        Challenge(now);
        return false;
    }

    /// <summary>
    /// Second step: the RST bit, with the checks against blind resets. They ask for the sequence number alone: payload does
    /// not make a reset fit, and a closed window does not keep an exact one out.
    /// </summary>
    /// <remarks>RFC 5961 §3.2; RFC 9293 §3.8.6 (MUST-66).</remarks>
    private void ResetArrives(in Segment segment, PacketBuffer packet, Instant now)
    {
        int offset = segment.Sequence - _receiveNext;
        if (offset != 0)
        {
            // "If the RST bit is set and the sequence number does not exactly match the next expected sequence value, yet is
            // within the current receive window, TCP endpoints MUST send an acknowledgment (challenge ACK)."
            bool isInside = offset > 0 && offset < _receiveRightEdge - _receiveNext;
            if (isInside)
            {
                Challenge(now);
            }

            Pool.Drop(packet, isInside ? DropReason.TcpChallenged : DropReason.TcpOutOfWindow);
            return;
        }

        Counters.Increment(Counter.TcpConnectionResets);

        // In CLOSING and LAST-ACK the peer's side is complete, whatever became of ours: what it sent may still be read.
        Terminate(
            State == TcpState.SynReceived && _isActiveOpen ? TcpError.ConnectionRefused : TcpError.ConnectionReset,
            keepsReceived: State is TcpState.Closing or TcpState.LastAck);
        Deliver(packet);
    }

    /// <summary>Answers an unacceptable segment with an acknowledgment; bare and implausible ones only so often, lest two peers answer each other for ever.</summary>
    private void AcknowledgeUnacceptable(in Segment segment, Instant now)
    {
        if (segment.HasText && IsPlausible(segment))
        {
            BeQuick();
            if (segment.Sequence < _receiveNext && !segment.IsSyn)
            {
                DuplicateArrives(segment.Sequence, SequenceNumber.Min(segment.End, _receiveNext), now);
            }

            AcknowledgeNow();
        }
        else
        {
            Challenge(now);
        }
    }

    /// <summary>
    /// Whether the acknowledgment may be the peer's. Who forges segments blindly does not know: each answer to one would
    /// be a duplicate acknowledgment to the peer, and three of those a loss.
    /// </summary>
    /// <remarks>RFC 5961 §5.2, the range.</remarks>
    private bool IsPlausible(in Segment segment) =>
        segment.IsAcknowledgment
        && segment.Acknowledgment <= _sendMaximum
        && segment.Acknowledgment >= _sendUnacknowledged - _largestSendWindow;

    /// <summary>Sends a challenge ACK, throttled for this connection alone.</summary>
    /// <remarks>RFC 5961 §7.</remarks>
    private void Challenge(Instant now)
    {
        if (_challenges.TryPass(now, _tcp.Options.ChallengesPerFiveSeconds, _challengeStretch))
        {
            AcknowledgeNow();
        }
    }

    private void AcknowledgeNow()
    {
        _pending |= PendingOutput.Acknowledgment;
        MarkReady();
    }

    private void Deliver(PacketBuffer packet)
    {
        Counters.Increment(Counter.FramesDelivered);
        Pool.Return(packet);
    }

    /// <summary>Strips payload that was received before. Blocks that become empty stay in the chain.</summary>
    private static void StripFront(PacketBuffer packet, int lengthBytes)
    {
        for (PacketBuffer? block = packet; lengthBytes > 0 && block is not null; block = block.Next)
        {
            int part = Math.Min(block.Length, lengthBytes);
            block.RemoveFront(part);
            lengthBytes -= part;
        }
    }
}
