using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing;

/// <summary>
/// A whole host: pool, timers, IP and TCP, driven turn by turn as the loop of a real one drives them, but by events in
/// virtual time.
/// </summary>
public sealed class SimulatedHost
{
    private readonly Simulation _simulation;
    private readonly SimulatedHostOptions _options;
    private readonly HostWake _wake;
    private readonly HostDeadline _deadline;
    private readonly List<IEthernetDevice> _devices = [];
    private bool _isAwake;
    private Instant _plannedDeadline = Instant.Never;
    private Instant _latestTurn = Instant.Never;
    private int _turnsAtInstant;

    internal SimulatedHost(Simulation simulation, string name, SimulatedHostOptions options)
    {
        _simulation = simulation;
        _options = options;
        _wake = new HostWake(this);
        _deadline = new HostDeadline(this);
        Name = name;
        Entropy = simulation.Entropy.Fork("host:" + name);
        Pool = new PacketPool(options.PoolBlocks);
        Timers = new TimerWheel(simulation.Now);
        Ip = new IpHost(Pool, Timers, Entropy.Fork("ip"), options.Ip);
        Tcp = new TcpDemultiplexer(Ip, options.Tcp);
    }

    /// <summary>Names the host in messages.</summary>
    public string Name { get; }

    /// <summary>The host's packet buffers.</summary>
    public PacketPool Pool { get; }

    /// <summary>The host's timers, those of its applications included.</summary>
    public TimerWheel Timers { get; }

    /// <summary>The host's share of the randomness. Fork it; do not draw from it.</summary>
    public SeededEntropy Entropy { get; }

    /// <summary>The IP layer.</summary>
    public IpHost Ip { get; }

    /// <summary>TCP.</summary>
    public TcpDemultiplexer Tcp { get; }

    /// <summary>What the host has counted.</summary>
    public Counters Counters => Pool.Counters;

    /// <summary>The virtual time.</summary>
    public Instant Now => _simulation.Now;

    /// <summary>The turns taken.</summary>
    public long TurnCount { get; private set; }

    /// <summary>The first address of the first interface.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public IpAddress Address => Ip.Interfaces.Count > 0 && Ip.Interfaces[0].Addresses.Count > 0
        ? Ip.Interfaces[0].Addresses[0].Address
        : throw new InvalidOperationException($"{Name} has no address.");

    /// <summary>Attaches a device, mostly an end of a <see cref="SimulatedLink"/>, and gives its interface an address.</summary>
    public IpInterface Attach(IEthernetDevice device, IpPrefix address)
    {
        IpInterface attached = Ip.Attach(device, Wake);
        attached.Add(address);
        _devices.Add(device);
        Wake();
        return attached;
    }

    /// <summary>Opens a connection for an application.</summary>
    /// <param name="remote">The peer.</param>
    /// <param name="application">Gets the connection's events.</param>
    /// <param name="options">The choices of the connection; the host's defaults where null.</param>
    /// <param name="local">The local address and port; the host chooses where null.</param>
    /// <returns>The connection in SYN-SENT.</returns>
    /// <exception cref="InvalidOperationException">There is none; the message names the error.</exception>
    public TcpConnection Connect(
        IpEndPoint remote, TcpApplication application, TcpConnectionOptions? options = null, IpEndPoint? local = null)
    {
        ArgumentNullException.ThrowIfNull(application);
        TcpConnection connection = Tcp.Connect(local, remote, options, Now, out TcpError error)
            ?? throw new InvalidOperationException($"{Name} cannot connect to {remote}: {error}.");
        application.Attach(this, connection);
        Wake();
        return connection;
    }

