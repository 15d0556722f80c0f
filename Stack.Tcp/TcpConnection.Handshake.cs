using NetStack.Core;

namespace NetStack.Tcp;

// From SYN-SENT and SYN-RECEIVED to ESTABLISHED: RFC 9293 §3.5, §3.10.7.3; options by RFC 7323 and §3.7.1.
public sealed partial class TcpConnection
{
    /// <summary>What a peer takes that names no maximum segment size.</summary>
    private const int DefaultSegmentBytesV4 = 536;
    private const int DefaultSegmentBytesV6 = 1220;

    /// <summary>The least segment a peer or a path can bring us down to: smaller ones would cost more in headers than they carry.</summary>
    private const int LeastSegmentBytes = 48;

    private void SegmentArrivesInSynSent(ref Segment segment, PacketBuffer packet, Instant now)
    {
        if (segment.IsAcknowledgment
            && (segment.Acknowledgment <= _initialSendSequence || segment.Acknowledgment > _sendNext))
        {
            // "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the RST bit is set, if so drop the segment and return)."
            if (!segment.IsReset)
            {
                _tcp.SendReset(LocalEndPoint, RemoteEndPoint, segment, now);
            }

            Pool.Drop(packet, DropReason.TcpBadAcknowledgment);
            return;
        }

        if (segment.IsReset)
        {
            if (!segment.IsAcknowledgment)
            {
                Pool.Drop(packet, DropReason.TcpStrayReset);
                return;
            }

            Counters.Increment(Counter.TcpConnectionResets);
            Terminate(TcpError.ConnectionRefused);
            Deliver(packet);
            return;
        }

        if (!segment.IsSyn)
        {
            Pool.Drop(packet, DropReason.TcpBadFlags);
            return;
        }

        TakeSyn(segment, now);
        bool isAcknowledged = segment.IsAcknowledgment;
        SequenceNumber acknowledgment = segment.Acknowledgment;
        segment.RemoveFront(1);
        if (isAcknowledged)
        {
            MeasureHandshake(segment, now);
            _sendUnacknowledged = acknowledgment;
            SetSendWindow(segment, segment.Window);
            Establish(now);
            AcknowledgeNow();
            Raise(TcpEvents.Connected);
        }
        else
        {
            // Simultaneous open. "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment and send it."
            State = TcpState.SynReceived;
            _pending |= PendingOutput.Synchronize;
            MarkReady();
        }

        if (!segment.HasText)
        {
            Deliver(packet);
            return;
        }

        // "If there are other controls or text in the segment, then queue them for processing after the ESTABLISHED state
        // has been reached". A FIN before that is not taken in: the peer sends it again.
        TrimToWindow(ref segment, packet);
        TextArrives(segment, packet, now);
    }

    /// <summary>Payload of the SYN that opened the connection: held until the application gets the connection.</summary>
    internal void TextArrivesWithSyn(ref Segment segment, PacketBuffer packet, Instant now)
    {
        segment.RemoveFront(1);
        segment.Flags &= ~TcpFlags.Fin;
        if (!segment.HasText)
        {
            Deliver(packet);
            return;
        }

        TrimToWindow(ref segment, packet);
        TextArrives(segment, packet, now);
        _pending &= ~PendingOutput.Acknowledgment;
    }

    /// <summary>Takes in the peer's SYN: its sequence number and what its options settle.</summary>
    private void TakeSyn(in Segment syn, Instant now)
    {
        _initialReceiveSequence = syn.Sequence;
        _receiveNext = syn.Sequence + 1;
        _receiveRightEdge = _receiveNext + Math.Min(_options.ReceiveBufferBytes, ushort.MaxValue);
        _lastAcknowledgmentSent = _receiveNext;

        // RFC 9293 §3.10.7.2: SND.WND of the SYN is not scaled; it holds until the handshake is complete.
        SetSendWindow(syn, syn.Window);
        _usesTimestamps = _options.Timestamps && syn.Options.HasTimestamps;
        if (_usesTimestamps)
        {
            _timestampRecent = syn.Options.TimestampValue;
            _timestampRecentSince = now;
        }

        // RFC 2018 §2: the option of the SYN tells that the extension may be used "once the connection is established".
        _usesSack = _options.SelectiveAcknowledgments && syn.Options.SackPermitted;
        _usesWindowScale = _options.WindowScale >= 0 && syn.Options.HasWindowScale;
        _sendScale = _usesWindowScale ? syn.Options.WindowScale : (byte)0;
        _receiveScale = _usesWindowScale ? OurWindowScale : (byte)0;
        int byDefault = RemoteEndPoint.Address.IsIPv4 ? DefaultSegmentBytesV4 : DefaultSegmentBytesV6;
        _peerMaximumSegmentBytes = syn.Options.MaximumSegmentBytes == 0
            ? (ushort)byDefault
            : Math.Max(syn.Options.MaximumSegmentBytes, (ushort)LeastSegmentBytes);
        _receiveSegmentBytes = Math.Min(byDefault, OurMaximumSegmentBytes);
    }

