using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// The IP layer of one loop: its interfaces, addresses, routes and transports. A machine: it is driven by
/// <see cref="Receive"/>, <see cref="TimersExpire"/> and <see cref="Transmit(Instant, int)"/>, in this order in every turn.
/// </summary>
/// <remarks>RFC 1122 §3. An address belongs to the host, whatever interface a packet for it arrives on (the weak model of §3.3.4.2).</remarks>
public sealed partial class IpHost
{
    private readonly List<IpInterface> _interfaces = [];
    private readonly ITransportProtocol?[] _transports = new ITransportProtocol?[byte.MaxValue + 1];
    private readonly PathCache _paths;
    private readonly LoopbackQueue _loopback;
    private readonly IpInterface _loopbackInterface;
    private ITransportProtocol[] _outputs = [];

    /// <summary>Makes a host without interfaces.</summary>
    /// <param name="pool">The loop's packet buffers.</param>
    /// <param name="timers">The loop's timers.</param>
    /// <param name="entropy">Where ports, keys and identifiers come from.</param>
    /// <param name="options">Limits and defaults.</param>
    /// <param name="shard">The host's place where it is one of the shards of a stack; null where it is alone.</param>
    public IpHost(PacketPool pool, TimerWheel timers, SeededEntropy entropy, IpHostOptions? options = null, HostShard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(timers);
        ArgumentNullException.ThrowIfNull(entropy);
        Pool = pool;
        Counters = pool.Counters;
        Timers = timers;
        Entropy = entropy;
        Options = options ?? new IpHostOptions();
        Shard = shard;
        _paths = new PathCache(Options.MaximumPaths, entropy.Fork("paths").NextKey());
        _loopback = new LoopbackQueue(pool, Options.LoopbackQueuePackets);
        V4 = new Ipv4Host(this);
        _loopbackInterface = new IpInterface(this, null, -1, "lo");
        Udp = new UdpDemultiplexer(this);
        Echo = new IcmpEchoDemultiplexer(this);
        V4.Attach(Udp, Echo);
        AddTransport(IpProtocol.Udp, Udp);
    }

    /// <summary>The loop's packet buffers.</summary>
    public PacketPool Pool { get; }

    /// <summary>The loop's counters.</summary>
    public Counters Counters { get; }

    /// <summary>The loop's timers.</summary>
    public TimerWheel Timers { get; }

    /// <summary>Where ports, keys and identifiers come from.</summary>
    public SeededEntropy Entropy { get; }

    /// <summary>Limits and defaults.</summary>
    public IpHostOptions Options { get; }

    /// <summary>The host's place among the shards of a stack; null where it is alone.</summary>
    public HostShard? Shard { get; }

    /// <summary>The routes. The network of each interface's address is among them.</summary>
    public RouteTable Routes { get; } = new();

    /// <summary>What is let in and through; everything where null.</summary>
    public PacketFilter? Filter { get; set; }

    /// <summary>The UDP endpoints.</summary>
    public UdpDemultiplexer Udp { get; }

    /// <summary>The endpoints that send ICMP echo requests.</summary>
    public IcmpEchoDemultiplexer Echo { get; }

    /// <summary>The attached interfaces, without the loopback interface.</summary>
    public IReadOnlyList<IpInterface> Interfaces => _interfaces;

    /// <summary>The earliest instant at which a timer wants <see cref="TimersExpire"/> to be called.</summary>
    public Instant NextDeadline => Timers.NextDeadline;

