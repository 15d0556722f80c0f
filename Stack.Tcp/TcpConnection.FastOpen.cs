using NetStack.Core;

namespace NetStack.Tcp;

// Data on the SYN, and answers before the handshake is complete. RFC 7413.
public sealed partial class TcpConnection
{
    // Of an active open: the SYN carried the option. Of a passive one: the SYN,ACK carries it, in the format of the peer.
    private bool _hasFastOpenOption;
    private bool _isFastOpenExperimental;

    /// <summary>Whether the connection was taken in by a cookie, and the peer has not yet acknowledged our SYN.</summary>
    private bool _isFastOpenPending;

    /// <summary>Whether data of the SYN was taken.</summary>
    private bool _isFastOpened;

    /// <summary>Whether data may go out, and come to the application, before the handshake is complete.</summary>
    private bool IsOpenEarly => _isFastOpenPending && State == TcpState.SynReceived;

    /// <summary>Judges the option of the SYN that opens the connection. Takes the ownership of the packet.</summary>
    internal void OpenFast(FastOpenVerdict verdict, ref Segment syn, PacketBuffer packet, Instant now)
    {
        _isFastOpenExperimental = syn.Options.IsFastOpenExperimental;
        switch (verdict)
        {
            case FastOpenVerdict.Accept when Listener!.TryPromote(this):
                // RFC 7413 §4.2.2: the data goes to the application at once, and its answer need not wait for the handshake.
                _isFastOpenPending = true;
                _tcp.FastOpenPending++;
                Counters.Increment(Counter.TcpFastOpensPassive);
                StartCongestion(handshakeLostSegments: false, now);
                TextArrivesWithSyn(ref syn, packet, now);
                _isFastOpened = _receivedBytes > 0;
                return;
            default:
                // RFC 7413 §4.2.2: the data is dropped and the SYN alone is acknowledged, as by RFC 9293 §3.10.7.2; the peer
                // sends the data again. Held, it would be a gift to whoever forges an address.
                _hasFastOpenOption = verdict == FastOpenVerdict.Offer;
                Deliver(packet);
                return;
        }
    }

    /// <summary>The handshake is complete, or it never will be.</summary>
    private void EndFastOpen()
    {
        if (_isFastOpenPending)
        {
            _isFastOpenPending = false;
            _tcp.FastOpenPending--;
        }
    }

    /// <summary>Puts the option on a SYN or SYN,ACK.</summary>
    /// <returns>The payload that goes on the SYN.</returns>
    /// <remarks>RFC 7413 §4.2.1.</remarks>
    private int AddFastOpen(ref SegmentOptions options, Instant now)
    {
        if (State == TcpState.SynReceived)
        {
            options.HasFastOpen = _hasFastOpenOption && !_isActiveOpen;
            options.IsFastOpenExperimental = _isFastOpenExperimental;
            options.FastOpenCookie = options.HasFastOpen
                ? _tcp.FastOpenCookieOf(LocalEndPoint.Address, RemoteEndPoint.Address)
                : default;
            return 0;
        }

        if (_sendNext != _initialSendSequence)
        {
            // RFC 7413 §4.1.3.1: lost, maybe because of the option: the SYN goes out again without it and without data.
            if (_hasFastOpenOption)
            {
                _hasFastOpenOption = false;
                _tcp.FastOpenPeers.Fail(RemoteEndPoint.Address, now);
                Counters.Increment(Counter.TcpFastOpensFailed);
            }

            return 0;
        }

        if (!_options.FastOpen
            || !_tcp.FastOpenPeers.MayTry(RemoteEndPoint.Address, now, out FastOpenCookie cookie, out int segmentBytes))
        {
            return 0;
        }

        _hasFastOpenOption = true;
        options.HasFastOpen = true;
        options.FastOpenCookie = cookie;
        if (cookie.IsEmpty)
        {
            return 0;
        }

        int room = Math.Min(TcpDemultiplexer.FastOpenRoomBytes(_path!, segmentBytes), OurMaximumSegmentBytes);
        return (int)Math.Clamp(_sendQueue.LengthBytes, 0, Math.Max(room, 0));
    }

    /// <summary>The SYN was too big for the path, with its data: it goes out again at once without, and once only.</summary>
    private void FastOpenIsTooBig()
    {
        if (_hasFastOpenOption && _sendNext - _initialSendSequence > 1)
        {
            _hasFastOpenOption = false;
            _pending |= PendingOutput.Synchronize;
            MarkReady();
        }
    }

    /// <summary>The SYN,ACK tells what became of the data, and may bring a cookie.</summary>
    private void FastOpenAnswered(in Segment segment, SequenceNumber acknowledgment)
    {
        if (segment.Options.HasFastOpen && !segment.Options.FastOpenCookie.IsEmpty && _hasFastOpenOption)
        {
            _tcp.FastOpenPeers.Learn(
                RemoteEndPoint.Address, segment.Options.FastOpenCookie, _peerMaximumSegmentBytes);
        }

        int takenBytes = acknowledgment - (_initialSendSequence + 1);
        if (takenBytes > 0)
        {
            _isFastOpened = true;
            _sendQueue.RemoveFront(_tcp.Memory, takenBytes);
            Counters.Increment(Counter.TcpFastOpensActive);
        }

        // RFC 7413 §4.2.1: what was not taken is sent again, at once: it counts as never sent.
        _sendNext = _sendMaximum = acknowledgment;
    }
}
