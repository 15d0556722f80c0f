using NetStack.Core;
using NetStack.IP;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>
/// Datagrams of 18 bytes for 256 hosts through a router, from one device to the next. With rules, it is the last of them that
/// lets each through.
/// </summary>
internal sealed class Forwarding : IWorkload
{
    private const int PoolBlocks = 4096;
    private const uint SenderAddress = 0x0A00_0002;
    private const uint InnerAddress = 0x0A00_0001;
    private const uint OuterAddress = 0x0A01_0001;
    private const uint GatewayAddress = 0x0A01_0002;
    private const int ArpTurns = 10;

    private readonly BenchHost _host = new(new PacketPool(PoolBlocks), seed: 1, new IpHostOptions { Forwards = true });
    private readonly FrameSource _source = new(SenderAddress);
    private readonly FrameSink _sink = new();
    private readonly int _batch;

    /// <summary>Makes the router.</summary>
    /// <param name="batch">The frames of a turn.</param>
    /// <param name="rules">The rules of its filter; 0 for none.</param>
    public Forwarding(int batch, int rules)
    {
        _batch = batch;
        _host.Attach(_source, InnerAddress);
        IpInterface outer = _host.Attach(_sink, OuterAddress);
        _host.Ip.Routes.Add(new Route(
            new IpPrefix(new IpAddress(FrameSource.FirstDestination), 16), new IpAddress(GatewayAddress), outer));
        _host.Ip.Filter = rules > 0 ? MakeFilter(rules) : null;

        // Until the gateway has told its link address.
        _source.Offer(1);
        for (int i = 0; i < ArpTurns; i++)
        {
            _host.Receive();
            _host.Transmit();
        }
    }

    public long Packets => _sink.Taken;

    public long Bytes => Packets * DatagramTemplate.FrameBytes;

    public string? Fault => _sink.Fault;

    public void Turn()
    {
        _source.Offer(_batch);
        _host.Receive();
        _host.Transmit();
    }

    public void Dispose()
    {
        _source.Dispose();
        _sink.Dispose();
    }

    private static PacketFilter MakeFilter(int rules)
    {
        List<FilterRule> list = [];
        for (uint i = 0; list.Count < rules - 1; i++)
        {
            // Each misses by another of its parts.
            list.Add((i % 3) switch
            {
                0 => new FilterRule(FilterVerdict.Drop, Source: new IpPrefix(new IpAddress(0xC0A8_0000 + (i << 8)), 24)),
                1 => new FilterRule(FilterVerdict.Reject, Destination: new IpPrefix(new IpAddress(0x0A02_0000), 16), Protocol: IpProtocol.Tcp),
                _ => new FilterRule(FilterVerdict.Drop, Protocol: IpProtocol.Udp, DestinationPorts: new PortRange((ushort)(100 + i))),
            });
        }

        list.Add(new FilterRule(FilterVerdict.Accept, Protocol: IpProtocol.Udp, DestinationPorts: new PortRange(FrameSource.Port)));
        return new PacketFilter(list, FilterVerdict.Drop);
    }
}
