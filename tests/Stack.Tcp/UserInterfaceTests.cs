using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>What RFC 9293 §3.8 and §3.9.1 ask of the calls of the owner; the table is Stack.Tcp/RFC9293.md.</summary>
public class UserInterfaceTests
{
    private static IpAddress SecondAddress { get; } = IpAddress.Parse("10.0.0.7");

    [Fact]
    [Trait("RFC", "9293 §3.9.1.1 MUST-41, MUST-42")]
    public void A_port_is_listened_on_while_it_has_half_open_connections_and_a_failed_listen_disturbs_nobody()
    {
        Machine machine = new();
        IpEndPoint local = new(OurAddress, ListenPort);
        TcpConnection opening = machine.Tcp.Connect(local, new IpEndPoint(PeerAddress, 7000), machine.Options, machine.Now, out _)!;
        machine.Turn();
        machine.Take();

        TcpListenEndpoint listener = machine.Tcp.Listen(local, 4, machine.Options, out TcpError error)!;
        Assert.Equal(TcpError.None, error);
        machine.Listener = listener;
        machine.SynReceived();
        TcpConnection halfOpen = machine.Connection;
        Assert.Null(machine.Tcp.Listen(local, 4, machine.Options, out error));
        Assert.Equal(TcpError.AddressInUse, error);
        listener.Close(machine.Now);
        Assert.Equal(TcpState.SynSent, opening.State);
        Assert.Equal(TcpState.Closed, halfOpen.State);

        machine.Turn();
        machine.Wire.FromHost.Clear();
        machine.Peer = machine.Peer with { Port = 6000 };
        machine.Listener = null;
        machine.Listen().SynReceived();
        Assert.NotNull(machine.Tcp.Listen(new IpEndPoint(OurAddress, 81), 4, machine.Options, out error));
        Assert.Equal((TcpState.SynSent, TcpState.SynReceived), (opening.State, machine.Connection.State));
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.1.1 MUST-43, MUST-44, MUST-45")]
    public void An_open_takes_the_local_address_it_is_given_or_that_of_the_IP_layer_and_keeps_it()
    {
        Machine machine = Multihomed();
        IpEndPoint remote = new(PeerAddress, 80);
        TcpConnection chosen = machine.Tcp.Connect(new IpEndPoint(SecondAddress, 0), remote, machine.Options, machine.Now, out _)!;
        TcpConnection left = machine.Tcp.Connect(null, remote, machine.Options, machine.Now, out _)!;
        machine.Pass(Duration.FromSeconds(4));

        Assert.Equal(SecondAddress, chosen.LocalEndPoint.Address);
        Assert.Equal(machine.Host.FindPath(PeerAddress)!.Source, left.LocalEndPoint.Address);
        List<byte[]> sent = [.. machine.Wire.FromHost];
        Assert.Equal(6, sent.Count);
        Assert.All(sent, packet => Assert.Equal(
            (packet[20] << 8 | packet[21]) == chosen.LocalEndPoint.Port ? SecondAddress : left.LocalEndPoint.Address,
            IpAddress.Read(packet.AsSpan(12, 4))));
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.1.1 MUST-43, MUST-45")]
    public void A_connection_of_a_listen_endpoint_keeps_the_address_the_SYN_came_to()
    {
        Machine machine = Multihomed();
        machine.Ours = new IpEndPoint(SecondAddress, ListenPort);
        machine.Established();
        machine.Send(10);
        machine.Receive(Ack, 70_000, 1, 10);
        machine.Connection.Abort(machine.Now);
        machine.Turn();

        List<byte[]> sent = [.. machine.Wire.FromHost];
        Assert.Equal(3, sent.Count);
        Assert.All(sent, packet => Assert.Equal(SecondAddress, IpAddress.Read(packet.AsSpan(12, 4))));

        TcpListenEndpoint first = machine.Tcp.Listen(new IpEndPoint(OurAddress, 81), 1, machine.Options, out _)!;
        machine.Ours = new IpEndPoint(SecondAddress, 81);
        machine.Wire.FromHost.Clear();
        machine.Receive(Syn, 0, 0);
        Assert.Equal(0, first.SynQueueLength);
        Assert.Equal(Rst | Ack, machine.Take().Flags);
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.1.9 MUST-48, SHLD-21, SHLD-22")]
    public void Every_segment_of_a_connection_has_its_traffic_class_which_may_change()
    {
        Machine machine = new Machine(Plain with { TrafficClass = 0xB8 }).Established();
        machine.Send(10);
        machine.Receive(Ack, 1, 11, 10);
        Assert.Equal((0xB8, 0xB8), (machine.Take().TrafficClass, machine.Take().TrafficClass));

        machine.Connection.Change(machine.Options with { TrafficClass = 0x28 }, machine.Now);
        machine.Send(10);
        Assert.Equal(0x28, machine.Take().TrafficClass);
        machine.Connection.Abort(machine.Now);
        machine.Turn();

        SentSegment reset = machine.Take();
        Assert.Equal((Rst | Ack, 0x28), (reset.Flags, reset.TrafficClass));
    }

    [Fact]
    [Trait("RFC", "9293 §3.9.1.9 MUST-48")]
    public void Acknowledgments_in_TIME_WAIT_have_the_traffic_class_of_the_connection()
    {
        Machine machine = new Machine(Plain with { TrafficClass = 0xB8 }).Reach(TcpState.TimeWait);

        machine.Receive(Fin | Ack, 1, 2);

        Assert.Equal(0xB8, machine.Expect(Ack, 2, 2).TrafficClass);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4 MUST-25, MUST-28")]
    public void Nobody_is_probed_unless_asked_for_and_then_not_before_two_hours()
    {
        Machine silent = new Machine().Established();
        silent.Pass(Duration.FromSeconds(100_000));
        silent.ExpectNothing();

        Machine probing = new Machine(Plain with { KeepAlive = true }).Established();
        probing.Pass(Duration.FromSeconds(7_199));
        probing.ExpectNothing();
        probing.Pass(Duration.FromSeconds(2));
        Assert.Empty(probing.Expect(Ack, 0, 1).Payload);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4 MUST-24, MUST-27")]
    public void Probing_is_switched_on_and_off_for_each_connection_at_any_time()
    {
        Machine machine = new Machine().Established();
        TcpConnectionOptions off = machine.Options;

        machine.Connection.Change(off with { KeepAlive = true, KeepAliveTime = Duration.FromSeconds(50) }, machine.Now);
        machine.Pass(Duration.FromSeconds(51));
        machine.Expect(Ack, 0, 1);
        machine.Receive(Ack, 1, 1);
        machine.Connection.Change(off, machine.Now);
        machine.Pass(Duration.FromSeconds(50_000));

        machine.ExpectNothing();
        Assert.Equal(TcpState.Established, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4 MUST-26")]
    public void No_probe_goes_out_while_data_is_unacknowledged_or_segments_arrive()
    {
        TcpConnectionOptions options = Plain with { KeepAlive = true, KeepAliveTime = Duration.FromSeconds(10) };
        Machine machine = new Machine(options).Established();
        for (int i = 0; i < 10; i++)
        {
            machine.Pass(Duration.FromSeconds(7));
            machine.Receive(Ack, 1 + (i * 10), 1, 10);
            machine.PassMilliseconds(50);
            machine.Expect(Ack, 1, 11 + (i * 10));
        }

        machine.Send(100);
        machine.Pass(Duration.FromSeconds(60));
        while (machine.Wire.FromHost.Count > 0)
        {
            machine.Expect(Psh | Ack, 1, 101, 100);
        }
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.3 SHLD-11")]
    public void A_connection_lives_for_a_hundred_seconds_without_an_answer()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);

        machine.Pass(Duration.FromSeconds(100));
        Assert.Equal(TcpState.Established, machine.Connection.State);
        machine.Pass(Duration.FromSeconds(1_000));

        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
    }

    [Fact]
    [Trait("RFC", "6298 §5.7, 9293 §3.8.2 MUST-19")]
    public void The_timeout_stays_doubled_until_data_sent_once_is_acknowledged()
    {
        Machine machine = new Machine().Established();
        machine.Send(100);
        machine.PassMilliseconds(201);
        machine.PassMilliseconds(401);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 101);

        machine.Send(100);
        machine.Expect(Psh | Ack, 101, 1, 100);
        machine.PassMilliseconds(799);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 201);
        machine.Send(100);
        machine.Expect(Psh | Ack, 201, 1, 100);

        // A new measurement: SRTT + max(200 ms, 4 * RTTVAR), nothing doubled.
        TcpSnapshot snapshot = machine.Connection.TakeSnapshot(machine.Now);
        Assert.Equal(
            snapshot.RoundTrip.Nanoseconds + Math.Max(200_000_000, 4 * snapshot.RoundTripVariation.Nanoseconds),
            snapshot.RetransmissionTimeout.Nanoseconds);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.1, §3.9.1.2 MUST-60")]
    public void Data_that_a_small_window_holds_back_leaves_after_a_time_out()
    {
        Machine machine = new Machine().Established(window: 3000);
        machine.Send(3000);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 3001, window: 400);
        machine.Send(1000);
        machine.ExpectNothing();

        machine.PassMilliseconds(1000);

        machine.Expect(Ack, 3001, 1, 400);
    }

    private static Machine Multihomed()
    {
        Machine machine = new();
        machine.Host.Interfaces[0].Add(new IpPrefix(SecondAddress, 24));
        machine.Turn();
        machine.Wire.FromHost.Clear();
        return machine;
    }
}
