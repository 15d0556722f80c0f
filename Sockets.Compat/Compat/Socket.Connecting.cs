using System.Net;
using System.Net.Sockets;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <content>Connecting.</content>
public sealed partial class Socket
{
    private Task? _connecting;

    /// <summary>Connects; blocks until the handshake is over. A datagram socket only remembers its peer.</summary>
    /// <param name="remoteEP">The peer: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/>.</param>
    /// <exception cref="SocketException">It was refused, timed out, there is no way there, or the socket is connected already. A socket
    /// that does not block reports <see cref="SocketError.WouldBlock"/> and goes on connecting.</exception>
    /// <exception cref="InvalidOperationException">The socket listens, or was disconnected.</exception>
    public void Connect(EndPoint remoteEP)
    {
        ValidateConnect(remoteEP);
        if (Blocking || !IsStream)
        {
            Stack.Block(ConnectAnyAsync(remoteEP, CancellationToken.None));
            return;
        }

        if (_connecting is not { IsCompleted: false })
        {
            _connecting = ConnectAnyAsync(remoteEP, CancellationToken.None);
        }

        throw Failure(SocketError.WouldBlock);
    }

    /// <inheritdoc cref="Connect(EndPoint)"/>
    public void Connect(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        Connect(new IPEndPoint(address, ValidPort(port)));
    }

    /// <summary>Connects to the first of some addresses that answers; blocks until then.</summary>
    /// <exception cref="SocketException">None of them answers: the error of the last.</exception>
    public void Connect(IPAddress[] addresses, int port) => Stack.Block(ConnectAsync(addresses, port));

    /// <summary>Connects to a host by name; blocks until the handshake is over.</summary>
    /// <exception cref="SocketException">The name is not known, or none of its addresses answers.</exception>
    public void Connect(string host, int port) => Stack.Block(ConnectAsync(host, port));

    /// <summary>Connects. A datagram socket only remembers its peer.</summary>
    /// <param name="remoteEP">The peer: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/>.</param>
    /// <exception cref="SocketException">It was refused, timed out, there is no way there, or the socket is connected already.</exception>
    /// <exception cref="InvalidOperationException">The socket listens, or was disconnected.</exception>
    public Task ConnectAsync(EndPoint remoteEP)
    {
        ValidateConnect(remoteEP);
        return ConnectAnyAsync(remoteEP, CancellationToken.None);
    }

    /// <summary>Connects.</summary>
    /// <param name="remoteEP">The peer.</param>
    /// <param name="cancellationToken">Gives up; a handshake under way is reset.</param>
    /// <inheritdoc cref="ConnectAsync(EndPoint)"/>
    public ValueTask ConnectAsync(EndPoint remoteEP, CancellationToken cancellationToken)
    {
        ValidateConnect(remoteEP);
        return new ValueTask(ConnectAnyAsync(remoteEP, cancellationToken));
    }

    /// <inheritdoc cref="ConnectAsync(EndPoint)"/>
    public Task ConnectAsync(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        return ConnectAsync(new IPEndPoint(address, ValidPort(port)));
    }

