using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Tcp;

// How a segment is put together. RFC 9293 §3.1.
public sealed partial class TcpConnection
{
    /// <summary>The clock of the timestamps option: milliseconds, from an offset of the connection's own.</summary>
    /// <remarks>RFC 7323 §5.4.</remarks>
    internal uint Timestamp(Instant now) => unchecked((uint)now.Milliseconds + _timestampOffset);

    /// <summary>The traffic class of all our packets, without the bits of ECN.</summary>
    /// <remarks>RFC 9293 §3.9.1.9 (MUST-48): "for segments that are sent on a connection".</remarks>
    private byte TrafficClass => (byte)(_options.TrafficClass & ~3);

    private DeviceOffloads ChecksumOffload =>
        RemoteEndPoint.Address.IsIPv4 ? DeviceOffloads.TransmitChecksumV4 : DeviceOffloads.TransmitChecksumV6;

    /// <returns>False where the pool is used up.</returns>
    private bool TransmitSyn(Instant now)
    {
        PacketBuffer? packet = Pool.TryLease();
        if (packet is null)
        {
            return false;
        }

        bool isAnswer = State == TcpState.SynReceived;
        SegmentOptions options = new()
        {
            MaximumSegmentBytes = (ushort)OurMaximumSegmentBytes,
            SackPermitted = isAnswer ? _usesSack : _options.SelectiveAcknowledgments,
            HasTimestamps = isAnswer ? _usesTimestamps : _options.Timestamps,
            TimestampValue = Timestamp(now),
            TimestampEcho = isAnswer ? _timestampRecent : 0,
            HasWindowScale = isAnswer ? _usesWindowScale : _options.WindowScale >= 0,
            WindowScale = OurWindowScale,
        };
        int payloadBytes = AddFastOpen(ref options, now);
        if (options.SynLengthBytes < TcpHeader.MaximumLengthBytes - TcpHeader.MinimumLengthBytes)
        {
            options.UserTimeout = OurUserTimeout;
        }

        Span<byte> header = packet.Extend(TcpHeader.MinimumLengthBytes + options.SynLengthBytes);
        TcpHeader.Write(
            header,
            LocalEndPoint.Port,
            RemoteEndPoint.Port,
            _initialSendSequence,
            isAnswer ? _receiveNext : default,
            (isAnswer ? TcpFlags.Syn | TcpFlags.Acknowledgment : TcpFlags.Syn) | EcnSynFlags(isAnswer),
            (ushort)(isAnswer ? Math.Min(_receiveRightEdge - _receiveNext, ushort.MaxValue) : FirstWindowBytes));
        options.WriteSyn(header[TcpHeader.MinimumLengthBytes..]);
        _pending &= ~(PendingOutput.Synchronize | PendingOutput.Acknowledgment);
        if (_sendNext == _initialSendSequence)
        {
            _sendNext = _sendMaximum = _initialSendSequence + 1 + payloadBytes;
            _synchronizeSentAt = now;
        }
        else
        {
            _synchronizeSentAt = Instant.Never;
            _segmentsRetransmitted++;
            Counters.Increment(Counter.TcpSegmentsRetransmitted);
        }

        if (isAnswer)
        {
            _lastAcknowledgmentSent = _receiveNext;
            _acknowledgmentDeadline = Instant.Never;
        }

        if (_retransmitDeadline == Instant.Never)
        {
            StartRetransmissionTimer(now);
        }

        ulong payloadSum = 0;
        if (payloadBytes > 0)
        {
            payloadSum = _sendQueue.CopyTo(_initialSendSequence + 1, packet.Extend(payloadBytes));
        }

        Emit(packet, payloadSum, payloadBytes, EcnCodepoint.NotCapable, now);
        return true;
    }

