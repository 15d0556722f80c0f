using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>Several hosts that together are one: what comes by any queue reaches the one it belongs to.</summary>
public class ShardTests
{
    private readonly ShardRig _rig = new();

    public static TheoryData<int> Queues => [.. Enumerable.Range(0, ShardRig.Count)];

    [Fact]
    public void An_address_is_announced_once_for_all()
    {
        Assert.Single(_rig.TakeSent());
        _rig.Pass(Duration.FromSeconds(3));
        Assert.Single(_rig.TakeSent());
    }

    [Theory]
    [MemberData(nameof(Queues))]
    public void An_ARP_request_by_any_queue_has_one_answer_and_all_learn_from_it(int queue)
    {
        _rig.TakeSent();
        _rig.Receive(queue, Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local));

        Assert.Equal((ushort)ArpOperation.Reply, Frames.Word(Assert.Single(_rig.TakeSent()).AsSpan(14), 6));
        Assert.Equal(1, _rig.Sum(Counter.ArpRequestsReceived));
        foreach (IpHost host in _rig.Hosts)
        {
            SendFrom(host);
            byte[] frame = Assert.Single(_rig.TakeSent());
            Assert.Equal(Wire.PeerLink, Frames.LinkDestination(frame));
            Assert.Equal(0x0800, Frames.Word(frame, 12));
        }

