using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Workloads;

/// <summary>A host with many established connections, and segments for them in an order that no cache foresees.</summary>
internal sealed class ConnectionCrowd : IDisposable
{
    /// <summary>
    /// The visits that are prepared, as many for every size of the crowd: they are read in sequence, which costs the same
    /// for each.
    /// </summary>
    private const int Visits = 1 << 20;

    private const int PoolBlocks = 4096;

    private readonly CrowdDevice _device;
    private readonly IpHost _host;
    private readonly TcpDemultiplexer _tcp;
    private readonly PeerSegment[] _visits = new PeerSegment[Visits];
    private readonly Instant _now = new(1_000_000_000);
    private int _next;

    public ConnectionCrowd(int connections, ulong seed)
    {
        _device = new CrowdDevice(connections);
        _host = new IpHost(new PacketPool(PoolBlocks), new TimerWheel(_now), new SeededEntropy(seed));
        _tcp = new TcpDemultiplexer(_host);
        IpInterface attached = _host.Attach(_device, static () => { });
        attached.Add(new IpPrefix(new IpAddress(10 << 24 | 1), 8));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Establish(connections);
        HeapBytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Visit(connections, seed + 1);
    }

    /// <summary>The connections.</summary>
    public int Count => _tcp.ConnectionCount;

    /// <summary>What the managed heap grew by as the connections were established; they idle, and hold no packet buffer.</summary>
    public long HeapBytes { get; }

    /// <summary>The segments that found their connection.</summary>
    public long Delivered => _host.Counters[Counter.FramesDelivered];

    /// <summary>From here on segments come for some of the connections only, evenly spread among all.</summary>
    /// <param name="connections">How many of them; all at the beginning.</param>
    /// <param name="seed">Settles in which order.</param>
    public void Visit(int connections, ulong seed)
    {
        SeededEntropy entropy = new(seed);
        int apart = Count / connections;
        for (int i = 0; i < Visits; i++)
        {
            _visits[i] = _device.MakeAcknowledgment(entropy.Next(connections) * apart);
        }
    }

    /// <summary>Receives segments, each of a connection chosen at random.</summary>
    /// <param name="segments">How many, a divisor of the visits.</param>
    public void Receive(int segments)
    {
        _device.Play(_visits.AsMemory(_next, segments));
        _next = (_next + segments) % Visits;
        _host.Receive(_now, int.MaxValue);
        _host.TimersExpire(_now);
        _host.Transmit(_now, int.MaxValue);
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private void Establish(int connections)
    {
        IpEndPoint server = new(IpAddress.AnyV4, CrowdDevice.ServerPort);
        TcpListenEndpoint endpoint = _tcp.Listen(server, EthernetPort.BurstFrames, null, out TcpError error)
            ?? throw new InvalidOperationException($"The host cannot listen: {error}.");
        PeerSegment[] burst = new PeerSegment[EthernetPort.BurstFrames];
        for (int first = 0; first < connections; first += burst.Length)
        {
            int count = Math.Min(burst.Length, connections - first);
            for (int i = 0; i < count; i++)
            {
                burst[i] = CrowdDevice.MakeSyn(first + i);
            }

            Turn(burst.AsMemory(0, count));
            for (int i = 0; i < count; i++)
            {
                burst[i] = _device.MakeAcknowledgment(first + i);
            }

            Turn(burst.AsMemory(0, count));
            while (endpoint.TryAccept() is not null)
            {
            }
        }

        if (_tcp.ConnectionCount != connections || endpoint.SynQueueLength != 0)
        {
            throw new InvalidOperationException($"{_tcp.ConnectionCount - endpoint.SynQueueLength} of {connections} connections are established.");
        }
    }

    private void Turn(ReadOnlyMemory<PeerSegment> segments)
    {
        _device.Play(segments);
        _host.Receive(_now, int.MaxValue);
        _host.TimersExpire(_now);
        _host.Transmit(_now, int.MaxValue);
        while (_tcp.TryTakeActive(out TcpConnection? connection))
        {
            connection.TakeEvents();
        }
    }
}
