using NetStack.Cli.Verbs.Bench;
using NetStack.Cli.Verbs.Bench.Workloads;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Growth.Work;

/// <summary>The datagrams of a tape through the stack to endpoints that send each back.</summary>
internal sealed class DatagramEcho : IWorkload
{
    private const int PoolBlocks = 8192;

    private readonly BenchHost _host = new(new PacketPool(PoolBlocks), seed: 1);
    private readonly TapeDevice _device;
    private readonly int _packetsPerDatagram;
    private readonly int _datagrams;

    /// <summary>Makes the host.</summary>
    /// <param name="tape">The datagrams.</param>
    /// <param name="packetsPerDatagram">The packets that make one up.</param>
    /// <param name="mtuBytes">The MTU.</param>
    /// <param name="ports">The ports with an endpoint.</param>
    /// <param name="datagrams">The datagrams of a turn.</param>
    public DatagramEcho(PacketTape tape, int packetsPerDatagram, int mtuBytes, IEnumerable<ushort> ports, int datagrams)
    {
        _device = new TapeDevice(tape, mtuBytes);
        _packetsPerDatagram = packetsPerDatagram;
        _datagrams = datagrams;
        Stage.Attach(_host, _device, Stage.Host);
        foreach (ushort port in ports)
        {
            if (_host.Ip.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, port), null, out UdpError error) is null)
            {
                throw new InvalidOperationException($"Port {port} cannot be opened: {error}.");
            }
        }
    }

    public long Packets { get; private set; }

    public long Bytes => _device.TakenBytes;

    public string? Fault { get; private set; }

    public void Turn()
    {
        _device.Offer(_datagrams * _packetsPerDatagram);
        _host.Receive();
        while (_host.Ip.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            endpoint.TakeEvents();
            while (endpoint.TryReceive(out UdpDatagram datagram))
            {
                endpoint.Answer(datagram, _host.Now);
            }
        }

        _host.Transmit();
        Packets += _datagrams;
        if (_device.TakenBytes != _device.PlayedBytes)
        {
            Fault ??= $"of {_device.PlayedBytes} bytes {_device.TakenBytes} came back";
        }
    }

    public void Dispose() => _device.Dispose();
}
