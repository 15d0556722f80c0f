using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <summary>
/// The look-alike of <see cref="System.Net.Sockets.Socket"/> over a <see cref="NetworkStack"/>: TCP (stream) and UDP
/// (datagram) sockets with the same members, arguments, exceptions and error codes.
/// </summary>
/// <remarks>
/// A socket belongs to the stack that was <see cref="NetworkStack.Default"/> when it was made, unless it was given one. Like the
/// platform's it may be used by several threads: receives are served in the order they were called, and so are sends.
/// <para>The synchronous members block the calling thread while the loop works; a program that serves many peers calls the
/// asynchronous ones.</para>
/// </remarks>
public sealed partial class Socket : IDisposable
{
    private readonly Lock _sync = new();
    private IPEndPoint? _bound;
    private NetworkListener? _listener;
    private TcpTransfer? _tcp;
    private UdpTransfer? _udp;
    private IPEndPoint? _peer;
    private volatile bool _isConnected;
    private volatile bool _isDisconnected;
    private volatile bool _isDisposed;

    /// <summary>Makes a socket of the default stack.</summary>
    /// <param name="addressFamily"><see cref="AddressFamily.InterNetwork"/>, or <see cref="AddressFamily.InterNetworkV6"/>.</param>
    /// <param name="socketType"><see cref="SocketType.Stream"/> or <see cref="SocketType.Dgram"/>.</param>
    /// <param name="protocolType"><see cref="ProtocolType.Tcp"/> or <see cref="ProtocolType.Udp"/>, as the type of socket asks for.</param>
    /// <exception cref="SocketException">The stack has no such sockets.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public Socket(AddressFamily addressFamily, SocketType socketType, ProtocolType protocolType)
        : this(NetworkStack.Current, addressFamily, socketType, protocolType)
    {
    }

    /// <summary>Makes a socket of the default stack for either family of addresses.</summary>
    /// <inheritdoc cref="Socket(AddressFamily, SocketType, ProtocolType)"/>
    public Socket(SocketType socketType, ProtocolType protocolType)
        : this(OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, socketType, protocolType)
    {
    }

    /// <summary>Makes a socket of a given stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="addressFamily"><see cref="AddressFamily.InterNetwork"/>, or <see cref="AddressFamily.InterNetworkV6"/>.</param>
    /// <param name="socketType"><see cref="SocketType.Stream"/> or <see cref="SocketType.Dgram"/>.</param>
    /// <param name="protocolType"><see cref="ProtocolType.Tcp"/> or <see cref="ProtocolType.Udp"/>, as the type of socket asks for.</param>
    /// <exception cref="SocketException">The stack has no such sockets.</exception>
    public Socket(NetworkStack stack, AddressFamily addressFamily, SocketType socketType, ProtocolType protocolType)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (addressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw Failure(SocketError.AddressFamilyNotSupported);
        }

        bool isKnown = socketType switch
        {
            SocketType.Stream => protocolType is ProtocolType.Tcp or ProtocolType.Unspecified,
            SocketType.Dgram => protocolType is ProtocolType.Udp or ProtocolType.Unspecified,
            _ => false,
        };
        if (!isKnown)
        {
            throw Failure(SocketError.ProtocolNotSupported);
        }

