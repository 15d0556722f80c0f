using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <summary>The look-alike of <see cref="System.Net.Sockets.UdpClient"/>: UDP of the default stack.</summary>
public class UdpClient : IDisposable
{
    private const int LargestDatagramBytes = 65_536;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[LargestDatagramBytes];
    private int _isDisposed;

    /// <summary>Makes a client of the default stack; its first datagram binds it.</summary>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public UdpClient()
        : this(AddressFamily.InterNetwork)
    {
    }

    /// <summary>Makes a client of the default stack; its first datagram binds it.</summary>
    /// <param name="family">The family of addresses.</param>
    /// <exception cref="ArgumentException">UDP has no addresses of that family.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public UdpClient(AddressFamily family)
        : this(NetworkStack.Current, family)
    {
    }

    /// <summary>Makes a client of the default stack that receives on all addresses.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public UdpClient(int port)
        : this(port, AddressFamily.InterNetwork)
    {
    }

    /// <summary>Makes a client of the default stack that receives on all addresses.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="family">The family of addresses.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public UdpClient(int port, AddressFamily family)
        : this(NetworkStack.Current, new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, ValidPort(port)))
    {
    }

    /// <summary>Makes a client of the default stack that receives on an address and port.</summary>
    /// <exception cref="SocketException">They are in use, or none of the stack's.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public UdpClient(IPEndPoint localEP)
        : this(NetworkStack.Current, localEP)
    {
    }

    /// <summary>Makes a client of the default stack that speaks to one peer.</summary>
    /// <exception cref="SocketException">The name is not known, or there is no way there.</exception>
    /// <exception cref="InvalidOperationException">There is no default stack.</exception>
    public UdpClient(string hostname, int port)
        : this(AddressFamily.InterNetwork) => Connect(hostname, port);

    /// <summary>Makes a client of a given stack that receives on an address and port.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="localEP">The address, unspecified for all, and the port; 0 takes a free one.</param>
    /// <exception cref="SocketException">They are in use, or none of the stack's.</exception>
    public UdpClient(NetworkStack stack, IPEndPoint localEP)
        : this(stack, FamilyOf(localEP)) => _socket.Bind(localEP);

    private UdpClient(NetworkStack stack, AddressFamily family)
    {
        if (family is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw new ArgumentException("'UDP' Client can only accept InterNetwork or InterNetworkV6 addresses.", nameof(family));
        }

        _socket = new Socket(stack, family, SocketType.Dgram, ProtocolType.Udp);
    }

    /// <summary>The socket; null once the client is closed.</summary>
    public Socket Client => _isDisposed == 0 ? _socket : null!;

    /// <summary>The length of the next datagram, in bytes; 0 where there is none.</summary>
    public int Available => _socket.Available;

    /// <inheritdoc cref="Socket.Ttl"/>
    public short Ttl
    {
        get => _socket.Ttl;
        set => _socket.Ttl = value;
    }

    /// <inheritdoc cref="Socket.DontFragment"/>
    public bool DontFragment
    {
        get => _socket.DontFragment;
        set => _socket.DontFragment = value;
    }

    /// <inheritdoc cref="Socket.EnableBroadcast"/>
    public bool EnableBroadcast
    {
        get => _socket.EnableBroadcast;
        set => _socket.EnableBroadcast = value;
    }

    /// <inheritdoc cref="Socket.ExclusiveAddressUse"/>
    public bool ExclusiveAddressUse
    {
        get => _socket.ExclusiveAddressUse;
        set => _socket.ExclusiveAddressUse = value;
    }

    /// <summary>Whether it is connected to one peer.</summary>
    protected bool Active { get; set; }

    /// <summary>Speaks to one peer only, whose errors it reports.</summary>
    /// <exception cref="SocketException">The name is not known, or there is no way there.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public void Connect(string hostname, int port)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(hostname);
        _socket.Connect(hostname, ValidPort(port));
        Active = true;
    }

    /// <inheritdoc cref="Connect(string, int)"/>
    public void Connect(IPAddress addr, int port)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(addr);
        Connect(new IPEndPoint(addr, ValidPort(port)));
    }

    /// <inheritdoc cref="Connect(string, int)"/>
    public void Connect(IPEndPoint endPoint)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(endPoint);
        _socket.Connect(endPoint);
        Active = true;
    }

    /// <summary>Receives a datagram; blocks until there is one.</summary>
    /// <param name="remoteEP">Becomes the sender's address and port.</param>
    /// <exception cref="SocketException">The network reported an error about a datagram sent earlier, or the client was closed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public byte[] Receive(ref IPEndPoint? remoteEP)
    {
        ThrowIfDisposed();
        EndPoint from = AnyOfFamily();
        int received = _socket.ReceiveFrom(_buffer, ref from);
        remoteEP = (IPEndPoint)from;
        return _buffer.AsSpan(0, received).ToArray();
    }

    /// <summary>Receives a datagram.</summary>
    /// <exception cref="SocketException">The network reported an error about a datagram sent earlier, or the client was closed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public Task<UdpReceiveResult> ReceiveAsync() => ReceiveAsync(CancellationToken.None).AsTask();

    /// <inheritdoc cref="ReceiveAsync()"/>
    public ValueTask<UdpReceiveResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return ReceiveAsync(_socket, _buffer, AnyOfFamily(), cancellationToken);

        static async ValueTask<UdpReceiveResult> ReceiveAsync(Socket socket, Memory<byte> buffer, EndPoint any, CancellationToken token)
        {
            SocketReceiveFromResult result = await socket.ReceiveFromAsync(buffer, any, token).ConfigureAwait(false);
            return new UdpReceiveResult(buffer[..result.ReceivedBytes].ToArray(), (IPEndPoint)result.RemoteEndPoint);
        }
    }

    /// <summary>Sends a datagram to the connected peer.</summary>
    /// <returns>The bytes of the payload.</returns>
    /// <exception cref="InvalidOperationException">It is not connected.</exception>
    /// <exception cref="SocketException">The datagram is too long, or the network reported an error about an earlier one.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public int Send(byte[] dgram, int bytes) => Send(Part(dgram, bytes));

    /// <inheritdoc cref="Send(byte[], int)"/>
    public int Send(ReadOnlySpan<byte> datagram)
    {
        ThrowIfDisposed();
        ThrowIfNotActive();
        return _socket.Send(datagram, SocketFlags.None);
    }

    /// <summary>Sends a datagram.</summary>
    /// <returns>The bytes of the payload.</returns>
    /// <exception cref="InvalidOperationException">It is connected to a peer, and this is another.</exception>
    /// <exception cref="SocketException">The datagram is too long, or the network reported an error about an earlier one.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public int Send(byte[] dgram, int bytes, IPEndPoint? endPoint) => Send(Part(dgram, bytes), endPoint);

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public int Send(ReadOnlySpan<byte> datagram, IPEndPoint? endPoint)
    {
        ThrowIfDisposed();
        ThrowIfActive(endPoint);
        return endPoint is null ? Send(datagram) : _socket.SendTo(datagram, endPoint);
    }

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public int Send(byte[] dgram, int bytes, string? hostname, int port) => Send(Part(dgram, bytes), hostname, port);

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public int Send(ReadOnlySpan<byte> datagram, string? hostname, int port)
    {
        ThrowIfDisposed();
        ThrowIfActive(hostname);
        return hostname is null
            ? Send(datagram)
            : Send(datagram, _socket.Stack.Block(new ValueTask<IPEndPoint>(ResolveAsync(hostname, port, CancellationToken.None))));
    }

    /// <summary>Sends a datagram to the connected peer.</summary>
    /// <inheritdoc cref="Send(byte[], int)"/>
    public Task<int> SendAsync(byte[] datagram, int bytes) => SendAsync(PartOf(datagram, bytes)).AsTask();

    /// <inheritdoc cref="Send(byte[], int)"/>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ThrowIfNotActive();
        return _socket.SendAsync(datagram, SocketFlags.None, cancellationToken);
    }

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public Task<int> SendAsync(byte[] datagram, int bytes, IPEndPoint? endPoint) => SendAsync(PartOf(datagram, bytes), endPoint).AsTask();

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> datagram, IPEndPoint? endPoint, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ThrowIfActive(endPoint);
        return endPoint is null
            ? SendAsync(datagram, cancellationToken)
            : _socket.SendToAsync(datagram, endPoint, cancellationToken);
    }

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public Task<int> SendAsync(byte[] datagram, int bytes, string? hostname, int port) =>
        SendAsync(PartOf(datagram, bytes), hostname, port).AsTask();

    /// <inheritdoc cref="Send(byte[], int, IPEndPoint)"/>
    public async ValueTask<int> SendAsync(
        ReadOnlyMemory<byte> datagram, string? hostname, int port, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ThrowIfActive(hostname);
        IPEndPoint? remote = hostname is null ? null : await ResolveAsync(hostname, port, cancellationToken).ConfigureAwait(false);
        return await SendAsync(datagram, remote, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The stack has no multicast membership yet.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void JoinMulticastGroup(IPAddress multicastAddr) => throw NoMulticast(multicastAddr);

    /// <inheritdoc cref="JoinMulticastGroup(IPAddress)"/>
    public void JoinMulticastGroup(IPAddress multicastAddr, IPAddress localAddress) => throw NoMulticast(multicastAddr, localAddress);

    /// <inheritdoc cref="JoinMulticastGroup(IPAddress)"/>
    public void JoinMulticastGroup(IPAddress multicastAddr, int timeToLive) => throw NoMulticast(multicastAddr, timeToLive);

    /// <inheritdoc cref="JoinMulticastGroup(IPAddress)"/>
    public void JoinMulticastGroup(int ifindex, IPAddress multicastAddr) => throw NoMulticast(multicastAddr, ifindex);

    /// <inheritdoc cref="JoinMulticastGroup(IPAddress)"/>
    public void DropMulticastGroup(IPAddress multicastAddr) => throw NoMulticast(multicastAddr);

    /// <inheritdoc cref="JoinMulticastGroup(IPAddress)"/>
    public void DropMulticastGroup(IPAddress multicastAddr, int ifindex) => throw NoMulticast(multicastAddr, ifindex);

    /// <summary>Closes the client.</summary>
    public void Close() => Dispose();

    /// <summary>Closes the client.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the client.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _socket.Dispose();
        }
    }

    private static int ValidPort(int port) => port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
        ? port
        : throw new ArgumentOutOfRangeException(nameof(port));

    private static AddressFamily FamilyOf(IPEndPoint localEP)
    {
        ArgumentNullException.ThrowIfNull(localEP);
        return localEP.AddressFamily;
    }

    private static ReadOnlySpan<byte> Part(byte[] dgram, int bytes) => PartOf(dgram, bytes).Span;

    private static ReadOnlyMemory<byte> PartOf(byte[] dgram, int bytes)
    {
        ArgumentNullException.ThrowIfNull(dgram);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)dgram.Length, nameof(bytes));
        return dgram.AsMemory(0, bytes);
    }

    private static NotSupportedException NoMulticast(IPAddress group, object? interfaceOrTtl = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        _ = interfaceOrTtl;
        return new NotSupportedException($"The network stack takes no part in multicast groups yet: {group} cannot be joined or left.");
    }

    private async Task<IPEndPoint> ResolveAsync(string hostname, int port, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> addresses = await _socket.Stack.FindAddressesAsync(hostname, cancellationToken).ConfigureAwait(false);
        return new IPEndPoint(addresses[0], ValidPort(port));
    }

    private IPEndPoint AnyOfFamily() =>
        new(_socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);

    private void ThrowIfNotActive()
    {
        if (!Active)
        {
            throw new InvalidOperationException("The operation is not allowed on non-connected sockets.");
        }
    }

    private void ThrowIfActive(object? remote)
    {
        if (Active && remote is not null)
        {
            throw new InvalidOperationException("Cannot send packets to an arbitrary host while connected.");
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
}
