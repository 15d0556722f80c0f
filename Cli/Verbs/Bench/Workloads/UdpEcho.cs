using NetStack.Core;
using NetStack.IP;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>Datagrams of 18 bytes through the whole stack to an endpoint that sends each back.</summary>
internal sealed class UdpEcho : IWorkload
{
    private const int PoolBlocks = 4096;
    private const ushort Port = 7;
    private const uint HostAddress = 0x0A00_0001;
    private const uint PeerAddress = 0x0A00_0002;

    private readonly EchoPeer _peer = new(HostAddress, Port, PeerAddress);
    private readonly BenchHost _host = new(new PacketPool(PoolBlocks), seed: 1);
    private readonly int _batch;

    public UdpEcho(int batch)
    {
        _batch = batch;
        _host.Attach(_peer, HostAddress);
        if (_host.Ip.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, Port), null, out UdpError error) is null)
        {
            throw CommandFailure.Failed($"bench udp-echo: the port cannot be opened: {error}");
        }
    }

    public long Packets => (long)_peer.Answered;

    public long Bytes => Packets * DatagramTemplate.FrameBytes;

    public string? Fault => _peer.Fault;

    public void Turn()
    {
        _peer.Offer(_batch);
        _host.Receive();
        while (_host.Ip.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            Answer(endpoint);
        }

        _host.Transmit();
    }

    public void Dispose() => _peer.Dispose();

    private void Answer(UdpEndpoint endpoint)
    {
        endpoint.TakeEvents();
        while (endpoint.TryReceive(out UdpDatagram datagram))
        {
            endpoint.Answer(datagram, _host.Now);
        }
    }
}
