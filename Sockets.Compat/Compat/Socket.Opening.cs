using System.Net;
using System.Net.Sockets;
using NetStack.IP;

namespace NetStack.Sockets;

/// <content>Binding, listening and accepting.</content>
public sealed partial class Socket
{
    private const int LargestBacklog = 4096;

    /// <summary>The port of the stack that is held for a bound stream socket which does not listen or connect yet; 0: none.</summary>
    private ushort _heldPort;

    /// <summary>Binds to an address and port of the stack.</summary>
    /// <param name="localEP">The address, unspecified for all, and the port; 0 takes a free one.</param>
    /// <exception cref="SocketException">The address is in use, none of the stack's, or the socket is bound already.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void Bind(EndPoint localEP)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(localEP);
        IPEndPoint local = ToStack(localEP);
        if (_bound is not null)
        {
            throw Failure(SocketError.InvalidArgument);
        }

        if (IsStream)
        {
            IpEndPoint held = Stack.Block(new ValueTask<IpEndPoint>(Stack.BindPortAsync(IpEndPoint.From(local))));
            _heldPort = held.Port;
            _bound = new IPEndPoint(local.Address, held.Port);
        }
        else
        {
            Open(Stack.Block(new ValueTask<DatagramSocket>(Stack.BindAsync(local, DatagramOptions()))));
        }
    }

    /// <summary>Listens for connections.</summary>
    public void Listen() => Listen(int.MaxValue);

    /// <summary>Listens for connections. A socket that is not bound takes a free port on all addresses.</summary>
    /// <param name="backlog">The connections that may wait to be accepted.</param>
    /// <exception cref="SocketException">Somebody else listens there, or it is no stream socket.</exception>
    public void Listen(int backlog)
    {
        ThrowIfDisposed();
        if (!IsStream)
        {
            throw Failure(SocketError.OperationNotSupported);
        }

        if (_tcp is not null)
        {
            throw Failure(SocketError.InvalidArgument);
        }

        if (_listener is not null)
        {
            return;
        }

        IPEndPoint local = _bound ?? new IPEndPoint(IPAddress.Any, 0);
        Task<NetworkListener> listening = Stack.ListenAsync(local, Math.Clamp(backlog, 1, LargestBacklog), Volatile.Read(ref _choices));
        NetworkListener listener = Stack.Block(new ValueTask<NetworkListener>(listening));
        lock (_sync)
        {
            _listener = listener;
            PassOnChoices();
        }

        _bound = new IPEndPoint(local.Address, _listener.LocalEndPoint.Port);
        FreeHeldPort();
        if (_isDisposed)
        {
            _ = _listener.DisposeAsync().AsTask();
        }
    }

    /// <summary>Accepts a connection; blocks until there is one.</summary>
    /// <exception cref="SocketException">The socket does not block and there is none, or it was closed meanwhile.</exception>
    /// <exception cref="InvalidOperationException">The socket does not listen.</exception>
    public Socket Accept()
    {
        NetworkListener listener = Listener();
        if (!Blocking)
        {
            return listener.TryAccept(out NetworkConnection? connection)
                ? new Socket(this, connection)
                : throw Failure(SocketError.WouldBlock);
        }

        using Deadline deadline = new(ReceiveTimeout);
        try
        {
            return new Socket(this, Stack.Block(listener.AcceptAsync(deadline.Token)));
        }
        catch (OperationCanceledException)
        {
            throw Failure(SocketError.TimedOut);
        }
        catch (ObjectDisposedException)
        {
            throw Failure(SocketError.Interrupted);
        }
    }

    /// <summary>Accepts a connection.</summary>
    /// <exception cref="SocketException">The socket was closed meanwhile.</exception>
    /// <exception cref="InvalidOperationException">The socket does not listen.</exception>
    public Task<Socket> AcceptAsync() => AcceptAsync(CancellationToken.None).AsTask();

    /// <summary>Accepts a connection.</summary>
    /// <param name="acceptSocket">Null: the platform's offer to reuse a socket is not made.</param>
    public Task<Socket> AcceptAsync(Socket? acceptSocket) => AcceptAsync(acceptSocket, CancellationToken.None).AsTask();

    /// <summary>Accepts a connection.</summary>
    /// <param name="acceptSocket">Null: the platform's offer to reuse a socket is not made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<Socket> AcceptAsync(Socket? acceptSocket, CancellationToken cancellationToken) =>
        acceptSocket is null
            ? AcceptAsync(cancellationToken)
            : throw new NotSupportedException("An accepted connection gets a socket of its own: pass null.");

    /// <summary>Accepts a connection.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">The socket was closed meanwhile.</exception>
    /// <exception cref="InvalidOperationException">The socket does not listen.</exception>
    public ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        return AcceptAsync(Listener(), cancellationToken);

        async ValueTask<Socket> AcceptAsync(NetworkListener listener, CancellationToken token)
        {
            try
            {
                return new Socket(this, await listener.AcceptAsync(token).ConfigureAwait(false));
            }
            catch (ObjectDisposedException)
            {
                throw Failure(SocketError.OperationAborted);
            }
        }
    }

    private NetworkListener Listener()
    {
        ThrowIfDisposed();
        if (_bound is null)
        {
            throw new InvalidOperationException("You must call the Bind method before performing this operation.");
        }

        return _listener ?? throw new InvalidOperationException("You must call the Listen method before performing this operation.");
    }

    private void Open(DatagramSocket socket)
    {
        lock (_sync)
        {
            _udp = new UdpTransfer(Stack, socket);
            _bound = socket.LocalEndPoint;
            if (_isDisposed)
            {
                _udp.Close();
            }
        }
    }

    private void FreeHeldPort()
    {
        ushort port = _heldPort;
        _heldPort = 0;
        if (port != 0)
        {
            _ = Stack.FreePortAsync(port);
        }
    }
}
