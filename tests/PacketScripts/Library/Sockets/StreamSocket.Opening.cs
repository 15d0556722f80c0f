using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

// bind, listen, accept, connect, shutdown.
internal sealed partial class StreamSocket
{
    /// <summary>What a backlog below zero, or beyond it, comes down to: net.core.somaxconn.</summary>
    private const int GreatestBacklog = 4096;

    public override long Bind(IpEndPoint local)
    {
        if (State != LinuxTcpState.Close || Bound is not null)
        {
            return -LinuxError.Invalid;
        }

        if (!local.Address.IsAny && !Host.Ip.IsLocal(local.Address) && !Choices.IsFreeBind)
        {
            return -LinuxError.AddressNotAvailable;
        }

        if (local.Port != 0 && IsTaken(local))
        {
            return -LinuxError.AddressInUse;
        }

        Bound = local;
        return 0;
    }

    public override long Listen(int backlog)
    {
        // The accept queue of Linux holds one more than it is asked for.
        int waiting = (int)Math.Min((uint)backlog, GreatestBacklog) + 1;
        if (_listener is not null)
        {
            _listener.Backlog = waiting;
            return 0;
        }

        if (_phase != StreamPhase.Unconnected || State != LinuxTcpState.Close)
        {
            return -LinuxError.Invalid;
        }

        IpEndPoint local = Bound ?? new IpEndPoint(IpAddress.AnyV4, 0);
        if (local.Port != 0 && IsTaken(local))
        {
            return -LinuxError.AddressInUse;
        }

        _listener = Host.Tcp.Listen(local, waiting, ListenOptions, out TcpError error);
        if (_listener is null)
        {
            return error == TcpError.AddressInUse ? -LinuxError.AddressInUse : -NumberOf(error);
        }

        _listener.User = this;
        _phase = StreamPhase.Listening;
        Bound = _listener.LocalEndPoint;
        _connection = null;
        return 0;
    }

    public Instant AcceptDeadline => ReceiveDeadline;

    /// <summary>accept(2): the number of a new descriptor, and who connected.</summary>
    public long Accept(out IpEndPoint peer)
    {
        peer = default;
        if (_listener is null)
        {
            return -LinuxError.Invalid;
        }

        if (_listener.TryAccept() is not { } connection)
        {
            return BlockedCall.Waits;
        }

        peer = connection.RemoteEndPoint;
        return Host.Add(number => new StreamSocket(Host, number, this, connection));
    }

    public override long Connect(IpEndPoint remote)
    {
        switch (_phase)
        {
            case StreamPhase.Listening or StreamPhase.Connected:
            case StreamPhase.Connecting when _deferredRemote is not null:
                return -LinuxError.IsConnected;
            case StreamPhase.Connecting:
                return Host.Call(!IsNonBlocking, -LinuxError.Already, SendDeadline, ConnectionResult);
        }

        if (remote.Address.IsAny)
        {
            // Linux takes it for ourselves.
            remote = remote with { Address = Host.Flags.Local };
        }

        return Host.Call(!IsNonBlocking, -LinuxError.InProgress, SendDeadline, () =>
        {
            if (_phase != StreamPhase.Connecting && _isFastOpenConnect && Host.Tcp.FastOpenBytes(remote.Address, Host.Now) > 0)
            {
                _deferredRemote = remote;
                _phase = StreamPhase.Connecting;
                return 0;
            }

            return Open(remote, _isFastOpenConnect);
        });
    }

    public override long Disconnect()
    {
        if (_phase == StreamPhase.Listening)
        {
            _listener!.Close(Host.Now);
            _listener = null;
        }
        else if (_connection is { } connection)
        {
            connection.User = null;
            connection.Abort(Host.Now);
            connection.Close(Host.Now);
            _connection = null;
        }

        _phase = StreamPhase.Unconnected;
        _deferredRemote = null;
        _isOver = _isDone = _isReceiveShut = _isSendShut = false;
        _received.RemoveFront(_received.LengthBytes);
        _urgent = UrgentState.None;
        Error = 0;
        return 0;
    }

    public override long Shutdown(int how)
    {
        bool receives = how is 0 or 2;
        bool sends = how is 1 or 2;
        if (!receives && !sends)
        {
            return -LinuxError.Invalid;
        }

        LinuxTcpState state = State;
        if (state is LinuxTcpState.SynSent || (state == LinuxTcpState.Listen && receives))
        {
            Disconnect();
            Wake(0);
            return 0;
        }

        _isReceiveShut |= receives;
        _isSendShut |= sends;
        Wake(0);
        if (state == LinuxTcpState.Close)
        {
            return -LinuxError.NotConnected;
        }

        if (sends)
        {
            _connection?.Shutdown(Host.Now);
        }

        if (_isReceiveShut && _isSendShut && _connection?.State is TcpState.FinWait1 or TcpState.FinWait2)
        {
            // Nobody reads: what arrives from now on is answered with a reset.
            _connection!.StopReceiving(Host.Now);
        }

        return 0;
    }

    /// <summary>The choices of connections to be accepted.</summary>
    private TcpConnectionOptions ListenOptions => _options with { FastOpen = Host.Flags.FastOpen && _fastOpenQueue > 0 };

    private long Open(IpEndPoint remote, bool isFast)
    {
        if (_phase == StreamPhase.Connecting)
        {
            return ConnectionResult();
        }

        _isOver = _isDone = _isReceiveShut = _isSendShut = false;
        _connection = Host.Tcp.Connect(Bound, remote, _options with { FastOpen = isFast }, Host.Now, out TcpError error);
        if (_connection is null)
        {
            return -NumberOf(error);
        }

        _connection.User = this;
        _phase = StreamPhase.Connecting;
        return BlockedCall.Waits;
    }

    /// <summary>What became of the connection that is being opened.</summary>
    private long ConnectionResult()
    {
        switch (State)
        {
            case LinuxTcpState.SynSent or LinuxTcpState.SynReceived:
                return BlockedCall.Waits;
            case LinuxTcpState.Close when !_isDone:
                _phase = StreamPhase.Unconnected;
                int error = TakeError();
                return error == 0 ? -LinuxError.ConnectionAborted : -error;
            default:
                _phase = StreamPhase.Connected;
                return 0;
        }
    }
}
