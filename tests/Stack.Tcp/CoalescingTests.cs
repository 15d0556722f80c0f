using NetStack.Core;
using NetStack.IP;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>Segments that a device delivers in one burst, and what TCP makes of those that were put together.</summary>
public class CoalescingTests
{
    [Fact]
    public void Segments_in_sequence_are_acknowledged_once_and_arrive_whole()
    {
        Machine machine = new Machine().Established();
        Inject(machine, 5);

        machine.Expect(Ack, 1, 5_001);
        machine.ExpectNothing();
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => PayloadAt(1 + i)), machine.Read());
        machine.AssertBalanced();
    }

    [Fact]
    public void It_may_be_turned_off()
    {
        Machine machine = new Machine(host: new IpHostOptions { CoalescesSegments = false }).Established();
        long before = machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived;
        Inject(machine, 5);
        Assert.Equal(5, machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived - before);
        Assert.Equal(5_000, machine.Read().Length);

        machine = new Machine().Established();
        before = machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived;
        Inject(machine, 5);
        Assert.Equal(1, machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived - before);
        Assert.Equal(5_000, machine.Read().Length);
    }

    [Fact]
    public void A_FIN_finds_what_came_before_it_delivered()
    {
        Machine machine = new Machine().Established();
        machine.Inject(Ack, 1, 1, 1_000);
        machine.Inject(Ack, 1_001, 1, 1_000);
        machine.Inject(Ack | Fin, 2_001, 1, 500);
        machine.Turn();

        machine.Expect(Ack, 1, 2_502);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
        Assert.Equal(2_500, machine.Read().Length);
        machine.AssertBalanced();
    }

    [Fact]
    public void A_reset_finds_what_came_before_it_delivered()
    {
        Machine machine = new Machine().Established();
        machine.Inject(Ack, 1, 1, 1_000);
        machine.Inject(Rst, 1_001, 0);
        machine.Turn();

        Assert.Equal(TcpError.ConnectionReset, machine.Connection.Error);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.1")]
    public void A_damaged_segment_among_them_is_dropped_alone()
    {
        Machine machine = new Machine().Established();
        machine.Inject(Ack, 1, 1, 1_000);
        byte[] damaged = Packets.Tcp(
            machine.Peer, machine.Ours, unchecked(PeerInitialSequence + 1_001), machine.InitialSequence + 1, Ack, PeerWindow, payload: new byte[1_000]);
        damaged[^1] ^= 1;
        machine.Wire.Inject(damaged);
        machine.Inject(Ack, 2_001, 1, 1_000);
        machine.Turn();

        Assert.Equal(1, machine[DropReason.TcpBadChecksum]);
        machine.Expect(Ack, 1, 1_001);
        machine.Inject(Ack, 1_001, 1, 1_000);
        machine.Turn();
        Assert.Equal(3_000, machine.Read().Length);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.3")]
    public void Segments_of_which_some_are_marked_are_not_put_together()
    {
        Machine machine = new Machine(Plain with { Ecn = EcnUse.Accept }).Established();
        long before = machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived;
        machine.Inject(Ack, 1, 1, 1_000);
        machine.PeerTrafficClass = 3;
        machine.Inject(Ack, 1_001, 1, 1_000);
        machine.PeerTrafficClass = 0;
        machine.Inject(Ack, 2_001, 1, 1_000);
        machine.Turn();

        Assert.Equal(3, machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived - before);
        Assert.Equal(3_000, machine.Read().Length);
        machine.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9768 §3.2")]
    public void Marked_segments_stay_apart_and_are_counted_each()
    {
        Machine machine = new Machine(Plain with { Ecn = EcnUse.Accept }).Established();
        machine.PeerTrafficClass = 3;
        long before = machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived;
        Inject(machine, 3);

        Assert.Equal(3, machine.Connection.TakeSnapshot(machine.Now).SegmentsReceived - before);
        Assert.Equal(3_000, machine.Read().Length);
        machine.AssertBalanced();
    }

    [Fact]
    public void Flows_that_alternate_are_each_put_together()
    {
        Machine machine = new Machine().Established();
        TcpConnection first = machine.Connection;
        IpEndPoint firstPeer = machine.Peer;
        uint firstSequence = machine.InitialSequence;
        machine.Peer = new IpEndPoint(PeerAddress, 5_001);
        machine.Established();
        TcpConnection second = machine.Connection;
        long before = first.TakeSnapshot(machine.Now).SegmentsReceived + second.TakeSnapshot(machine.Now).SegmentsReceived;
        IpEndPoint secondPeer = machine.Peer;
        uint secondSequence = machine.InitialSequence;
        for (int i = 0; i < 4; i++)
        {
            (machine.Peer, machine.InitialSequence) = (firstPeer, firstSequence);
            machine.Inject(Ack, 1 + (i * 500), 1, 500);
            (machine.Peer, machine.InitialSequence) = (secondPeer, secondSequence);
            machine.Inject(Ack, 1 + (i * 500), 1, 500);
        }

        machine.Turn();

        Assert.Equal(2, first.TakeSnapshot(machine.Now).SegmentsReceived + second.TakeSnapshot(machine.Now).SegmentsReceived - before);
        Assert.Equal(2_000, first.ReceivedBytes);
        Assert.Equal(2_000, second.ReceivedBytes);
        machine.Connection = first;
        machine.Read();
        machine.Connection = second;
        machine.Read();
        machine.AssertBalanced();
    }

    private static void Inject(Machine machine, int segments)
    {
        for (int i = 0; i < segments; i++)
        {
            machine.Inject(Ack, 1 + (i * 1_000), 1, 1_000);
        }

        machine.Turn();
    }
}
