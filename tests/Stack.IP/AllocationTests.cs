using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

[Collection(nameof(HeapMeasurement))]
public sealed class AllocationTests
{
    private const int Datagrams = 100_000;

    [Fact]
    public void DatagramsThroughReceiveAndTransmitAllocateNothing()
    {
        DevicePair cable = new();
        PacketPool pool = new(4096);
        IpHost client = MakeHost(cable.Left, pool, "10.0.0.2", 1);
        IpHost server = MakeHost(cable.Right, pool, "10.0.0.1", 2);
        UdpEndpoint sender = client.Udp.Bind(new IpEndPoint(HostRig.Peer, 4000), null, out _)!;
        UdpEndpoint echo = server.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 7), null, out _)!;
        Instant now = new(1);
        Run(client, server, sender, echo, 2000, ref now);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int echoed = Run(client, server, sender, echo, Datagrams, ref now);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Datagrams, echoed);
        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PacketsThroughARouterAllocateNothing(bool filters)
    {
        DevicePair inner = new();
        DevicePair outer = new();
        PacketPool pool = new(4096);
        IpHost client = MakeHost(inner.Left, pool, "10.0.0.2", 1);
        IpHost router = new(pool, new TimerWheel(), new SeededEntropy(2), new IpHostOptions { Forwards = true })
        {
            Filter = filters ? new PacketFilter([new FilterRule(FilterVerdict.Accept, Protocol: IpProtocol.Udp)], FilterVerdict.Drop) : null,
        };
        router.Attach(inner.Right, () => { }).Add(new IpPrefix(HostRig.Local, 24));
        router.Attach(outer.Left, () => { }).Add(new IpPrefix(RouterRig.OuterAddress, 24));
        IpHost server = MakeHost(outer.Right, pool, "10.1.0.2", 3);
        client.Routes.Add(new Route(new IpPrefix(RouterRig.Gateway, 24), HostRig.Local, client.Interfaces[0]));
        UdpEndpoint sender = client.Udp.Bind(new IpEndPoint(HostRig.Peer, 4000), null, out _)!;
        UdpEndpoint receiver = server.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 7), null, out _)!;
        Instant now = new(1);
        Pass(1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int passed = Pass(Datagrams);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Datagrams, passed);
        Assert.Equal(0, allocated);

        int Pass(int count)
        {
            int received = 0;
            for (int sent = 0; received < count; sent++)
            {
                now += Duration.FromMicroseconds(100);
                PacketBuffer payload = client.Pool.TryLease()!;
                payload.Extend(64).Fill((byte)sent);
                sender.Send(payload, new IpEndPoint(RouterRig.Gateway, 7), now);
                Turn(client, now);
                Turn(router, now);
                Turn(server, now);
                Turn(router, now);
                while (receiver.TryReceive(out UdpDatagram datagram))
                {
                    received++;
                    server.Pool.Return(datagram.Packet);
                }
            }

            return received;
        }
    }

    [Fact]
    public void FramesHandedToAnotherShardAllocateNothing()
    {
        ShardRig rig = new();
        ushort port = rig.UdpPortOf(1, 5000);
        UdpEndpoint endpoint = rig.Hosts[1].Udp.Bind(new IpEndPoint(IpAddress.AnyV4, port), null, out _)!;
        byte[] frame = Frames.UdpFrame(4000, port, new byte[100]);
        Receive(rig, endpoint, frame, 2000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int received = Receive(rig, endpoint, frame, Datagrams);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Datagrams, received);
        Assert.Equal(0, allocated);
    }

    private static int Receive(ShardRig rig, UdpEndpoint endpoint, byte[] frame, int count)
    {
        int received = 0;
        for (int sent = 0; sent < count;)
        {
            for (int i = 0; i < 16 && sent < count; i++, sent++)
            {
                rig.Wires[0].Inject(frame);
            }

            rig.Turn(rig.Hosts[0]);
            rig.Turn(rig.Hosts[1]);
            while (endpoint.TryReceive(out UdpDatagram datagram))
            {
                rig.Hosts[1].Pool.Return(datagram.Packet);
                received++;
            }
        }

        return received;
    }

    private static IpHost MakeHost(IEthernetDevice device, PacketPool pool, string address, ulong seed)
    {
        IpHost host = new(pool, new TimerWheel(), new SeededEntropy(seed));
        host.Attach(device, () => { }).Add(new IpPrefix(IpAddress.Parse(address), 24));
        return host;
    }

    private static int Run(IpHost client, IpHost server, UdpEndpoint sender, UdpEndpoint echo, int count, ref Instant now)
    {
        IpEndPoint destination = new(HostRig.Local, 7);
        int sent = 0;
        int received = 0;
        for (int turn = 0; turn < count && received < count; turn++)
        {
            now += Duration.FromMicroseconds(100);
            for (int i = 0; i < 16 && sent < count; i++, sent++)
            {
                PacketBuffer payload = client.Pool.TryLease()!;
                payload.Extend(64).Fill((byte)i);
                sender.Send(payload, destination, now);
            }

            Turn(client, now);
            Turn(server, now);
            while (server.Udp.TryTakeActive(out UdpEndpoint? active))
            {
                active.TakeEvents();
                while (active.TryReceive(out UdpDatagram datagram))
                {
                    echo.Answer(datagram, now);
                }
            }

            server.Transmit(now, 64);
            Turn(client, now);
            while (sender.TryReceive(out UdpDatagram answer))
            {
                received++;
                client.Pool.Return(answer.Packet);
            }
        }

        return received;
    }

    private static void Turn(IpHost host, Instant now)
    {
        host.Receive(now, 4);
        host.TimersExpire(now);
        host.Transmit(now, 64);
    }
}
