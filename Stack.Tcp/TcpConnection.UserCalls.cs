using NetStack.Core;

namespace NetStack.Tcp;

// The calls of the owner. RFC 9293 §3.10.1 to §3.10.6.
public sealed partial class TcpConnection
{
    /// <summary>Queues payload to be sent. Takes the ownership of the chain; its blocks are written by nobody from now on.</summary>
    /// <param name="data">The payload. It may exceed <see cref="SendRoomBytes"/>. After <see cref="Shutdown"/>, or the end of the connection, it is discarded.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <remarks>RFC 9293 §3.10.2.</remarks>
    public void Append(PacketBuffer data, Instant now)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (_isFinQueued || State is TcpState.Closed or TcpState.TimeWait)
        {
            Pool.Return(data);
            return;
        }

        _sendQueue.Append(_tcp.Memory, data);
        RestartAfterIdle(now);
        MarkReady();
    }

    /// <summary>Finishes sending: a FIN follows what is queued. Receiving goes on.</summary>
    /// <remarks>RFC 9293 §3.10.4.</remarks>
    public void Shutdown(Instant now)
    {
        if (_isFinQueued || State is TcpState.Closed or TcpState.TimeWait)
        {
            return;
        }

        _isFinQueued = true;
        EnterClosingStates();
        MarkReady();
    }

    /// <summary>Takes the chain of all payload that has arrived in order; null where there is none. The ownership moves to the caller, who owes <see cref="Consumed"/>.</summary>
    /// <remarks>RFC 9293 §3.10.3.</remarks>
    public PacketBuffer? TakeReceived()
    {
        PacketBuffer? chain = _receiveQueue.Take();
        if (State is TcpState.Closed or TcpState.TimeWait)
        {
            _receiveQueue.Forget(_tcp.Memory);
        }

        PassUrgent();
        return chain;
    }

    /// <summary>The owner is done with so many of the bytes it has taken: the window may open.</summary>
    public void Consumed(long bytes, Instant now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _receiveQueue.Consumed(_tcp.Memory, bytes);
        TuneReceiveBuffer(bytes, now);
        if (State is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2 && IsWindowUpdateDue())
        {
            AcknowledgeNow();
        }
    }

    /// <summary>Reads no more: discards what has arrived; payload that arrives from now on is answered with a reset.</summary>
    /// <remarks>RFC 9293 §3.6 ("half-duplex" close), RFC 1122 §4.2.2.13.</remarks>
    public void StopReceiving(Instant now)
    {
        _isReceiveStopped = true;
        _hasDiscarded |= _receiveQueue.LengthBytes > 0;
        _receiveQueue.Clear(_tcp.Memory);
        _reassembly?.Clear();
    }

    /// <summary>
    /// Lets the machine finish by itself: sends what is queued, then a FIN. Nobody listens any more. Where payload was
    /// discarded unread the connection is reset instead, so that the peer learns of it.
    /// </summary>
    /// <remarks>RFC 9293 §3.10.4; RFC 1122 §4.2.2.13: "its TCP SHOULD send a RST to show that data was lost".</remarks>
    public void Close(Instant now)
    {
        StopReceiving(now);
        _isOwned = false;
        _events = TcpEvents.None;
        _tcp.Unlist(this);
        User = null;
        if (State == TcpState.SynSent)
        {
            Terminate(TcpError.ConnectionAborted);
        }
        else if (_hasDiscarded && State is not (TcpState.Closed or TcpState.TimeWait))
        {
            Abort(now);
        }
        else
        {
            Shutdown(now);
            if (State == TcpState.FinWait2)
            {
                StartFinWait2Timer(now);
            }
        }
    }

    /// <summary>Ends the connection with a reset. Queued data is discarded.</summary>
    /// <remarks>RFC 9293 §3.10.5.</remarks>
    public void Abort(Instant now)
    {
        _isReceiveStopped = true;
        _receiveQueue.Clear(_tcp.Memory);
        if (State is TcpState.Closed or TcpState.TimeWait)
        {
            return;
        }

        // In CLOSING and LAST-ACK the peer has all that it will get; not so where our FIN still waits behind data.
        bool isToldAll = _isFinSent && State is (TcpState.Closing or TcpState.LastAck);
        if (State != TcpState.SynSent && !isToldAll)
        {
            SendReset(now);
        }

        Terminate(TcpError.ConnectionAborted);
    }

    /// <summary>Holds back segments that are not full.</summary>
    public void Cork() => IsCorked = true;

    /// <summary>Lets out what <see cref="Cork"/> held back.</summary>
    public void Uncork(Instant now)
    {
        IsCorked = false;
        if (State is not (TcpState.Closed or TcpState.TimeWait))
        {
            MarkReady();
        }
    }

    /// <summary>Changes the choices of the connection. Those that are settled by the handshake stay as they are.</summary>
    public void Change(TcpConnectionOptions options, Instant now)
    {
        ArgumentNullException.ThrowIfNull(options);
        Duration before = _options.UserTimeout;
        _options = options;
        NoDelay = options.NoDelay;
        if (State is not (TcpState.Closed or TcpState.TimeWait))
        {
            if (options.UserTimeout != before)
            {
                AdvertiseUserTimeout(now);
            }

            StartKeepAlive(now);
            SegmentSizeMayChange();
            MarkReady();
        }
    }

    /// <summary>Resets and forgets a connection that nobody has accepted.</summary>
    internal void Refuse(Instant now)
    {
        Listener = null;
        Abort(now);
    }

    /// <summary>The state that a FIN to be sent leads to.</summary>
    private void EnterClosingStates()
    {
        State = State switch
        {
            TcpState.Established => TcpState.FinWait1,
            TcpState.CloseWait => TcpState.LastAck,
            _ => State,
        };
    }
}
