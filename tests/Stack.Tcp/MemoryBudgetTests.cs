using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class MemoryBudgetTests
{
    private const int Segment = 1000;

    [Theory]
    [InlineData(0, 0, MemoryPressure.None)]
    [InlineData(0, 384, MemoryPressure.None)]
    [InlineData(0, 385, MemoryPressure.Moderate)]
    [InlineData(0, 768, MemoryPressure.Critical)]
    [InlineData(1 << 20, 128, MemoryPressure.None)]
    [InlineData(1 << 20, 129, MemoryPressure.Moderate)]
    [InlineData(1 << 20, 256, MemoryPressure.Critical)]
    [InlineData(1L << 40, 767, MemoryPressure.Moderate)]
    public void Pressure_rises_with_what_is_held(long budgetBytes, int heldBlocks, MemoryPressure expected)
    {
        MemoryBudget memory = new(new PacketPool(1024), budgetBytes);

        memory.Hold(heldBlocks);

        Assert.Equal(expected, memory.Pressure);
    }

    [Fact]
    public void A_pool_that_others_have_used_up_takes_in_no_payload()
    {
        Machine machine = new Machine(Plain, poolBlocks: 1024).Established();
        List<PacketBuffer> leased = [];
        while (machine.Pool.AvailableBlocks > 64)
        {
            leased.Add(machine.Pool.TryLease()!);
        }

        machine.Receive(Ack, 1, 1, Segment);
        machine.Receive(Ack, 2001, 1, Segment);

        Assert.Equal((1, 1), (machine[DropReason.TcpReceiveFull], machine[DropReason.TcpReassemblyFull]));
        leased.ForEach(machine.Pool.Return);
        machine.Receive(Ack, 1, 1, Segment);
        Assert.Equal(Segment, machine.Read().Length);
    }

    [Fact]
    public void However_many_take_their_share_something_is_left_for_the_next()
    {
        MemoryBudget memory = new(new PacketPool(65_536), 0);
        memory.Hold((memory.LimitBlocks / 2) + 1);
        int first = memory.ReceiveRoomBlocks(0, isReading: false);
        for (int i = 0; i < 100; i++)
        {
            memory.Hold(memory.ReceiveRoomBlocks(0, isReading: false));
        }

        Assert.True(first > 1000);
        Assert.InRange(memory.HeldBlocks, memory.LimitBlocks / 2, memory.LimitBlocks + (2 * 100));
        Assert.InRange(memory.ReceiveRoomBlocks(0, isReading: false), 2, 100);
        Assert.Equal(0, memory.ReceiveRoomBlocks(first, isReading: false));
        Assert.InRange(memory.SendRoomBlocks(0), 2, 100);

        // Nothing of the pool is really leased: readers have all of it to share.
        Assert.Equal(65_536 * 15 / 16 / 8, memory.ReceiveRoomBlocks(0, isReading: true));
    }

    [Fact]
    public void Everything_held_is_accounted_for_and_given_back()
    {
        Machine machine = new Machine().Established();
        MemoryBudget memory = machine.Tcp.Memory;
        machine.Receive(Ack, 1, 1, Segment);
        machine.Receive(Ack, 3001, 1, Segment);
        machine.Append(5000);
        Assert.Equal(4, memory.HeldBlocks);

        machine.Read(isConsumed: false);
        Assert.Equal(4, memory.HeldBlocks);
        machine.Connection.Consumed(Segment / 2, machine.Now);
        machine.Connection.Consumed(Segment / 2, machine.Now);
        Assert.Equal(3, memory.HeldBlocks);
        machine.Receive(Ack, 1001, 1, 2000);
        machine.Read(isConsumed: false);
        machine.Receive(Ack, 4001, 1, 10);
        Assert.True(memory.HeldBlocks > 2);

        machine.Connection.Abort(machine.Now);

        Assert.Equal(0, memory.HeldBlocks);
        machine.Turn();
        machine.AssertBalanced();
    }

    [Fact]
    public void What_is_read_after_the_end_is_given_back_without_a_word()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack | Fin, 1, 1, Segment);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Receive(Ack, 1002, 2);
        Assert.Equal(TcpState.Closed, machine.Connection.State);
        Assert.Equal(1, machine.Tcp.Memory.HeldBlocks);

        machine.Read(isConsumed: false);

        Assert.Equal(0, machine.Tcp.Memory.HeldBlocks);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void Under_pressure_the_window_shrinks_by_what_arrives_and_its_right_edge_stays()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 65_535 }, poolBlocks: 1024).Established();
        machine.Receive(Ack, 1, 1, Segment);
        int edge = 1 + Segment + machine.Take().Window;
        MemoryBudget memory = machine.Tcp.Memory;
        memory.Hold(memory.LimitBlocks - 300);

        for (int next = 1001; next + Segment <= edge; next += Segment)
        {
            machine.Receive(Ack, next, 1, Segment);
            machine.PassMilliseconds(41);
            Assert.Equal(edge, next + Segment + machine.Take().Window);
        }

        // What is read opens the window again, but not beyond a share of what is left.
        machine.Read();
        machine.Turn();
        int window = machine.Take().Window;
        Assert.InRange(window, 2 * Segment, 1024 * 15 / 16 / 8 * Segment);
        memory.Hold(-memory.HeldBlocks);
        machine.Receive(Ack, edge / Segment * Segment + 1, 1, 1);
        machine.PassMilliseconds(41);
        Assert.InRange(machine.Take().Window, 60_000, 65_536);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void Where_all_is_used_up_who_holds_unread_data_takes_in_no_more_and_who_keeps_up_does()
    {
        Machine machine = new Machine(Plain, poolBlocks: 1024).Established();
        MemoryBudget memory = machine.Tcp.Memory;
        memory.Hold(memory.LimitBlocks);

        // Three fit a block; a third block is too much for one that has not read.
        for (int i = 0; i < 7; i++)
        {
            machine.Wire.FromHost.Clear();
            machine.Receive(Ack, 1 + (i * Segment), 1, Segment);
        }

        Assert.Equal(6_001, unchecked((int)(machine.Take().Acknowledgment - PeerInitialSequence)));
        Assert.Equal(1, machine[DropReason.TcpReceiveFull]);
        Assert.Equal(6 * Segment, machine.Read().Length);
        for (int i = 6; i < 60; i++)
        {
            machine.Receive(Ack, 1 + (i * Segment), 1, Segment);
        }

        Assert.Equal(54 * Segment, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "2018 §8")]
    public void What_lies_behind_gaps_goes_first_and_of_it_what_has_waited_longest()
    {
        TcpConnectionOptions options = Plain with { SelectiveAcknowledgments = true };
        Machine machine = new Machine(options, poolBlocks: 1024).Established([.. MachineStates.Mss(1000), 1, 1, 4, 2]);
        (TcpConnection first, IP.IpEndPoint firstPeer, uint firstInitial) = (machine.Connection, machine.Peer, machine.InitialSequence);
        machine.Receive(Ack, 1001, 1, Segment);
        machine.Wire.FromHost.Clear();
        machine.Peer = machine.Peer with { Port = 6000 };
        machine.Established([.. MachineStates.Mss(1000), 1, 1, 4, 2]);
        machine.Receive(Ack, 1001, 1, Segment);
        machine.Receive(Ack, 3001, 1, Segment);
        machine.Wire.FromHost.Clear();
        MemoryBudget memory = machine.Tcp.Memory;
        Assert.Equal(3, memory.HeldBlocks);
        memory.Hold(memory.LimitBlocks - memory.HeldBlocks);

        machine.Receive(Ack, 1, 1, Segment);

        // The other connection's went: that was enough.
        Assert.Equal("3001-4001", SackTests.Blocks(machine.Expect(Ack, 1, 2001)));
        Assert.Equal(1, machine.Host.Counters[Counter.TcpReassemblyDiscards]);
        Assert.NotSame(first, machine.Connection);
        memory.Hold(memory.HeldBlocks - memory.LimitBlocks);
        (machine.Peer, machine.InitialSequence) = (firstPeer, firstInitial);
        memory.Hold(-100);
        machine.Receive(Ack, 1, 1, Segment);
        Assert.Empty(machine.Expect(Ack, 1, 1001).Options);
        memory.Hold(100);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void The_send_buffer_is_a_share_of_what_is_left_too()
    {
        Machine machine = new Machine(Plain, poolBlocks: 1024).Established();
        Assert.Equal(65_536, machine.Connection.SendRoomBytes);
        MemoryBudget memory = machine.Tcp.Memory;

        memory.Hold(memory.LimitBlocks - 64);
        Assert.Equal(8 * PacketBuffer.BlockBytes, machine.Connection.SendRoomBytes);
        memory.Hold(64);
        Assert.Equal(2 * PacketBuffer.BlockBytes, machine.Connection.SendRoomBytes);
        machine.Append(PacketBuffer.BlockBytes);
        Assert.Equal(PacketBuffer.BlockBytes, machine.Connection.SendRoomBytes);

        machine.Turn();
        machine.Connection.TakeEvents();
        machine.Receive(Ack, 1, 1 + PacketBuffer.BlockBytes);
        Assert.True((machine.Connection.TakeEvents() & TcpEvents.Writable) != 0);
        Assert.Equal(2 * PacketBuffer.BlockBytes, machine.Connection.SendRoomBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void Readers_that_never_read_do_not_stop_one_that_does()
    {
        FaultyLink link = new(7) { Delay = Duration.FromMilliseconds(1) };
        PacketPool small = new(1024);
        TwoHosts hosts = new(link.Left, link.Right, () => link.NextArrival, null, null, new PacketPool(65_536), small);
        (TcpConnection client, TcpConnection server) = hosts.Connect();
        Transfer transfer = new(client, server, 500_000);
        hosts.Until(() =>
        {
            transfer.Pump(hosts.Now);
            return transfer.ReceivedBytes > 10_000;
        });
        List<(TcpConnection Client, TcpConnection Server)> idle = [];
        for (int i = 0; i < 200; i++)
        {
            idle.Add(hosts.Connect());
            idle[^1].Client.Append(TwoHosts.Payload(hosts.Left, new byte[60_000]), hosts.Now);
        }

        hosts.Pass(Duration.FromSeconds(5));
        Assert.True(hosts.Right.Memory.HeldBlocks > hosts.Right.Memory.LimitBlocks * 9 / 10);
        int least = small.AvailableBlocks;
        hosts.Until(() =>
        {
            transfer.Pump(hosts.Now);
            least = Math.Min(least, small.AvailableBlocks);
            return transfer.IsFinished;
        });

        Assert.True(least >= 1024 / 16, $"only {least} blocks were left");
        foreach ((TcpConnection first, TcpConnection second) in idle)
        {
            first.Abort(hosts.Now);
            second.Abort(hosts.Now);
        }

        server.Shutdown(hosts.Now);
        hosts.Pass(Duration.FromSeconds(5));
        Assert.Equal(0, hosts.Right.Memory.HeldBlocks);
        Assert.Equal(0, hosts.Left.Memory.HeldBlocks);
        hosts.AssertBalanced();
    }
}