        Stack = stack;
        _choices = stack.Loop.Tcp.Options.Connection;
        AddressFamily = addressFamily;
        SocketType = socketType;
        ProtocolType = protocolType;
    }

    /// <summary>A connection that was accepted.</summary>
    private Socket(Socket listening, NetworkConnection connection)
        : this(listening.Stack, listening.AddressFamily, SocketType.Stream, listening.ProtocolType)
    {
        CopyOptions(listening);
        _choices = connection.Options;
        Adopt(connection);
    }

    /// <summary>Whether sockets of IPv4 can be made: they can.</summary>
    public static bool OSSupportsIPv4 => true;

    /// <summary>
    /// Whether the stack speaks IPv6. It does not yet: a socket of that family reaches IPv4 peers only, by their mapped addresses, as
    /// a dual-mode socket of the platform does.
    /// </summary>
    public static bool OSSupportsIPv6 => false;

    /// <summary>The stack it belongs to.</summary>
    public NetworkStack Stack { get; }

    /// <summary>The family of its addresses.</summary>
    public AddressFamily AddressFamily { get; }

    /// <summary>Stream or datagram.</summary>
    public SocketType SocketType { get; }

    /// <summary>TCP or UDP.</summary>
    public ProtocolType ProtocolType { get; }

    /// <summary>Whether it is bound to an address and port.</summary>
    public bool IsBound => _bound is not null;

    /// <summary>Whether it was connected as of the last operation.</summary>
    public bool Connected => _isConnected && !_isDisposed;

    /// <summary>Its own address and port; null before it is bound.</summary>
    public EndPoint? LocalEndPoint
    {
        get
        {
            ThrowIfDisposed();
            return _bound is { } bound ? OfFamily(bound) : null;
        }
    }

    /// <summary>The peer's address and port; null where it has none.</summary>
    public EndPoint? RemoteEndPoint
    {
        get
        {
            ThrowIfDisposed();
            return _isConnected && _peer is { } peer ? OfFamily(peer) : null;
        }
    }

    /// <summary>The bytes that a receive would return at once; of a datagram socket, the length of the next datagram.</summary>
    public int Available
    {
        get
        {
            ThrowIfDisposed();
            return _tcp?.Available ?? _udp?.Available ?? 0;
        }
    }

    private bool IsStream => SocketType == SocketType.Stream;

    private static SocketException Failure(SocketError error) => new((int)error);

    /// <summary>What the error of an operation means for the socket; always false, so that the exception goes on.</summary>
    private bool NoteFailure(SocketException exception)
    {
        if (exception.SocketErrorCode is not (SocketError.WouldBlock or SocketError.IOPending or SocketError.NoBufferSpaceAvailable
            or SocketError.TimedOut or SocketError.OperationAborted) && _isConnected)
        {
            Disconnected();
        }

        return false;
    }

    private void Disconnected()
    {
        _isDisconnected = true;
        _isConnected = false;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <summary>A socket of IPv6 tells of IPv4 addresses in their mapped form.</summary>
    private IPEndPoint OfFamily(IPEndPoint endPoint)
    {
        if (AddressFamily == AddressFamily.InterNetwork || endPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return endPoint;
        }

        bool isAny = endPoint.Address.Equals(IPAddress.Any);
        return new IPEndPoint(isAny ? IPAddress.IPv6Any : endPoint.Address.MapToIPv6(), endPoint.Port);
    }

    /// <summary>The address and port that a caller gave, as the stack takes it.</summary>
    /// <exception cref="SocketException">It is of a family that the socket cannot reach.</exception>
    private IPEndPoint ToStack(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint given
            || (AddressFamily == AddressFamily.InterNetwork && given.AddressFamily != AddressFamily.InterNetwork && !given.Address.IsIPv4MappedToIPv6))
        {
            throw Failure(SocketError.AddressFamilyNotSupported);
        }

        return given.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(given.Address.MapToIPv4(), given.Port) : given;
    }

    [MemberNotNull(nameof(_tcp))]
    private void Adopt(NetworkConnection connection)
    {
        lock (_sync)
        {
            _tcp = new TcpTransfer(Stack, connection) { IsUrgentInline = _isUrgentInline };
            _bound = connection.LocalEndPoint;
            _peer = connection.RemoteEndPoint;
            _isConnected = !_isDisposed;
            PassOnChoices();
            if (_isCorked)
            {
                _ = connection.Loop.TryCallAsync(_ => connection.Cork());
            }

            if (_isDisposed)
            {
                // Closed while it was opened.
                _tcp.Close(isAbortive: true);
            }
        }
    }
}
