using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class ReceiveTests
{
    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void The_first_segments_are_acknowledged_at_once_later_ones_every_second()
    {
        Machine machine = new Machine().Established();
        int next = 1;
        for (int i = 0; i < 16; i++, next += 1000)
        {
            machine.Receive(Ack, next, 1, 1000);
            machine.Expect(Ack, 1, next + 1000);
        }

        for (int i = 0; i < 5; i++, next += 2000)
        {
            machine.Receive(Ack, next, 1, 1000);
            machine.ExpectNothing();
            machine.Receive(Ack, next + 1000, 1, 1000);
            machine.Expect(Ack, 1, next + 2000);
        }
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void A_delayed_acknowledgment_leaves_after_40_milliseconds()
    {
        Machine machine = Delaying();
        machine.Receive(Ack, 2, 2, 100);

        machine.PassMilliseconds(39);
        machine.ExpectNothing();
        machine.PassMilliseconds(2);

        machine.Expect(Ack, 2, 102);
        machine.PassMilliseconds(500);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void An_acknowledgment_rides_on_data()
    {
        Machine machine = Delaying();
        machine.Receive(Ack, 2, 2, 100);

        machine.Send(50);

        machine.Expect(Psh | Ack, 2, 102, 50);
        machine.PassMilliseconds(100);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void A_delay_of_zero_acknowledges_every_segment()
    {
        Machine machine = new Machine(Plain with { AcknowledgmentDelay = Duration.Zero }).Established();
        for (int i = 0; i < 40; i++)
        {
            machine.Receive(Ack, 1 + (i * 10), 1, 10);
            machine.Expect(Ack, 1, 11 + (i * 10));
        }
    }

    [Fact]
    [Trait("RFC", "5681 §4.2")]
    public void Behind_a_gap_and_filling_one_each_segment_is_acknowledged_at_once()
    {
        Machine machine = Delaying();
        machine.Receive(Ack, 102, 2, 100);
        machine.Expect(Ack, 2, 2);
        machine.Receive(Ack, 202, 2, 100);
        machine.Expect(Ack, 2, 2);

        machine.Receive(Ack, 2, 2, 100);

        machine.Expect(Ack, 2, 302);
        Assert.Equal(Enumerable.Range(2, 300).Select(PayloadAt), machine.Read());
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_segment_is_trimmed_to_what_is_new_and_fits()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 1000 }).Established();
        machine.Receive(Ack, 1, 1, 300);
        machine.Receive(Ack, 201, 1, 400);
        Assert.Equal(Enumerable.Range(1, 600).Select(PayloadAt), machine.Read(isConsumed: false));

        machine.Receive(Ack, 501, 1, 900);

        Assert.Equal(Enumerable.Range(601, 400).Select(PayloadAt), machine.Read(isConsumed: false));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.2")]
    public void The_window_closes_as_data_waits_and_opens_in_large_steps()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 10_000 }).Established();
        for (int i = 0; i < 10; i++)
        {
            machine.Receive(Ack, 1 + (i * 1000), 1, 1000);
            machine.PassMilliseconds(41);
            Assert.Equal(9000 - (i * 1000), machine.Expect(Ack, 1, 1001 + (i * 1000)).Window);
        }

        byte[] data = machine.Read(isConsumed: false);
        Assert.Equal(10_000, data.Length);
        machine.Connection.Consumed(900, machine.Now);
        machine.Turn();
        machine.ExpectNothing();
        machine.Connection.Consumed(1000, machine.Now);
        machine.Turn();
        machine.ExpectNothing();
        machine.Connection.Consumed(150, machine.Now);
        machine.Turn();

        // A little less than what was consumed: the last block is not full and charged with more than it holds.
        Assert.InRange(machine.Expect(Ack, 1, 10_001).Window, 2000, 2050);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void At_a_closed_window_acknowledgments_count_and_data_does_not()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 1000 }).Established();
        machine.Send(500);
        machine.Expect(Psh | Ack, 1, 1, 500);
        machine.Receive(Ack, 1, 1, 1000);
        machine.PassMilliseconds(41);
        Assert.Equal(0, machine.Expect(Ack, 501, 1001).Window);

        machine.Receive(Ack, 1001, 501, 1);

        machine.Expect(Ack, 501, 1001);
        Assert.Equal(0, machine.Connection.QueuedBytes);
        Assert.Equal(1000, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void A_FIN_needs_no_room()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 1000 }).Established();
        machine.Receive(Ack, 1, 1, 1000);
        machine.Expect(Ack, 1, 1001);

        machine.Receive(Fin | Ack, 1001, 1);

        machine.Expect(Ack, 1, 1002);
        Assert.Equal(TcpState.CloseWait, machine.Connection.State);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void The_right_edge_never_moves_left_whatever_the_scale_rounds_off()
    {
        Machine machine = new Machine(new TcpConnectionOptions { Timestamps = false, ReceiveBufferBytes = 100_000 })
            .Established([.. MachineStates.Mss(1000), 1, 3, 3, 0]);
        long edge = 0;
        int next = 1;
        SeededEntropy entropy = new(5);
        for (int i = 0; i < 1000; i++)
        {
            int bytes = 1 + entropy.Next(700);
            machine.Receive(Ack, next, 1, bytes);
            next += bytes;
            machine.PassMilliseconds(41);
            if (entropy.Next(3) == 0)
            {
                machine.Read();
            }

            machine.Turn();
            while (machine.Wire.FromHost.Count > 0)
            {
                SentSegment sent = machine.Take();
                long shown = unchecked((int)(sent.Acknowledgment - PeerInitialSequence)) + ((long)sent.Window << 8);
                Assert.True(shown >= edge, $"the edge moved from {edge} to {shown}");
                edge = shown;
            }
        }

        Assert.True(edge > 100_000);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void A_peer_of_one_byte_segments_pins_few_blocks()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 20_000 }).Established();
        for (int i = 0; i < 10_000; i++)
        {
            machine.Receive(Ack, 1 + i, 1, 1);
        }

        Assert.InRange(machine.Pool.OutstandingBlocks, 1, 6);
        Assert.Equal(10_000, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void A_reader_that_takes_and_keeps_small_blocks_is_charged_for_them()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 20_000 }).Established();
        List<PacketBuffer> kept = [];
        int next = 1;
        for (int i = 0; i < 5_000; i++)
        {
            machine.Receive(Ack, next, 1, 1);
            if (machine.Connection.TakeReceived() is { } chain)
            {
                kept.Add(chain);
                next++;
            }
        }

        Assert.InRange(machine.Pool.OutstandingBlocks, 1, 100);
        Assert.True(machine[DropReason.TcpReceiveFull] > 0);
        machine.Wire.FromHost.Clear();
        kept.ForEach(machine.Pool.Return);
        machine.Connection.Consumed(kept.Count, machine.Now);
        machine.Receive(Ack, next, 1, 1);
        Assert.Single(machine.Read());
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4")]
    public void Keep_alive_probes_are_answered()
    {
        Machine machine = Delaying();

        machine.Receive(Ack, 1, 2);

        machine.Expect(Ack, 2, 2);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4")]
    public void An_idle_connection_is_probed_and_ended_where_nobody_answers()
    {
        TcpConnectionOptions options = Plain with
        {
            KeepAlive = true,
            KeepAliveTime = Duration.FromSeconds(100),
            KeepAliveInterval = Duration.FromSeconds(10),
            KeepAliveProbes = 3,
        };
        Machine machine = new Machine(options).Established();
        machine.Pass(Duration.FromSeconds(99));
        machine.ExpectNothing();
        machine.Pass(Duration.FromSeconds(2));
        machine.Expect(Ack, 0, 1);

        machine.Receive(Ack, 1, 1);
        machine.Pass(Duration.FromSeconds(95));
        machine.ExpectNothing();
        machine.Pass(Duration.FromSeconds(36));

        machine.Expect(Ack, 0, 1);
        machine.Expect(Ack, 0, 1);
        machine.Expect(Ack, 0, 1);
        machine.Expect(Rst | Ack, 1, 1);
        machine.ExpectNothing();
        Assert.Equal(TcpError.TimedOut, machine.Connection.Error);
        machine.AssertBalanced();
    }

    /// <summary>A connection whose acknowledgments are delayed, because it has answered once: the peer's next is 2, ours 2.</summary>
    private static Machine Delaying()
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack, 1, 1, 1);
        machine.Expect(Ack, 1, 2);
        machine.Send(1);
        machine.Expect(Psh | Ack, 1, 2, 1);
        machine.Receive(Ack, 2, 2);
        machine.ExpectNothing();
        Assert.Equal([PayloadAt(1)], machine.Read());
        return machine;
    }
}
