using System.IO.Pipelines;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>A loop with what is open on it. All members are the loop's own, except <see cref="Loop"/>.</summary>
internal sealed class StackShard
{
    private readonly NetworkStackOptions _options;
    private readonly HashSet<TcpDuplexPipe> _pipes = [];
    private readonly HashSet<ListenerShard> _listeners = [];
    private readonly HashSet<DatagramSocket> _datagramSockets = [];
    private readonly HashSet<EchoSocket> _echoSockets = [];
    private readonly HashSet<ConnectAttempt> _attempts = [];

    public StackShard(NetworkStackOptions options, LoopClock clock, SeededEntropy entropy, HostShard? place)
    {
        _options = options;
        Loop = new StackLoop(options, clock, entropy, place) { Ending = CloseAll };
        for (int i = 0; i < options.Devices.Count; i++)
        {
            Configure(options.Devices[i], Loop.Devices[i]);
        }
    }

    public StackLoop Loop { get; }

    /// <summary>Where the continuations of reads and writes run.</summary>
    public PipeScheduler Scheduler => _options.Scheduler;

    public ListenerShard Listen(NetworkListener listener, IpEndPoint local, int backlog, TcpConnectionOptions? options)
    {
        TcpListenEndpoint endpoint = Loop.Tcp.Listen(local, backlog, options, out TcpError error) ?? throw SocketErrors.ToException(error);
        ListenerShard listening = new(listener, this, endpoint);
        _listeners.Add(listening);
        return listening;
    }

    public DatagramSocket Bind(IpEndPoint local, UdpOptions? options)
    {
        UdpEndpoint endpoint = Loop.Host.Udp.Bind(local, options, out UdpError error) ?? throw SocketErrors.ToException(error);
        DatagramSocket socket = new(this, endpoint);
        _datagramSockets.Add(socket);
        return socket;
    }

    public EchoSocket OpenEcho()
    {
        IcmpEchoEndpoint endpoint = Loop.Host.Echo.Open() ?? throw new SocketException((int)SocketError.AddressAlreadyInUse);
        EchoSocket socket = new(this, endpoint);
        _echoSockets.Add(socket);
        return socket;
    }

    public ConnectAttempt BeginConnect(
        IpEndPoint? from, IpEndPoint to, ReadOnlyMemory<byte> data, TcpConnectionOptions? options, Instant now)
    {
        PacketBuffer? chain = data.IsEmpty ? null : Loop.Pool.TryLeaseCopy(data.Span) ?? throw SocketErrors.ToException(TcpError.OutOfMemory);
        if (Loop.Tcp.Connect(from, to, options, now, out TcpError error) is not { } connection)
        {
            if (chain is not null)
            {
                Loop.Pool.Return(chain);
            }

            throw SocketErrors.ToException(error);
        }

        if (chain is not null)
        {
            // Before this turn transmits the SYN, so that it goes with it.
            connection.Append(chain, now);
        }

        ConnectAttempt attempt = new(this, connection);
        connection.User = attempt;
        _attempts.Add(attempt);
        return attempt;
    }

    /// <summary>Puts pipes over a connection of the machine.</summary>
    public NetworkConnection Adopt(TcpConnection connection)
    {
        TcpDuplexPipe pipe = new(
            connection,
            Loop.Pool,
            Loop.Mailbox,
            Loop.Exchange,
            Scheduler,
            _options.PauseWriterBytes,
            SocketErrors.ToException);
        _pipes.Add(pipe);
        return new NetworkConnection(this, pipe);
    }

    public bool Forget(TcpDuplexPipe pipe) => _pipes.Remove(pipe);

    public bool Forget(ConnectAttempt attempt) => _attempts.Remove(attempt);

    public bool Forget(ListenerShard listener) => _listeners.Remove(listener);

    public bool Forget(DatagramSocket socket) => _datagramSockets.Remove(socket);

    public bool Forget(EchoSocket socket) => _echoSockets.Remove(socket);

    private void Configure(DeviceOptions device, Ethernet.IEthernetDevice queue)
    {
        IpInterface attached = Loop.Host.Attach(queue, Loop.Mailbox.Wake);
        foreach (IpPrefix address in device.Addresses)
        {
            attached.Add(address);
        }

        if (device.Gateway is { } gateway)
        {
            IpPrefix everywhere = new(gateway.IsIPv4 ? IpAddress.AnyV4 : IpAddress.AnyV6, 0);
            Loop.Host.Routes.Add(new Route(everywhere, gateway, attached));
        }
    }

    private void CloseAll(Instant now)
    {
        foreach (ConnectAttempt attempt in _attempts)
        {
            attempt.LoopEnded(now);
        }

        foreach (ListenerShard listener in _listeners.ToArray())
        {
            listener.Close(now);
        }

        foreach (TcpDuplexPipe pipe in _pipes.ToArray())
        {
            pipe.LoopEnded(now);
        }

        foreach (DatagramSocket socket in _datagramSockets.ToArray())
        {
            socket.Close();
        }

        foreach (EchoSocket socket in _echoSockets.ToArray())
        {
            socket.Close();
        }

        // Those that were still finishing by themselves.
        List<TcpConnection> orphans = [];
        Loop.Tcp.CopyConnections(orphans);
        foreach (TcpConnection orphan in orphans)
        {
            orphan.Abort(now);
        }
    }
}