    /// <summary>Whether frames still wait for a device that was full.</summary>
    public bool HasOutgoing
    {
        get
        {
            foreach (IpInterface @interface in _interfaces)
            {
                if (@interface.Port.HasOutgoing)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The IPv4 part.</summary>
    internal Ipv4Host V4 { get; }

    /// <summary>The time of the latest event, for commands that carry none.</summary>
    internal Instant Now { get; private set; }

    /// <summary>Attaches a device.</summary>
    /// <param name="device">The device; the host does not dispose it.</param>
    /// <param name="wake">Wakes the loop from any thread.</param>
    /// <returns>The interface, without an address yet.</returns>
    public IpInterface Attach(IEthernetDevice device, Action wake)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (Shard is not null && _interfaces.Count == 0)
        {
            Shard.AttachLoopback(Pool, wake);
        }

        ShardDevice? queue = Shard?.Attach(device, _interfaces.Count);
        EthernetPort port = new(queue ?? device, Pool, wake);
        IpInterface @interface = new(this, port, _interfaces.Count, device.Name) { Queue = queue };
        port.Attach(EtherType.IPv4, @interface.V4);
        if (@interface.V4.Arp is { } arp)
        {
            port.Attach(EtherType.Arp, arp);
        }

        _interfaces.Add(@interface);
        return @interface;
    }

    /// <summary>Attaches a transport.</summary>
    /// <exception cref="InvalidOperationException">The protocol has one already.</exception>
    public void Attach(IpProtocol protocol, ITransportProtocol transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        if (protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 || _transports[(int)protocol] is not null)
        {
            throw new InvalidOperationException($"{protocol} is attached already.");
        }

        AddTransport(protocol, transport);
    }

    /// <summary>Takes what has arrived: first the packets to ourselves, then the devices' frames.</summary>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="budgetBursts">The most bursts taken from one device.</param>
    /// <returns>The frames taken.</returns>
    public int Receive(Instant now, int budgetBursts)
    {
        Now = now;
        int frames = ReceiveLoopback(now);
        foreach (IpInterface @interface in _interfaces)
        {
            for (int burst = 0; burst < budgetBursts; burst++)
            {
                int count = @interface.Port.Receive(now);
                frames += count;
                if (count < EthernetPort.BurstFrames)
                {
                    break;
                }
            }
        }

        return frames;
    }

    /// <summary>Expires the timers that are due.</summary>
    public void TimersExpire(Instant now)
    {
        Now = now;
        Timers.Advance(now);
    }

    /// <summary>Pulls packets from the transports, one from each in turn, and hands the frames to the devices.</summary>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="budgetPackets">The most packets pulled.</param>
    /// <returns>Whether more work is ready: the loop should not sleep.</returns>
    public bool Transmit(Instant now, int budgetPackets)
    {
        Now = now;
        Flush(now);
        int left = budgetPackets;
        bool isReady = true;
        while (isReady && left > 0 && HasAnyRoom())
        {
            isReady = false;
            foreach (ITransportProtocol transport in _outputs)
            {
                if (left > 0 && transport.TryTransmit(now))
                {
                    isReady = true;
                    left--;
                }
            }
        }

        Flush(now);
        Shard?.Loopback?.Flush(now);
        Shard?.Loopback?.Reclaim();
        foreach (IpInterface @interface in _interfaces)
        {
            @interface.Port.Device.Reclaim();
        }

        return (isReady && left == 0) || !_loopback.IsEmpty || Udp.HasActive || Echo.HasActive;
    }

    /// <summary>Whether an address is one of the host's own, loopback addresses included.</summary>
    public bool IsLocal(IpAddress address) => address.IsIPv4 && (V4.IsLocal(address.ValueV4) || address.IsLoopback);

    /// <summary>The transport of a protocol, if one is attached.</summary>
    internal ITransportProtocol? FindTransport(IpProtocol protocol) => _transports[(int)protocol];

    private void AddTransport(IpProtocol protocol, ITransportProtocol transport)
    {
        _transports[(int)protocol] = transport;
        _outputs = [.. _outputs, transport];
    }

    private bool HasAnyRoom()
    {
        if (!_loopback.IsFull)
        {
            return true;
        }

        foreach (IpInterface @interface in _interfaces)
        {
            if (@interface.Port.RoomFrames > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Flush(Instant now)
    {
        foreach (IpInterface @interface in _interfaces)
        {
            if (@interface.Port.HasOutgoing)
            {
                @interface.Port.Flush(now);
            }
        }
    }
}