    /// <summary>Listens on a port of every address.</summary>
    /// <param name="port">The port.</param>
    /// <param name="accept">Makes the application of each connection accepted.</param>
    /// <param name="options">The choices of the connections; the host's defaults where null.</param>
    /// <param name="backlog">The connections that may wait to be accepted.</param>
    /// <exception cref="InvalidOperationException">The port is taken.</exception>
    public TcpListenEndpoint Listen(
        ushort port, Func<TcpApplication> accept, TcpConnectionOptions? options = null, int backlog = 128)
    {
        ArgumentNullException.ThrowIfNull(accept);
        TcpListenEndpoint endpoint = Tcp.Listen(new IpEndPoint(IpAddress.AnyV4, port), backlog, options, out TcpError error)
            ?? throw new InvalidOperationException($"{Name} cannot listen on port {port}: {error}.");
        endpoint.User = accept;
        return endpoint;
    }

    /// <summary>Binds a UDP port of every address for an application.</summary>
    /// <param name="port">The port; 0 for a random one.</param>
    /// <param name="application">Gets the endpoint's events.</param>
    /// <param name="options">How the endpoint starts out; the defaults where null.</param>
    /// <exception cref="InvalidOperationException">There is none; the message names the error.</exception>
    public UdpEndpoint Bind(ushort port, UdpApplication application, UdpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(application);
        UdpEndpoint endpoint = Ip.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, port), options, out UdpError error)
            ?? throw new InvalidOperationException($"{Name} cannot bind port {port}: {error}.");
        application.Attach(this, endpoint);
        return endpoint;
    }

    /// <summary>Makes the host take a turn at the present instant.</summary>
    public void Wake()
    {
        if (!_isAwake)
        {
            _isAwake = true;
            _simulation.Add(_wake, _simulation.Now);
        }
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal void Wakes(Instant now)
    {
        _isAwake = false;
        Turn(now);
    }

    internal void DeadlinePasses(Instant now)
    {
        // A deadline that was brought forward left its old event behind.
        if (now == _plannedDeadline)
        {
            _plannedDeadline = Instant.Never;
            Turn(now);
        }
    }

    private void Turn(Instant now)
    {
        Watch(now);
        Ip.Receive(now, _options.ReceiveBudgetBursts);
        Ip.TimersExpire(now);
        ServeApplications(now);
        if (Ip.Transmit(now, _options.TransmitBudgetPackets) || HasWaitingFrames())
        {
            Wake();
        }

        Instant deadline = Instant.Max(Ip.NextDeadline, now);
        if (deadline < _plannedDeadline)
        {
            _plannedDeadline = deadline;
            _simulation.Add(_deadline, deadline);
        }
    }

    private void ServeApplications(Instant now)
    {
        while (Tcp.TryTakeActive(out TcpListenEndpoint? listening))
        {
            Func<TcpApplication> accept = (Func<TcpApplication>)listening.User!;
            while (listening.TryAccept() is { } accepted)
            {
                TcpApplication application = accept();
                application.Attach(this, accepted);
                application.EventsArrive(TcpEvents.Connected | accepted.TakeEvents(), now);
            }
        }

        while (Tcp.TryTakeActive(out TcpConnection? connection))
        {
            if (connection.User is TcpApplication application)
            {
                application.EventsArrive(connection.TakeEvents(), now);
            }
        }

        while (Ip.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            if (endpoint.User is UdpApplication application)
            {
                application.EventsArrive(endpoint.TakeEvents(), now);
            }
        }

        while (Ip.Echo.TryTakeActive(out _))
        {
            // Whoever opened the endpoint reads it between two events.
        }
    }

    private bool HasWaitingFrames()
    {
        foreach (IEthernetDevice device in _devices)
        {
            if (device is LinkEnd { Waiting: > 0 })
            {
                return true;
            }
        }

        return false;
    }

    private void Watch(Instant now)
    {
        TurnCount++;
        _turnsAtInstant = now == _latestTurn ? _turnsAtInstant + 1 : 0;
        _latestTurn = now;
        if (_turnsAtInstant > Simulation.MaximumTurnsPerInstant)
        {
            throw new InvalidOperationException($"{Name} never sleeps: it took {_turnsAtInstant} turns at {now}.");
        }
    }
}
