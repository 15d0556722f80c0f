using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <summary>The look-alike of <see cref="System.Net.Sockets.TcpListener"/>: listens for connections on the default stack.</summary>
public class TcpListener : IDisposable
{
    private readonly NetworkStack _stack;
    private readonly IPEndPoint _given;
    private Socket? _socket;

    /// <summary>Listens on an address and port of the default stack, once started.</summary>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public TcpListener(IPEndPoint localEP)
        : this(NetworkStack.Current, localEP)
    {
    }

    /// <summary>Listens on an address and port of the default stack, once started.</summary>
    /// <param name="localaddr">The address; unspecified for all.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public TcpListener(IPAddress localaddr, int port)
        : this(NetworkStack.Current, EndPointOf(localaddr, port))
    {
    }

    /// <summary>Listens on an address and port of a given stack, once started.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="localEP">The address, unspecified for all, and the port; 0 takes a free one.</param>
    public TcpListener(NetworkStack stack, IPEndPoint localEP)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(localEP);
        _stack = stack;
        _given = localEP;
    }

    /// <summary>The socket that listens; made when it is asked for first, or at the start.</summary>
    public Socket Server => _socket ??= new Socket(_stack, _given.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>The address and port it listens on; before the start, those it was given.</summary>
    public EndPoint LocalEndpoint => Active ? _socket.LocalEndPoint! : _given;

    /// <summary>Whether no other socket may be bound to the same port: the stack always sees to that.</summary>
    /// <exception cref="InvalidOperationException">It is set while the listener is started.</exception>
    public bool ExclusiveAddressUse
    {
        get => Server.ExclusiveAddressUse;
        set
        {
            if (Active)
            {
                throw new InvalidOperationException("The TcpListener must not be listening before performing this operation.");
            }

            Server.ExclusiveAddressUse = value;
        }
    }

    /// <summary>Whether it is started.</summary>
    [MemberNotNullWhen(true, nameof(_socket))]
    protected bool Active { get; private set; }

    /// <summary>A listener for all addresses of the default stack.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public static TcpListener Create(int port) =>
        new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">Somebody else listens there, or the address is none of the stack's.</exception>
    public void Start() => Start((int)SocketOptionName.MaxConnections);

    /// <summary>Begins to listen.</summary>
    /// <param name="backlog">The connections that may wait to be accepted.</param>
    /// <exception cref="SocketException">Somebody else listens there, or the address is none of the stack's.</exception>
    public void Start(int backlog)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(backlog);
        if (Active)
        {
            return;
        }

        Socket socket = Server;
        socket.Bind(_given);
        try
        {
            socket.Listen(backlog);
        }
        catch (SocketException)
        {
            Stop();
            throw;
        }

        Active = true;
    }

    /// <summary>Stops listening. Connections that nobody accepted are reset. It may be started again.</summary>
    public void Stop()
    {
        _socket?.Dispose();
        Active = false;
        _socket = null;
    }

    /// <summary>Whether a connection waits to be accepted.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    public bool Pending() => Listening().Poll(0, SelectMode.SelectRead);

    /// <summary>Accepts a connection; blocks until there is one.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    /// <exception cref="SocketException">It was stopped meanwhile.</exception>
    public Socket AcceptSocket() => Listening().Accept();

    /// <summary>Accepts a connection; blocks until there is one.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    /// <exception cref="SocketException">It was stopped meanwhile.</exception>
    public TcpClient AcceptTcpClient() => new(AcceptSocket());

    /// <summary>Accepts a connection.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    /// <exception cref="SocketException">It was stopped meanwhile.</exception>
    public Task<Socket> AcceptSocketAsync() => AcceptSocketAsync(CancellationToken.None).AsTask();

    /// <inheritdoc cref="AcceptSocketAsync()"/>
    public ValueTask<Socket> AcceptSocketAsync(CancellationToken cancellationToken) => Listening().AcceptAsync(cancellationToken);

    /// <summary>Accepts a connection.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    /// <exception cref="SocketException">It was stopped meanwhile.</exception>
    public Task<TcpClient> AcceptTcpClientAsync() => AcceptTcpClientAsync(CancellationToken.None).AsTask();

    /// <inheritdoc cref="AcceptTcpClientAsync()"/>
    public ValueTask<TcpClient> AcceptTcpClientAsync(CancellationToken cancellationToken)
    {
        return WrapAsync(AcceptSocketAsync(cancellationToken));

        static async ValueTask<TcpClient> WrapAsync(ValueTask<Socket> accept) => new(await accept.ConfigureAwait(false));
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        Stop();
        GC.SuppressFinalize(this);
    }

    private static IPEndPoint EndPointOf(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address, "localaddr");
        return new IPEndPoint(address, port);
    }

    private Socket Listening() => Active
        ? _socket
        : throw new InvalidOperationException("Not listening. You must call the Start() method before calling this method.");
}