        _rig.AssertBalanced();
    }

    [Theory]
    [MemberData(nameof(Queues))]
    public void An_ARP_reply_by_any_queue_reaches_the_one_who_asked(int queue)
    {
        _rig.TakeSent();
        SendFrom(_rig.Hosts[2]);
        Assert.Equal((ushort)ArpOperation.Request, Frames.Word(Assert.Single(_rig.TakeSent()).AsSpan(14), 6));

        _rig.Receive(queue, Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local, Wire.HostLink));

        Assert.Equal(0x0800, Frames.Word(Assert.Single(_rig.TakeSent()), 12));
        Assert.Equal(1, _rig.Sum(Counter.ArpRepliesReceived));
        _rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "5227 §2.4")]
    public void An_address_is_defended_once_for_all()
    {
        _rig.TakeSent();
        _rig.Receive(3, Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Local, default, HostRig.Peer));

        Assert.Single(_rig.TakeSent());
        Assert.Equal(1, _rig.Sum(Counter.ArpConflicts));
        _rig.AssertBalanced();
    }

    [Fact]
    public void A_datagram_by_any_queue_reaches_the_socket_of_its_port()
    {
        for (int owner = 0; owner < ShardRig.Count; owner++)
        {
            ushort port = _rig.UdpPortOf(owner, 5000);
            UdpEndpoint endpoint = Bind(owner, port);
            for (int queue = 0; queue < ShardRig.Count; queue++)
            {
                _rig.Receive(queue, Frames.UdpFrame(4000, port, "hello"u8));
                Assert.True(endpoint.TryReceive(out UdpDatagram datagram));
                Assert.Equal("hello"u8.ToArray(), datagram.Packet.Span.ToArray());
                _rig.Hosts[owner].Pool.Return(datagram.Packet);
            }
        }

        Assert.Equal(ShardRig.Count * (ShardRig.Count - 1), _rig.Sum(Counter.FramesSteered));
        Assert.Equal(ShardRig.Count * ShardRig.Count, _rig.Sum(Counter.FramesReceived));
        _rig.AssertBalanced();
    }

    [Fact]
    public void A_datagram_in_small_blocks_is_steered_as_well()
    {
        ushort port = _rig.UdpPortOf(1, 5000);
        UdpEndpoint endpoint = Bind(1, port);
        _rig.Wires[0].BlockBytes = 16;

        _rig.Receive(0, Frames.UdpFrame(4000, port, new byte[500]));

        Assert.True(endpoint.TryReceive(out UdpDatagram datagram));
        Assert.Equal(500, datagram.Packet.TotalLength);
        _rig.Hosts[1].Pool.Return(datagram.Packet);
        _rig.AssertBalanced();
    }

    [Fact]
    public void Fragments_by_all_queues_make_a_datagram_for_the_socket_of_its_port()
    {
        byte[] data = [.. Enumerable.Range(0, 60_000).Select(i => (byte)(i * 7))];
        for (int owner = 0; owner < ShardRig.Count; owner++)
        {
            ushort port = _rig.UdpPortOf(owner, 5000);
            UdpEndpoint endpoint = Bind(owner, port);
            byte[] datagram = Frames.Udp(HostRig.Peer, HostRig.Local, 4000, port, data);
            int queue = 0;
            for (int offset = 0; offset < datagram.Length; offset += 1480)
            {
                int length = Math.Min(1480, datagram.Length - offset);
                ushort fragment = (ushort)((offset / 8) | (offset + length < datagram.Length ? 0x2000 : 0));
                _rig.Wires[queue++ % ShardRig.Count].Inject(Frames.Frame(Frames.Ipv4(
                    HostRig.Peer, HostRig.Local, 17, datagram.AsSpan(offset, length), fragment: fragment, id: (ushort)owner)));
            }

            _rig.Turn();
            Assert.True(endpoint.TryReceive(out UdpDatagram received));
            byte[] got = new byte[received.Packet.TotalLength];
            received.Packet.CopyTo(got);
            Assert.Equal(data, got);
            Assert.Equal(HostRig.Peer, received.Source.Address);
            _rig.Hosts[owner].Pool.Return(received.Packet);
        }

        Assert.Equal(ShardRig.Count, _rig.Sum(Counter.IpPacketsReassembled));
        _rig.Turn();
        _rig.AssertBalanced();
    }

    [Theory]
    [MemberData(nameof(Queues))]
    public void An_echo_request_is_answered_by_whoever_has_it(int queue)
    {
        LearnPeer();
        long steered = _rig.Sum(Counter.FramesSteered);
        _rig.Receive(queue, Frames.IcmpFrame(8, 0, 0x0001_0001, new byte[56]));

        Assert.Single(_rig.Wires[queue].FromHost);
        Assert.Single(_rig.TakeSent());
        Assert.Equal(steered, _rig.Sum(Counter.FramesSteered));
        _rig.AssertBalanced();
    }

    [Fact]
    public void An_echo_reply_by_any_queue_reaches_the_one_who_asked()
    {
        for (int owner = 0; owner < ShardRig.Count; owner++)
        {
            IcmpEchoEndpoint endpoint = _rig.Hosts[owner].Echo.Open()!;
            for (int queue = 0; queue < ShardRig.Count; queue++)
            {
                _rig.Receive(queue, Frames.IcmpFrame(0, 0, ((uint)endpoint.Identifier << 16) | 5, new byte[8]));
                Assert.True(endpoint.TryReceive(out IcmpEchoEvent received));
                Assert.Equal(5, received.Sequence);
                _rig.Hosts[owner].Pool.Return(received.Payload!);
            }
        }

        _rig.AssertBalanced();
    }

    [Fact]
    public void An_ICMP_error_by_any_queue_reaches_the_socket_that_it_is_about()
    {
        LearnPeer();
        for (int owner = 0; owner < ShardRig.Count; owner++)
        {
            ushort port = _rig.UdpPortOf(owner, 5000);
            UdpEndpoint endpoint = Bind(owner, port);
            endpoint.Connect(new IpEndPoint(HostRig.Peer, 53));
            endpoint.Send(_rig.Hosts[owner].Pool.TryLeaseCopy(new byte[20])!, _rig.Now);
            _rig.Turn();
            byte[] sent = Assert.Single(_rig.TakeSent());
            for (int queue = 0; queue < ShardRig.Count; queue++)
            {
                _rig.Receive(queue, Frames.IcmpFrame(3, 3, 0, Frames.Packet(sent)[..28]));
                Assert.Equal(UdpError.ConnectionRefused, endpoint.TakeError());
            }
        }

        _rig.AssertBalanced();
    }

    [Fact]
    public void A_datagram_to_ourselves_reaches_the_socket_of_its_port()
    {
        for (int from = 0; from < ShardRig.Count; from++)
        {
            for (int to = 0; to < ShardRig.Count; to++)
            {
                UdpEndpoint sender = Bind(from, _rig.UdpPortOf(from, 4000));
                UdpEndpoint receiver = Bind(to, _rig.UdpPortOf(to, 5000));
                sender.Send(
                    _rig.Hosts[from].Pool.TryLeaseCopy("self"u8)!, new IpEndPoint(IpAddress.LoopbackV4, receiver.LocalEndPoint.Port), _rig.Now);
                _rig.Turn();
                Assert.True(receiver.TryReceive(out UdpDatagram datagram));
                Assert.Equal("self"u8.ToArray(), datagram.Packet.Span.ToArray());
                _rig.Hosts[to].Pool.Return(datagram.Packet);
                sender.Close();
                receiver.Close();
            }
        }

        _rig.AssertBalanced();
    }

    [Fact]
    public void A_loop_that_does_not_take_what_is_handed_to_it_loses_it_under_a_name()
    {
        const int Sent = 1500;
        ushort port = _rig.UdpPortOf(1, 5000);
        UdpEndpoint endpoint = Bind(1, port);
        byte[] frame = Frames.UdpFrame(4000, port, new byte[10]);
        for (int i = 0; i < Sent; i++)
        {
            _rig.Wires[0].Inject(frame);
        }

        for (int turn = 0; turn < 30; turn++)
        {
            _rig.Turn(_rig.Hosts[0]);
        }

        Assert.Equal(Sent - DevicePair.DefaultCapacityFrames, _rig.Sum(DropReason.ShardRingFull));
        Assert.Equal(DevicePair.DefaultCapacityFrames, _rig.Sum(Counter.FramesSteered));
        for (int turn = 0; turn < 30; turn++)
        {
            _rig.Turn();
        }

        while (endpoint.TryReceive(out UdpDatagram datagram))
        {
            _rig.Hosts[1].Pool.Return(datagram.Packet);
        }

        Assert.Equal(Sent, _rig.Sum(Counter.FramesReceived));
        _rig.AssertBalanced();
    }

    /// <summary>A loop that gets nothing goes to sleep; the wake for what still waits in its queue came before this turn.</summary>
    [Fact]
    public void A_loop_that_handed_over_all_it_got_has_another_turn()
    {
        byte[] frame = Frames.UdpFrame(4000, _rig.UdpPortOf(1, 5000), new byte[10]);
        for (int i = 0; i < EthernetPort.BurstFrames + 1; i++)
        {
            _rig.Wires[0].Inject(frame);
        }

        int wakes = _rig.Wakes[0];
        Assert.Equal(0, _rig.Hosts[0].Receive(_rig.Now, 1));
        Assert.True(_rig.Wakes[0] > wakes);
        Assert.Equal(0, _rig.Hosts[0].Receive(_rig.Now, 1));
        Assert.Equal(EthernetPort.BurstFrames + 1, _rig.Hosts[0].Counters[Counter.FramesSteered]);
    }

    [Fact]
    public void Another_loop_is_woken_once_for_a_burst()
    {
        byte[] frame = Frames.UdpFrame(4000, _rig.UdpPortOf(1, 5000), new byte[10]);
        for (int i = 0; i < EthernetPort.BurstFrames; i++)
        {
            _rig.Wires[0].Inject(frame);
        }

        int wakes = _rig.Wakes[1];
        _rig.Hosts[0].Receive(_rig.Now, 1);
        Assert.Equal(wakes + 1, _rig.Wakes[1]);
    }

    [Fact]
    public void A_frame_for_another_station_is_handed_to_nobody()
    {
        ushort port = _rig.UdpPortOf(1, 5000);
        byte[] packet = Frames.Ipv4(HostRig.Peer, HostRig.Local, 17, Frames.Udp(HostRig.Peer, HostRig.Local, 4000, port, "x"u8));
        _rig.Receive(0, Frames.Frame(packet, new MacAddress(0x02_00_00_00_00_77)));

        Assert.Equal(1, _rig.Hosts[0].Counters[DropReason.EthernetNotForUs]);
        Assert.Equal(0, _rig.Sum(Counter.FramesSteered));
    }

    [Fact]
    public void A_shard_that_has_left_keeps_nothing_of_the_others()
    {
        ushort port = _rig.UdpPortOf(1, 5000);
        _rig.Wires[0].Inject(Frames.UdpFrame(4000, port, "late"u8));
        _rig.Turn(_rig.Hosts[0]);
        Assert.Equal(1, _rig.Hosts[0].Pool.OutstandingBlocks);

        _rig.Group.Shards[1].Dispose();
        _rig.Turn(_rig.Hosts[0]);
        Assert.Equal(0, _rig.Hosts[0].Pool.OutstandingBlocks);
    }

    [Fact]
    public void Ports_and_identifiers_that_a_shard_chooses_are_its_own()
    {
        for (int shard = 0; shard < ShardRig.Count; shard++)
        {
            HostShard place = _rig.Group.Shards[shard];
            for (int i = 0; i < 100; i++)
            {
                Assert.True(place.OwnsUdp(Bind(shard, 0).LocalEndPoint.Port));
                Assert.True(place.OwnsEcho(_rig.Hosts[shard].Echo.Open()!.Identifier));
            }
        }
    }

    private UdpEndpoint Bind(int shard, ushort port) =>
        _rig.Hosts[shard].Udp.Bind(new IpEndPoint(IpAddress.AnyV4, port), null, out _)!;

    private void LearnPeer()
    {
        _rig.Receive(0, Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local));
        _rig.TakeSent();
    }

    private void SendFrom(IpHost host)
    {
        UdpEndpoint endpoint = host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 0), null, out _)!;
        endpoint.Send(host.Pool.TryLeaseCopy("hello"u8)!, new IpEndPoint(HostRig.Peer, 9), _rig.Now);
        endpoint.Close();
        _rig.Turn();
    }
}