    /// <summary>The handshake is complete.</summary>
    private void Establish(Instant now)
    {
        State = TcpState.Established;
        bool wasLost = _retries > 1;
        if (_retries > 0 && !_rtt.HasSample)
        {
            // RFC 6298 §5.7: "If the timer expires awaiting the ACK of a SYN segment and the TCP implementation is using an
            // RTO less than 3 seconds, the RTO MUST be re-initialized to 3 seconds when data transmission begins".
            _rtt.StartFrom(Duration.FromSeconds(3));
        }

        _retries = 0;
        _retransmitDeadline = Instant.Never;
        _quickAcknowledgments = QuickAcknowledgments;
        _congestion = _options.CongestionController?.Invoke(CongestionSeed) ?? new Cubic();
        SegmentSizeMayChange();
        _congestion.Established(_segmentBytes, wasLost, _rtt.Smoothed, now);
        StartKeepAlive(now);
        if (_isFinQueued)
        {
            EnterClosingStates();
        }

        Counters.Increment(_isActiveOpen ? Counter.TcpActiveOpens : Counter.TcpPassiveOpens);
        MarkReady();
    }

    /// <summary>A seed for the choices of the congestion controller. Both numbers come from the demultiplexer's entropy.</summary>
    private ulong CongestionSeed => ((ulong)_initialSendSequence.Value << 32) | _timestampOffset;

    /// <summary>The largest segment we offer to take: what the interface carries without fragments.</summary>
    /// <remarks>RFC 9293 §3.7.1; RFC 6691 §2: options are not subtracted.</remarks>
    private int OurMaximumSegmentBytes
    {
        get
        {
            int byInterface = (_path?.Interface.MtuBytes ?? 576) - IpHeaderBytes - TcpHeader.MinimumLengthBytes;
            int wanted = _options.MaximumSegmentBytes == 0 ? byInterface : Math.Min(_options.MaximumSegmentBytes, byInterface);
            return Math.Clamp(wanted, LeastSegmentBytes, ushort.MaxValue);
        }
    }

    /// <remarks>RFC 7323 §2.3: at most 14.</remarks>
    private byte OurWindowScale => (byte)Math.Clamp(_options.EffectiveWindowScale, 0, 14);

    private int IpHeaderBytes => RemoteEndPoint.Address.IsIPv4 ? 20 : 40;

    /// <summary>Works out the payload of a full segment from the peer's wish, ours and the path's.</summary>
    /// <returns>Whether it became smaller.</returns>
    private bool SegmentSizeMayChange()
    {
        _pathMtuBytes = _path?.MtuBytes ?? _pathMtuBytes;
        int byPath = _pathMtuBytes - IpHeaderBytes - TcpHeader.MinimumLengthBytes;
        int wanted = Math.Min(Math.Min((int)_peerMaximumSegmentBytes, byPath), OurMaximumSegmentBytes);
        int optionBytes = _usesTimestamps ? SegmentOptions.PaddedTimestampsLengthBytes : 0;
        int before = _segmentBytes;
        _segmentBytes = Math.Max(wanted, LeastSegmentBytes) - optionBytes;
        if (before != 0 && before != _segmentBytes)
        {
            _congestion?.SegmentSizeChanged(_segmentBytes);
        }

        return _segmentBytes < before;
    }
}
