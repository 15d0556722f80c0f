using NetStack.Core;
using NetStack.IP;

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
            FastOpenAnswered(segment, acknowledgment);
            _sendUnacknowledged = acknowledgment;
            SetSendWindow(segment, segment.Window);
            Establish(now);
            AcknowledgeNow();
            Raise(TcpEvents.Connected);
        }
        else
        {
            // Simultaneous open. "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment and send it." What came with the SYN
            // is not taken in: the peer sends it again.
            State = TcpState.SynReceived;
            _pending |= PendingOutput.Synchronize;
            MarkReady();
            Deliver(packet);
            return;
        }

        if (!segment.HasText)
        {
            Deliver(packet);
            return;
        }

        TrimToWindow(ref segment, packet);
        TextArrives(segment, packet, now);
    }

    /// <summary>Payload of the SYN that opened the connection: held until the application gets the connection.</summary>
    private void TextArrivesWithSyn(ref Segment segment, PacketBuffer packet, Instant now)
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
        _receiveRightEdge = _receiveNext + FirstWindowBytes;
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
        SettleEcn(syn);
        UserTimeoutArrives(syn);
        _usesWindowScale = _options.WindowScale >= 0 && syn.Options.HasWindowScale;
        _sendScale = _usesWindowScale ? syn.Options.WindowScale : (byte)0;
        _receiveScale = _usesWindowScale ? OurWindowScale : (byte)0;
        _peerMaximumSegmentBytes = (ushort)SegmentBytesOf(syn.Options, RemoteEndPoint.Address);
        _receiveSegmentBytes = Math.Min(DefaultSegmentBytes(RemoteEndPoint.Address), OurMaximumSegmentBytes);
    }

    /// <summary>The handshake is complete.</summary>
    private void Establish(Instant now)
    {
        State = TcpState.Established;
        _lastArrival = now;
        bool wasLost = _retries > 1;
        if (_retries > 0 && !_rtt.HasSample)
        {
            // RFC 6298 §5.7: "If the timer expires awaiting the ACK of a SYN segment and the TCP implementation is using an
            // RTO less than 3 seconds, the RTO MUST be re-initialized to 3 seconds when data transmission begins".
            _rtt.StartFrom(Duration.FromSeconds(3));
        }

        _retries = 0;
        _retransmitDeadline = Instant.Never;
        EndFastOpen();
        if (_congestion is null)
        {
            StartCongestion(wasLost, now);
        }

        if (_sendNext != _sendUnacknowledged)
        {
            // What a fast open has sent already.
            StartRetransmissionTimer(now);
        }

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

    /// <summary>From here on data may be sent.</summary>
    private void StartCongestion(bool handshakeLostSegments, Instant now)
    {
        _lastTextArrival = now;
        BeQuick();
        _congestion = _options.CongestionController?.Invoke(CongestionSeed) ?? new Cubic();
        SegmentSizeMayChange();
        _congestion.Established(_segmentBytes, handshakeLostSegments, _rtt.Smoothed, now);
        _receiveTuning.Start(_options.InitialReceiveBufferBytes, _receiveSegmentBytes, _rtt.Smoothed, _receiveRightEdge, now);
    }

    private int OurMaximumSegmentBytes => OfferedSegmentBytes(_options, _path, RemoteEndPoint.Address);

    /// <remarks>RFC 7323 §2.3: at most 14.</remarks>
    private byte OurWindowScale => (byte)_options.EffectiveWindowScale;

    private int IpHeaderBytes => HeaderBytesOf(RemoteEndPoint.Address);

    /// <summary>The largest segment offered to a peer: what the interface carries without fragments.</summary>
    /// <remarks>RFC 9293 §3.7.1; RFC 6691 §2: options are not subtracted.</remarks>
    internal static int OfferedSegmentBytes(TcpConnectionOptions options, IpPath? path, in IpAddress remote)
    {
        int byInterface = (path?.Interface.MtuBytes ?? 576) - HeaderBytesOf(remote) - TcpHeader.MinimumLengthBytes;
        int wanted = options.MaximumSegmentBytes == 0 ? byInterface : Math.Min(options.MaximumSegmentBytes, byInterface);
        return Math.Clamp(wanted, LeastSegmentBytes, ushort.MaxValue);
    }

    /// <summary>The largest segment a peer takes by its SYN.</summary>
    internal static int SegmentBytesOf(in SegmentOptions syn, in IpAddress remote) => syn.MaximumSegmentBytes == 0
        ? DefaultSegmentBytes(remote)
        : Math.Max(syn.MaximumSegmentBytes, (ushort)LeastSegmentBytes);

    private static int DefaultSegmentBytes(in IpAddress remote) => remote.IsIPv4 ? DefaultSegmentBytesV4 : DefaultSegmentBytesV6;

    private static int HeaderBytesOf(in IpAddress remote) => remote.IsIPv4 ? 20 : 40;

    /// <summary>Works out the payload of a full segment from the peer's wish, ours and the path's. What is on its way and too large by now is lost.</summary>
    private void SegmentSizeMayChange()
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

        if (_segmentBytes < before && _flight is { } flight)
        {
            RepairTooBig(flight);
        }
    }
}
