using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class SelectiveRetransmissionTests
{
    [Fact]
    [Trait("RFC", "6675 §5, 8985 §6.2")]
    public void Three_segments_delivered_behind_a_gap_have_the_gap_sent_again_and_nothing_else()
    {
        Machine machine = Flights.Flying(10);

        machine.Acknowledge(1, (1001, 2001));
        machine.Acknowledge(1, (1001, 3001));
        Assert.Empty(machine.TakeData());
        machine.Acknowledge(1, (1001, 4001));

        Assert.Equal([1], machine.TakeData());
        Assert.Equal(5_000, machine.Connection.Congestion!.SlowStartThresholdBytes);
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastRecoveries]);
    }

    [Fact]
    [Trait("RFC", "3042 §2, 6675 §5 (step 3)")]
    public void What_is_delivered_behind_a_gap_lets_as_much_new_data_out()
    {
        Machine machine = Flights.Flying(10);
        machine.Append(5000);

        machine.Acknowledge(1, (1001, 2001));
        Assert.Equal([10_001], machine.TakeData());
        machine.Acknowledge(1, (1001, 3001));
        Assert.Equal([11_001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "6675 §4 (NextSeg), 6937 §3")]
    public void All_gaps_that_one_acknowledgment_tells_of_are_sent_again_as_far_as_the_reduced_window_lets_them()
    {
        Machine machine = Flights.Flying(10);

        // Lost: 1001, 2001, 5001 and 6001. Two segments are on their way no more, six have arrived, ssthresh is 4.5 segments.
        machine.Acknowledge(1001, (3001, 5001), (7001, 10_001));

        Assert.Equal([1001, 2001, 5001, 6001], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastRecoveries]);
    }

    [Fact]
    [Trait("RFC", "2018 §3")]
    public void Blocks_count_on_segments_that_bring_data_too()
    {
        Machine machine = Flights.Flying(10);
        machine.PassMilliseconds(Flights.RoundTripMilliseconds);
        for (int i = 0; i < 3; i++)
        {
            machine.Receive(
                Ack, machine.PeerNext + (i * 100), 1, 100, window: 60_000, options: Flights.Sack(machine, (1001, 2001 + (i * 1000))));
        }

        Assert.Contains(machine.Wire.FromHost, packet => SentSegment.Read(packet, machine.Now).Payload.Length == 1000);
        Assert.Equal(300, machine.Read().Length);
    }

    [Fact]
    [Trait("RFC", "2018 §4")]
    public void An_acknowledgment_that_was_overtaken_still_tells_of_its_blocks()
    {
        Machine machine = Flights.Flying(10);
        machine.PassMilliseconds(10);
        machine.Acknowledge(1, (1001, 2001));
        machine.Acknowledge(1, (1001, 3001));
        machine.Acknowledge(1, (1001, 3001), (8001, 9001));
        Assert.Equal([1], machine.TakeData());
        machine.PassMilliseconds(12);
        machine.Acknowledge(4001, (8001, 9001));
        Assert.Equal([4001, 5001, 6001], machine.TakeData());
        machine.Append(10_000);

        machine.Acknowledge(3001, (5001, 7001));

        Assert.Equal([7001, 10_001], machine.TakeData());
        Assert.Equal(3000, machine.Connection.TakeSnapshot(machine.Now).SelectivelyAcknowledgedBytes);
        machine.Acknowledge(3001, (5001, 7001));
        Assert.Empty(machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "2018 §5")]
    public void What_was_told_to_have_arrived_is_not_sent_again()
    {
        Machine machine = Flights.Flying(10);
        machine.Acknowledge(1, (1001, 2001), (3001, 4001), (5001, 6001));
        HashSet<int> sent = [.. machine.TakeData()];

        machine.Acknowledge(1001, (3001, 4001), (5001, 6001));
        machine.Acknowledge(3001, (5001, 10_001));
        sent.UnionWith(machine.TakeData());
        machine.Acknowledge(10_001);

        Assert.Equal([1, 2001, 4001], sent.Order());
        machine.ExpectNothing();
        Assert.Equal(0, machine.Connection.UnacknowledgedBytes);
    }

    [Fact]
    [Trait("RFC", "2018 §5")]
    public void A_block_that_told_nothing_while_some_of_it_was_not_sent_counts_once_all_of_it_is()
    {
        Machine machine = Flights.Flying(4);
        machine.Acknowledge(1, (1001, 2001));
        machine.Acknowledge(1, (1001, 6001));
        Assert.Equal(1000, machine.Connection.TakeSnapshot(machine.Now).SelectivelyAcknowledgedBytes);
        machine.Send(2000);

        machine.Acknowledge(1, (1001, 6001));

        Assert.Equal(5000, machine.Connection.TakeSnapshot(machine.Now).SelectivelyAcknowledgedBytes);
    }

    [Theory]
    [InlineData(20_001, 21_001)]
    [InlineData(4001, 3001)]
    [InlineData(3001, 3001)]
    [InlineData(-2000, -1000)]
    [InlineData(10_000, 10_002)]
    [Trait("RFC", "2018 §5")]
    public void A_block_of_what_was_never_sent_or_of_nothing_tells_nothing(int start, int end)
    {
        Machine machine = Flights.Flying(10);

        for (int i = 0; i < 4; i++)
        {
            machine.Acknowledge(1, (start, end));
        }

        machine.ExpectNothing();
        Assert.Equal(0, machine.Host.Counters[Counter.TcpFastRecoveries]);
    }

    [Fact]
    [Trait("RFC", "2018 §8")]
    public void A_peer_that_gives_back_what_it_told_to_have_gets_it_again_after_a_timeout()
    {
        Machine machine = Flights.Flying(10);
        machine.Acknowledge(1, (1001, 10_001));
        Assert.Equal([1], machine.TakeData());

        // The gap is filled, and yet the acknowledgment does not reach over what was told.
        machine.Acknowledge(1001);
        machine.PassMilliseconds(400);

        Assert.Equal([1001], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
        machine.Acknowledge(2001);
        Assert.Equal([2001, 3001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "6675 §5")]
    public void Small_segments_that_are_lost_go_again_together()
    {
        Machine machine = Flights.Open(Flights.Options with { NoDelay = true });
        for (int i = 0; i < 6; i++)
        {
            machine.Send(100);
        }

        machine.Wire.FromHost.Clear();
        machine.Acknowledge(1, (301, 601));

        machine.Expect(Psh | Ack, 1, 1, 300);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.4")]
    public void A_lost_FIN_is_sent_again_by_its_own_number()
    {
        Machine machine = Flights.Flying(1);
        machine.Connection.Shutdown(machine.Now);
        machine.Turn();
        machine.Expect(Fin | Ack, 1001, 1);
        machine.Acknowledge(1001);

        machine.PassMilliseconds(400);

        machine.Expect(Fin | Ack, 1001, 1);
    }

    [Fact]
    [Trait("RFC", "6675 §3")]
    public void A_peer_that_takes_one_byte_at_a_time_bounds_what_is_remembered()
    {
        Machine machine = new Machine(Flights.Options with { NoDelay = true, SendBufferBytes = 1 << 20, WindowScale = 8 }, poolBlocks: 32_768).Established(
            [.. MachineStates.Mss(1000), 1, 1, 4, 2, 1, 3, 3, 8], window: 60_000);
        for (int i = 0; i < SentSegments.Limit + 100; i++)
        {
            machine.Append(1);
            machine.Host.Transmit(machine.Now, 10);
            machine.Wire.FromHost.Clear();

            // The window is opened for it: acknowledgments of nothing but blocks far ahead.
            if (i % 8 == 7)
            {
                machine.Acknowledge(1, (2 + i - 6, 2 + i));
            }
        }

        Assert.True(machine.Connection.UnacknowledgedBytes <= SentSegments.Limit);
        machine.Acknowledge(1 + (int)machine.Connection.UnacknowledgedBytes);
        machine.Turn();
        machine.Wire.FromHost.Clear();
        Assert.Equal(TcpState.Established, machine.Connection.State);
    }
}