    /// <inheritdoc cref="ConnectAsync(EndPoint, CancellationToken)"/>
    public ValueTask ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        return ConnectAsync(new IPEndPoint(address, ValidPort(port)), cancellationToken);
    }

    /// <summary>Connects to the first of some addresses that answers.</summary>
    /// <exception cref="SocketException">None of them answers: the error of the last.</exception>
    public Task ConnectAsync(IPAddress[] addresses, int port) => ConnectAsync(addresses, port, CancellationToken.None).AsTask();

    /// <summary>Connects to the first of some addresses that answers.</summary>
    /// <exception cref="SocketException">None of them answers: the error of the last.</exception>
    public ValueTask ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(addresses);
        if (addresses.Length == 0)
        {
            throw new ArgumentException("The number of specified IP addresses has to be greater than 0.", nameof(addresses));
        }

        ValidPort(port);
        ThrowIfNotConnectable();
        return new ValueTask(ConnectFirstAsync(addresses, port, cancellationToken));
    }

    /// <summary>Connects to a host by name.</summary>
    /// <exception cref="SocketException">The name is not known, or none of its addresses answers.</exception>
    public Task ConnectAsync(string host, int port) => ConnectAsync(host, port, CancellationToken.None).AsTask();

    /// <summary>Connects to a host by name.</summary>
    /// <exception cref="SocketException">The name is not known, or none of its addresses answers.</exception>
    public ValueTask ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(host);
        ValidPort(port);
        ThrowIfNotConnectable();
        return new ValueTask(ConnectHostAsync(host, port, cancellationToken));
    }

    private static int ValidPort(int port) => port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
        ? port
        : throw new ArgumentOutOfRangeException(nameof(port));

    private void ValidateConnect(EndPoint remoteEP)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(remoteEP);
        ThrowIfNotConnectable();
    }

    private void ThrowIfNotConnectable()
    {
        if (_isDisconnected)
        {
            throw new InvalidOperationException("Once the socket has been disconnected, you can only connect again with a new socket.");
        }

        if (_listener is not null)
        {
            throw new InvalidOperationException("You may not perform this operation after calling the Listen method.");
        }

        if (_isConnected && IsStream)
        {
            throw Failure(SocketError.IsConnected);
        }
    }

    private Task ConnectAnyAsync(EndPoint remoteEP, CancellationToken cancellationToken) => remoteEP is DnsEndPoint name
        ? ConnectHostAsync(name.Host, name.Port, cancellationToken)
        : ConnectOneAsync(ToStack(remoteEP), cancellationToken);

    private async Task ConnectHostAsync(string host, int port, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> addresses = await Stack.FindAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        await ConnectFirstAsync(addresses, port, cancellationToken).ConfigureAwait(false);
    }

    private async Task ConnectFirstAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                await ConnectOneAsync(ToStack(new IPEndPoint(addresses[i], port)), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SocketException) when (i < addresses.Count - 1 && !_isDisposed)
            {
                // The next one may answer.
            }
        }
    }

    private async Task ConnectOneAsync(IPEndPoint remote, CancellationToken cancellationToken)
    {
        if (!IsStream)
        {
            await ConnectDatagramsAsync(remote).ConfigureAwait(false);
            return;
        }

        if (!_isFastOpenConnect || !await TryDeferAsync(remote).ConfigureAwait(false))
        {
            await OpenAsync(remote, default, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens the connection, with the first data on the SYN where there is any.</summary>
    private async Task OpenAsync(IPEndPoint remote, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            TcpConnectionOptions options = Volatile.Read(ref _choices);
            Task<NetworkConnection> opening = data.IsEmpty
                ? Stack.ConnectAsync(remote, _bound, options, cancellationToken)
                : Stack.ConnectAsync(remote, data, _bound, options, cancellationToken);
            Adopt(await opening.ConfigureAwait(false));
            FreeHeldPort();
        }
        catch (ObjectDisposedException)
        {
            // The stack has ended under the socket.
            throw Failure(SocketError.OperationAborted);
        }

        if (_isDisposed)
        {
            throw Failure(SocketError.OperationAborted);
        }
    }

    private async Task ConnectDatagramsAsync(IPEndPoint remote)
    {
        UdpTransfer transfer = await BoundDatagramsAsync(remote).ConfigureAwait(false);
        await transfer.Socket.ConnectAsync(remote).ConfigureAwait(false);
        _bound = transfer.Socket.LocalEndPoint;
        _peer = remote;
        _isConnected = true;
    }

    /// <summary>The datagram socket, bound to a free port where it is not bound.</summary>
    private async ValueTask<UdpTransfer> BoundDatagramsAsync(IPEndPoint remote)
    {
        if (_udp is null)
        {
            IPAddress any = remote.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
            DatagramSocket socket = await Stack.BindAsync(new IPEndPoint(any, 0), DatagramOptions()).ConfigureAwait(false);
            Open(socket);
        }

        return _udp!;
    }
}
