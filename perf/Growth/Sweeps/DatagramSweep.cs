using NetStack.Growth.Curves;
using NetStack.Growth.Work;
using NetStack.IP;

namespace NetStack.Growth.Sweeps;

/// <summary>What the echo of a datagram costs, by the number of those who send, of sockets, and by its size.</summary>
internal static class DatagramSweep
{
    private const int MostPeers = 100_000;
    private const int MostSockets = 10_000;
    private const int MostPortsOfPeer = 50_000;
    private const ushort Port = 7;
    private const int FirstSocketPort = 10_000;
    private const int PayloadBytes = 18;
    private const int HeaderBytes = Ipv4Header.MinimumLengthBytes + UdpHeader.LengthBytes;
    private const int TapeBytes = 256 * 1024;
    private const int PacketsPerTurn = 32;

    private static readonly int[] _sizes = [60, 128, 256, 512, 1024, 1500, 2048, 4096, 8192, 16_384, 32_768, 65_535];

    public static IEnumerable<Curve> MeasureFlows(Meter meter)
    {
        int[] places = [.. meter.Plan.Decades(MostPeers)];
        List<Point> ports = meter.Measure("flows, by port", places, flows => Echo(Stage.Visits(flows).Select(PortFlow)));
        List<Point> addresses = meter.Measure("flows, by address", places, flows => Echo(Stage.Visits(flows).Select(AddressFlow)));
        yield return new Curve(
            "flows", "UDP echo of 18 bytes at one socket, whole way", "flows visited at random", "ns",
            [new Series("two peers, each flow a port", ports), new Series("each flow a peer of its own address", addresses, "beyond 4,096 peers a way is forgotten, and found anew")]);
    }

    public static IEnumerable<Curve> MeasureSockets(Meter meter)
    {
        int[] places = [.. meter.Plan.Decades(MostSockets)];
        List<Point> some = meter.Measure(
            "sockets, 64 visited", places, sockets => EchoAtMany(sockets, Math.Min(sockets, Stage.WorkingSet)));
        List<Point> all = meter.Measure("sockets, all visited", places, sockets => EchoAtMany(sockets, sockets));
        yield return new Curve(
            "sockets", "UDP echo of 18 bytes, whole way", "UDP sockets", "ns",
            [
                new Series("64 of them visited", some),
                new Series("all of them visited at random", all, "the caches do not hold them all"),
            ]);
    }

    public static IEnumerable<Curve> MeasureSizes(Meter meter)
    {
        List<Point> fragments = meter.Measure("bytes of a packet, MTU 1500", _sizes, size => EchoOfSize(size, Stage.Mtu));
        List<Point> whole = meter.Measure("bytes of a packet, MTU 65535", _sizes, size => EchoOfSize(size, ushort.MaxValue));
        const string perPacket = "more bytes are summed and copied";
        yield return new Curve(
            "sizes", "UDP echo, whole way, both checksums", "bytes of the IP packet", "ns",
            [
                new Series("MTU 1500: in fragments from 2048 on", fragments, perPacket),
                new Series("MTU 65535: one packet", whole, perPacket),
            ],
            IsLogarithmic: true);
        yield return new Curve(
            "bytes", "UDP echo, whole way, both checksums, by byte", "bytes of the IP packet", "ns a byte",
            [new Series("MTU 1500: in fragments from 2048 on", PerByte(fragments)), new Series("MTU 65535: one packet", PerByte(whole))],
            IsLogarithmic: true);
    }

    private static List<Point> PerByte(List<Point> points) =>
        [.. points.Select(point => new Point(point.X, point.Median / point.X, point.Least / point.X, point.Most / point.X))];

    private static (IpEndPoint Source, IpEndPoint Destination) PortFlow(int flow) =>
        Flow(Stage.FirstPeer + (uint)(flow / MostPortsOfPeer), Stage.FirstPeerPort + (flow % MostPortsOfPeer), Port);

    private static (IpEndPoint Source, IpEndPoint Destination) AddressFlow(int flow) =>
        Flow(Stage.FirstPeer + (uint)flow, Stage.FirstPeerPort, Port);

    private static (IpEndPoint Source, IpEndPoint Destination) SocketFlow(int socket) =>
        Flow(Stage.FirstPeer, Stage.FirstPeerPort, FirstSocketPort + socket);

    private static (IpEndPoint Source, IpEndPoint Destination) Flow(uint address, int port, int destinationPort) =>
        (new IpEndPoint(new IpAddress(address), (ushort)port), new IpEndPoint(Stage.Host, (ushort)destinationPort));

    private static DatagramEcho EchoAtMany(int sockets, int visited) => Echo(
        Stage.Visits(visited).Select(visit => SocketFlow(visit * (sockets / visited))),
        Enumerable.Range(FirstSocketPort, sockets).Select(port => (ushort)port));

    private static DatagramEcho Echo(IEnumerable<(IpEndPoint Source, IpEndPoint Destination)> flows, IEnumerable<ushort>? ports = null)
    {
        PacketTape tape = new();
        foreach ((IpEndPoint source, IpEndPoint destination) in flows)
        {
            tape.AddDatagram(source, destination, PayloadBytes, Stage.Mtu);
        }

        return new DatagramEcho(tape, 1, Stage.Mtu, ports ?? [Port], Stage.Batch);
    }

    private static DatagramEcho EchoOfSize(int packetBytes, int mtuBytes)
    {
        PacketTape tape = new();
        (IpEndPoint source, IpEndPoint destination) = PortFlow(0);
        int packets = 0;
        for (int i = 0; i < Math.Max(TapeBytes / packetBytes, 1); i++)
        {
            packets = tape.AddDatagram(source, destination, packetBytes - HeaderBytes, mtuBytes);
        }

        int blocks = Math.Max(packets, packetBytes / Core.PacketBuffer.BlockBytes);
        return new DatagramEcho(tape, packets, mtuBytes, [Port], Math.Max(PacketsPerTurn / Math.Max(blocks, 1), 1));
    }
}
