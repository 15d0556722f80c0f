using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <summary>The look-alike of <see cref="System.Net.Sockets.TcpClient"/>: a TCP connection of the default stack.</summary>
public class TcpClient : IDisposable
{
    private readonly Socket _socket;
    private NetworkStream? _stream;
    private int _isDisposed;

    /// <summary>Makes a client of the default stack.</summary>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public TcpClient()
        : this(new Socket(SocketType.Stream, ProtocolType.Tcp))
    {
    }

    /// <summary>Makes a client of the default stack.</summary>
    /// <param name="family">The family of addresses.</param>
    /// <exception cref="ArgumentException">TCP has no addresses of that family.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public TcpClient(AddressFamily family)
        : this(new Socket(ValidFamily(family), SocketType.Stream, ProtocolType.Tcp))
    {
    }

    /// <summary>Makes a client of the default stack, bound to an address and port.</summary>
    /// <exception cref="SocketException">They are in use, or none of the stack's.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public TcpClient(IPEndPoint localEP)
        : this(new Socket(FamilyOf(localEP), SocketType.Stream, ProtocolType.Tcp)) => _socket.Bind(localEP);

    /// <summary>Makes a client of the default stack and connects it; blocks until the handshake is over.</summary>
    /// <exception cref="SocketException">The name is not known, or none of its addresses answers.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public TcpClient(string hostname, int port)
        : this(SocketFor(hostname, port))
    {
        try
        {
            _socket.Connect(hostname, port);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes a client of a given stack.</summary>
    /// <param name="stack">The stack.</param>
    public TcpClient(NetworkStack stack)
        : this(new Socket(stack, Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
    {
    }

    internal TcpClient(Socket socket) => _socket = socket;

    /// <summary>The socket; null once the client is closed.</summary>
    public Socket Client => _isDisposed == 0 ? _socket : null!;

    /// <summary>Whether it was connected as of the last operation.</summary>
    public bool Connected => _isDisposed == 0 && _socket.Connected;

    /// <summary>The bytes that a read would return at once.</summary>
    public int Available => _isDisposed == 0 ? _socket.Available : 0;

    /// <inheritdoc cref="Socket.ExclusiveAddressUse"/>
    public bool ExclusiveAddressUse
    {
        get => _socket.ExclusiveAddressUse;
        set => _socket.ExclusiveAddressUse = value;
    }

    /// <inheritdoc cref="Socket.ReceiveBufferSize"/>
    public int ReceiveBufferSize
    {
        get => _socket.ReceiveBufferSize;
        set => _socket.ReceiveBufferSize = value;
    }

    /// <inheritdoc cref="Socket.SendBufferSize"/>
    public int SendBufferSize
    {
        get => _socket.SendBufferSize;
        set => _socket.SendBufferSize = value;
    }

    /// <inheritdoc cref="Socket.ReceiveTimeout"/>
    public int ReceiveTimeout
    {
        get => _socket.ReceiveTimeout;
        set => _socket.ReceiveTimeout = value;
    }

    /// <inheritdoc cref="Socket.SendTimeout"/>
    public int SendTimeout
    {
        get => _socket.SendTimeout;
        set => _socket.SendTimeout = value;
    }

    /// <inheritdoc cref="Socket.LingerState"/>
    public LingerOption? LingerState
    {
        get => _socket.LingerState;
        set => _socket.LingerState = value;
    }

    /// <inheritdoc cref="Socket.NoDelay"/>
    public bool NoDelay
    {
        get => _socket.NoDelay;
        set => _socket.NoDelay = value;
    }

    /// <summary>Connects to a host by name; blocks until the handshake is over.</summary>
    /// <exception cref="SocketException">The name is not known, or none of its addresses answers.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public void Connect(string hostname, int port)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(hostname);
        _socket.Connect(hostname, port);
    }

    /// <summary>Connects; blocks until the handshake is over.</summary>
    /// <exception cref="SocketException">It was refused, timed out, or there is no way there.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public void Connect(IPAddress address, int port)
    {
        ThrowIfDisposed();
        _socket.Connect(address, port);
    }

    /// <inheritdoc cref="Connect(IPAddress, int)"/>
    public void Connect(IPEndPoint remoteEP)
    {
        ThrowIfDisposed();
        _socket.Connect(remoteEP);
    }

    /// <summary>Connects to the first of some addresses that answers; blocks until then.</summary>
    /// <exception cref="SocketException">None of them answers: the error of the last.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public void Connect(IPAddress[] ipAddresses, int port)
    {
        ThrowIfDisposed();
        _socket.Connect(ipAddresses, port);
    }

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">It was refused, timed out, or there is no way there.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public Task ConnectAsync(IPAddress address, int port) => ConnectAsync(address, port, CancellationToken.None).AsTask();

    /// <inheritdoc cref="ConnectAsync(IPAddress, int)"/>
    public ValueTask ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _socket.ConnectAsync(address, port, cancellationToken);
    }

    /// <inheritdoc cref="ConnectAsync(IPAddress, int)"/>
    public Task ConnectAsync(IPEndPoint remoteEP) => ConnectAsync(remoteEP, CancellationToken.None).AsTask();

    /// <inheritdoc cref="ConnectAsync(IPAddress, int)"/>
    public ValueTask ConnectAsync(IPEndPoint remoteEP, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _socket.ConnectAsync(remoteEP, cancellationToken);
    }

    /// <summary>Connects to a host by name.</summary>
    /// <exception cref="SocketException">The name is not known, or none of its addresses answers.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public Task ConnectAsync(string host, int port) => ConnectAsync(host, port, CancellationToken.None).AsTask();

    /// <inheritdoc cref="ConnectAsync(string, int)"/>
    public ValueTask ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _socket.ConnectAsync(host, port, cancellationToken);
    }

    /// <summary>Connects to the first of some addresses that answers.</summary>
    /// <exception cref="SocketException">None of them answers: the error of the last.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public Task ConnectAsync(IPAddress[] addresses, int port) => ConnectAsync(addresses, port, CancellationToken.None).AsTask();

    /// <inheritdoc cref="ConnectAsync(IPAddress[], int)"/>
    public ValueTask ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _socket.ConnectAsync(addresses, port, cancellationToken);
    }

    /// <summary>The connection as a stream, one and the same at every call. Closing it closes the connection.</summary>
    /// <exception cref="InvalidOperationException">It is not connected.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public NetworkStream GetStream()
    {
        ThrowIfDisposed();
        if (!Connected)
        {
            throw new InvalidOperationException("The operation is not allowed on non-connected sockets.");
        }

        return _stream ??= new NetworkStream(_socket, ownsSocket: true);
    }

    /// <summary>Closes the connection.</summary>
    public void Close() => Dispose();

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the connection.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (_stream is { } stream)
        {
            stream.Dispose();
        }
        else
        {
            _socket.ShutdownAndClose(timeoutMilliseconds: 0);
        }
    }

    private static AddressFamily ValidFamily(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 => family,
        AddressFamily.Unknown => Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork,
        _ => throw new ArgumentException("'TCP' Client can only accept InterNetwork or InterNetworkV6 addresses.", nameof(family)),
    };

    private static AddressFamily FamilyOf(IPEndPoint localEP)
    {
        ArgumentNullException.ThrowIfNull(localEP);
        return localEP.AddressFamily;
    }

    private static Socket SocketFor(string hostname, int port)
    {
        ArgumentNullException.ThrowIfNull(hostname);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)port, (uint)IPEndPoint.MaxPort, nameof(port));
        return new Socket(SocketType.Stream, ProtocolType.Tcp);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
}