    /// <summary>Sends a segment with payload from the send queue, acknowledging what has arrived.</summary>
    /// <param name="sequence">The sequence number of the first byte.</param>
    /// <param name="payloadBytes">The payload.</param>
    /// <param name="flags">The flags, without those of ECN.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="superSegmentBytes">The payload of each of the segments that this one is to be cut into; zero where it is one.</param>
    /// <returns>False where the pool is used up: nothing has changed then.</returns>
    private bool TransmitSegment(SequenceNumber sequence, int payloadBytes, TcpFlags flags, Instant now, int superSegmentBytes = 0)
    {
        PacketBuffer? packet = Pool.TryLease();
        if (packet is null)
        {
            return false;
        }

        bool isNewData = payloadBytes > 0 && sequence == _sendMaximum && (_pending & PendingOutput.WindowProbe) == 0;
        EcnCodepoint codepoint = MarkSegment(ref flags, payloadBytes > 0, isNewData);

        // What was cut when no blocks went along goes again without them: they follow with the acknowledgment that is owed.
        int sackBytes = superSegmentBytes > 0 || payloadBytes <= SegmentRoomBytes ? SackLengthBytes : 0;
        int optionBytes = (_usesTimestamps ? SegmentOptions.PaddedTimestampsLengthBytes : 0) + sackBytes;
        Span<byte> header = packet.Extend(TcpHeader.MinimumLengthBytes + optionBytes);
        TcpHeader.Write(header, LocalEndPoint.Port, RemoteEndPoint.Port, sequence, _receiveNext, flags, OfferWindow());
        if (_usesTimestamps)
        {
            SegmentOptions.WriteTimestamps(header[TcpHeader.MinimumLengthBytes..], Timestamp(now), _timestampRecent);
        }

        if (sackBytes > 0)
        {
            WriteSack(header[^sackBytes..]);
        }
        else if (!_usesSack)
        {
            _reassembly?.Reported();
        }

        if (IsSendingUrgent)
        {
            WriteUrgent(header, sequence);
        }

        AcknowledgmentGoesOut();
        ulong payloadSum = 0;
        int summedBytes = 0;
        if (payloadBytes > 0)
        {
            AnswerGoesOut(now);

            // Where we sum the payload ourselves a copy comes with it for nothing, and the frame lies in one piece.
            bool isCopied = payloadBytes <= SendQueue.SmallBytes || (_path!.Offloads & ChecksumOffload) == 0;
            if (isCopied && superSegmentBytes == 0 && payloadBytes <= packet.TailroomBytes)
            {
                payloadSum = _sendQueue.CopyTo(sequence, packet.Extend(payloadBytes));
                summedBytes = payloadBytes;
            }
            else
            {
                _sendQueue.SliceTo(Pool, sequence, payloadBytes, packet);
            }

            _lastSent = now;
        }

        int segments = 1;
        if (superSegmentBytes > 0)
        {
            packet.Gso = SegmentationType;
            packet.GsoSizeBytes = (ushort)superSegmentBytes;
            segments = (payloadBytes + superSegmentBytes - 1) / superSegmentBytes;
        }

        Emit(packet, payloadSum, summedBytes, codepoint, now, segments);
        return true;
    }

    /// <summary>Fills in the checksum and hands the segment down.</summary>
    private void Emit(PacketBuffer packet, ulong payloadSum, int summedBytes, EcnCodepoint codepoint, Instant now, int segments = 1)
    {
        IpPath path = _path!;
        if (segments > 1 || (path.Offloads & ChecksumOffload) != 0)
        {
            SegmentChecksum.Defer(packet, LocalEndPoint.Address, RemoteEndPoint.Address);
        }
        else
        {
            SegmentChecksum.Fill(packet, LocalEndPoint.Address, RemoteEndPoint.Address, payloadSum, summedBytes);
        }

        _segmentsTransmitted += (uint)segments;
        Counters.Add(Counter.TcpSegmentsTransmitted, segments);
        _tcp.Host.Transmit(packet, path, IpProtocol.Tcp, new IpSendOptions((byte)(TrafficClass | (int)codepoint)), now);
    }

    /// <summary>Moves the right edge as far as the buffer allows and returns the window field for it.</summary>
    private ushort OfferWindow()
    {
        SequenceNumber edge = NextRightEdge();
        int window = edge - _receiveNext;
        int field = window >> _receiveScale;
        if (_receiveNext + (field << _receiveScale) < _receiveRightEdge)
        {
            // Rounding down would take back what was offered before. RFC 9293 §3.8.6: "a TCP receiver SHOULD NOT shrink the window".
            field = ((_receiveRightEdge - _receiveNext) + (1 << _receiveScale) - 1) >> _receiveScale;
        }

        field = Math.Min(field, ushort.MaxValue);
        _receiveRightEdge = SequenceNumber.Max(_receiveRightEdge, _receiveNext + (field << _receiveScale));
        return (ushort)field;
    }

    private void AcknowledgmentGoesOut()
    {
        if (_quickAcknowledgments > 0 && _receiveNext != _lastAcknowledgmentSent)
        {
            _quickAcknowledgments--;
        }

        _lastAcknowledgmentSent = _receiveNext;
        _acknowledgmentDeadline = Instant.Never;
        _pending &= ~PendingOutput.Acknowledgment;
    }

    /// <summary>Sends an RST, at once if there is room for it.</summary>
    /// <remarks>RFC 7323 §3.2: the timestamps option "SHOULD be sent in an &lt;RST&gt; segment".</remarks>
    private void SendReset(Instant now) => _tcp.ResetPeer(
        LocalEndPoint,
        RemoteEndPoint,
        new ControlSegment(
            _sendNext,
            _receiveNext,
            TcpFlags.Reset | TcpFlags.Acknowledgment,
            HasTimestamps: _usesTimestamps,
            TimestampValue: Timestamp(now),
            TimestampEcho: _timestampRecent,
            TrafficClass: TrafficClass),
        now);

    /// <summary>The last acknowledgment before TIME-WAIT.</summary>
    private void TransmitAcknowledgment(Instant now)
    {
        if (TryRefreshPath(now) && _tcp.Host.HasRoom(_path!))
        {
            TransmitSegment(_sendNext, 0, TcpFlags.Acknowledgment, now);
        }
    }
}
