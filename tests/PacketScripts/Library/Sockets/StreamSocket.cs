using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>
/// A TCP socket with the semantics of Linux. What arrives is taken from the connection at once and lies here until it is
/// read, so that it outlives a reset, as it does there.
/// </summary>
internal sealed partial class StreamSocket : SocketDescriptor
{
    private readonly ByteQueue _received = new();
    private TcpConnectionOptions _options;
    private TcpListenEndpoint? _listener;
    private TcpConnection? _connection;
    private StreamPhase _phase;

    // sk_shutdown, by its halves: by the peer's FIN or the end of the connection, and by shutdown(2).
    private bool _isReceiveShut;
    private bool _isSendShut;

    // SOCK_DONE: the stream has ended in good order.
    private bool _isDone;

    // The connection is in CLOSED or TIME-WAIT, which for a socket is TCP_CLOSE.
    private bool _isOver;

    public StreamSocket(ScriptedHost host, int number, int family)
        : base(host, number, family)
    {
        _options = host.Tcp.Options.Connection;
    }

    private StreamSocket(ScriptedHost host, int number, StreamSocket listener, TcpConnection connection)
        : base(host, number, listener.Family)
    {
        Choices = listener.Choices.Inherit();
        Bound = connection.LocalEndPoint;
        CopyStreamChoices(listener);
        _options = connection.Options;
        _phase = StreamPhase.Connected;
        _connection = connection;
        connection.User = this;
    }

    public override int Type => LinuxFamily.Stream;

    public override int Protocol => LinuxFamily.Tcp;

    public override bool IsListening => _phase == StreamPhase.Listening;

    /// <remarks>As <c>tcp_poll</c> of Linux has it.</remarks>
    public override uint Readiness
    {
        get
        {
            if (_listener is not null)
            {
                return _listener.AcceptQueueLength > 0 ? LinuxPoll.Readable : 0;
            }

            LinuxTcpState state = State;
            uint ready = Error != 0 ? LinuxPoll.Error : 0;
            if ((_isReceiveShut && _isSendShut) || state == LinuxTcpState.Close)
            {
                ready |= LinuxPoll.HangUp;
            }

            if (_isReceiveShut)
            {
                ready |= LinuxPoll.Readable | LinuxPoll.ReadHangUp;
            }

            if (_deferredRemote is not null)
            {
                // The connection opens with what is written first.
                return LinuxPoll.Writable;
            }

            if (_phase == StreamPhase.Connecting && IsHalfOpen)
            {
                return ready;
            }

            if (_received.LengthBytes >= Choices.ReceiveLowWater + (IsAtMark && !IsInline ? 1 : 0))
            {
                ready |= LinuxPoll.Readable;
            }

            if (_urgent == UrgentState.Here)
            {
                ready |= LinuxPoll.Priority;
            }

            if (_isSendShut || IsWritable)
            {
                ready |= LinuxPoll.Writable;
            }
            else
            {
                _wantsSpace = true;
            }

            return ready;
        }
    }

    private bool IsHalfOpen => State is LinuxTcpState.SynSent or LinuxTcpState.SynReceived;

    private LinuxTcpState State => _listener is not null ? LinuxTcpState.Listen
        : _connection is null || _isOver ? LinuxTcpState.Close
        : _connection.State switch
        {
            TcpState.SynSent => LinuxTcpState.SynSent,
            TcpState.SynReceived => LinuxTcpState.SynReceived,
            TcpState.Established => LinuxTcpState.Established,
            TcpState.FinWait1 => LinuxTcpState.FinWait1,
            TcpState.FinWait2 => LinuxTcpState.FinWait2,
            TcpState.CloseWait => LinuxTcpState.CloseWait,
            TcpState.Closing => LinuxTcpState.Closing,
            TcpState.LastAck => LinuxTcpState.LastAck,
            _ => LinuxTcpState.Close,
        };

    /// <summary>The connection has news.</summary>
    public void ConnectionActive(TcpEvents events, Instant now)
    {
        TcpConnection connection = _connection!;
        if ((events & TcpEvents.Connected) != 0)
        {
            Bound = connection.LocalEndPoint;
            Wake(0);
        }

        if ((events & TcpEvents.Urgent) != 0)
        {
            UrgentArrives(connection);
        }

        if (TakeReceived(connection))
        {
            Wake(LinuxPoll.ReadKey);
            UrgentMayBeHere();
        }

        if (connection.IsReceiveFinished && !_isDone)
        {
            _isDone = true;
            _isReceiveShut = true;
            Wake(0);
        }

        if ((events & TcpEvents.Closed) != 0)
        {
            ConnectionEnded(connection.Error);
        }
    }

    /// <summary>A connection waits to be accepted.</summary>
    public void EndpointActive() => Wake(LinuxPoll.ReadKey);

    /// <summary>Tells those who wait for room that there is some, once.</summary>
    public void SpaceMayHaveOpened()
    {
        if (_wantsSpace && _connection is not null && IsWritable)
        {
            _wantsSpace = false;
            Wake(LinuxPoll.WriteKey);
        }
    }

    public override void Close()
    {
        base.Close();
        Instant now = Host.Now;
        _listener?.Close(now);
        _listener = null;
        if (_connection is not { } connection)
        {
            return;
        }

        connection.User = null;
        if (!_isOver && (_received.LengthBytes > 0 || Choices.LingerSeconds == 0))
        {
            // Data that nobody reads, or a linger time of zero: the peer is told by a reset.
            connection.Abort(now);
        }

        connection.Close(now);
        _isOver = true;
    }

    /// <summary>Whether close(2) has to wait, because of SO_LINGER.</summary>
    public bool Lingers => Choices.LingerSeconds > 0 && _connection is not null && !_isOver;

    /// <summary>Whether what was sent before close(2) is acknowledged, or the connection over.</summary>
    public bool IsFlushed => _connection!.State is TcpState.FinWait2 or TcpState.TimeWait or TcpState.Closed;

    private void ConnectionEnded(TcpError error)
    {
        bool wasCloseWait = _isDone && !_isSendShut;
        _isOver = true;
        _isReceiveShut = true;
        _isSendShut = true;
        Error = error switch
        {
            TcpError.ConnectionReset when wasCloseWait => LinuxError.BrokenPipe,
            _ => NumberOf(error),
        };
        if (Error != 0)
        {
            Wake(LinuxPoll.Error);
        }

        Wake(0);
    }

    private bool TakeReceived(TcpConnection connection)
    {
        bool isAny = false;
        while (connection.TakeReceived() is { } chain)
        {
            isAny = true;
            chain.CopyTo(_received.Extend(chain.TotalLength));
            Host.Pool.Return(chain);
        }

        return isAny;
    }

    private static int NumberOf(TcpError error) => error switch
    {
        TcpError.None => 0,
        TcpError.AddressInUse or TcpError.AddressNotAvailable or TcpError.PortsExhausted => LinuxError.AddressNotAvailable,
        TcpError.InvalidRemote or TcpError.NetworkUnreachable => LinuxError.NetworkUnreachable,
        TcpError.HostUnreachable => LinuxError.HostUnreachable,
        TcpError.ConnectionRefused => LinuxError.ConnectionRefused,
        TcpError.ConnectionReset => LinuxError.ConnectionReset,
        TcpError.TimedOut => LinuxError.TimedOut,
        TcpError.ConnectionAborted => LinuxError.ConnectionAborted,
        TcpError.OutOfMemory => LinuxError.OutOfMemory,
        _ => LinuxError.Io,
    };
}
