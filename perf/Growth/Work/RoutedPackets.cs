using NetStack.Cli.Verbs.Bench;
using NetStack.Cli.Verbs.Bench.Workloads;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Growth.Work;

/// <summary>Datagrams through a router with many routes, from one device to the next.</summary>
internal sealed class RoutedPackets : IWorkload
{
    private const int PoolBlocks = 4096;

    // Each route is that of 256 addresses from here on.
    private const uint FirstNetwork = 0x1400_0000;
    private const int NetworkBits = 24;

    private readonly BenchHost _host = new(new PacketPool(PoolBlocks), seed: 1, new IpHostOptions { Forwards = true });
    private readonly TapeDevice _inner;
    private readonly TapeDevice _outer;

    /// <summary>Makes the router.</summary>
    /// <param name="routes">Its routes, beside those of its own networks.</param>
    /// <param name="visited">How many of them packets follow, evenly spread.</param>
    public RoutedPackets(int routes, int visited)
    {
        PacketTape tape = new();
        IpEndPoint source = new(new IpAddress(Stage.FirstPeer), Stage.FirstPeerPort);
        foreach (int visit in Stage.Visits(visited))
        {
            uint network = NetworkOf(visit * (routes / visited));
            tape.AddDatagram(source, new IpEndPoint(new IpAddress(network + 1), 9), 18, Stage.Mtu);
        }

        _inner = new TapeDevice(tape, Stage.Mtu);
        _outer = new TapeDevice(new PacketTape(), Stage.Mtu);
        Stage.Attach(_host, _inner, Stage.Host);
        IpInterface outer = _host.Attach(_outer, 0x0B00_0001);
        for (int i = 0; i < routes; i++)
        {
            _host.Ip.Routes.Add(new Route(new IpPrefix(new IpAddress(NetworkOf(i)), NetworkBits), new IpAddress(0x0B00_0002), outer));
        }
    }

    public long Packets => _outer.Taken;

    public long Bytes => _outer.TakenBytes;

    public string? Fault => _outer.Taken == _inner.Played ? null : $"{_outer.Taken} of {_inner.Played} came through";

    public void Turn()
    {
        _inner.Offer(Stage.Batch);
        _host.Receive();
        _host.Transmit();
    }

    public void Dispose()
    {
        _inner.Dispose();
        _outer.Dispose();
    }

    private static uint NetworkOf(int route) => FirstNetwork + ((uint)route << (32 - NetworkBits));
}
