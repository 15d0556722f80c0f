using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class RackTests
{
    [Fact]
    [Trait("RFC", "8985 §6.2 step 5, §6.3")]
    public void One_segment_overtaken_is_lost_a_quarter_of_a_round_trip_after_its_time()
    {
        Machine machine = Flights.Flying(4);
        machine.PassMilliseconds(100);
        machine.Acknowledge(1, (1001, 2001));
        machine.PassMilliseconds(24);
        machine.ExpectNothing();

        machine.PassMilliseconds(2);

        Assert.Equal([1], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastRecoveries]);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 5")]
    public void An_overtaken_segment_that_arrives_in_time_is_not_sent_again()
    {
        Machine machine = Flights.Flying(4);
        machine.PassMilliseconds(100);
        machine.Acknowledge(1, (1001, 2001));
        machine.PassMilliseconds(20);
        machine.Acknowledge(2001);
        machine.PassMilliseconds(20);

        machine.ExpectNothing();
        Assert.Equal(0, machine.Host.Counters[Counter.TcpFastRecoveries]);
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 4")]
    public void Once_segments_have_overtaken_each_other_three_of_them_are_no_proof_of_a_loss()
    {
        Machine machine = Flights.Flying(4);
        machine.PassMilliseconds(100);
        machine.Acknowledge(1, (1001, 2001));
        machine.Acknowledge(4001);
        machine.Send(6000);
        machine.TakeData();
        machine.PassMilliseconds(100);

        machine.Acknowledge(4001, (5001, 8001));
        machine.ExpectNothing();
        machine.PassMilliseconds(26);

        Assert.Equal([4001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 3, 2018 §4")]
    public void Blocks_of_one_acknowledgment_say_nothing_of_the_order_of_their_arrival()
    {
        // "The first SACK block MUST specify the contiguous block of data containing the segment which triggered this ACK":
        // the blocks do not stand in the order of their numbers, and earlier acknowledgments may be lost.
        Machine machine = Flights.Flying(8);
        machine.PassMilliseconds(100);

        machine.Acknowledge(1, (5001, 8001), (3001, 4001), (1001, 2001));

        Assert.Equal([1, 2001, 4001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 3")]
    public void An_acknowledgment_that_moves_on_and_has_blocks_says_nothing_of_the_order_of_their_arrival()
    {
        Machine machine = Flights.Flying(8);
        machine.PassMilliseconds(100);

        machine.Acknowledge(2001, (4001, 8001));

        Assert.Equal([2001, 3001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 4")]
    public void A_duplicate_told_by_the_peer_widens_the_window_for_reordering()
    {
        Machine machine = Flights.Flying(4);
        machine.PassMilliseconds(100);
        machine.Acknowledge(1, (1001, 2001));
        machine.Acknowledge(4001);

        // One more quarter of a round trip for the duplicate.
        machine.Send(2000);
        machine.TakeData();
        machine.PassMilliseconds(100);
        machine.Acknowledge(4001, (3001, 4001), (5001, 6001));
        machine.PassMilliseconds(48);
        machine.ExpectNothing();
        machine.PassMilliseconds(4);

        Assert.Equal([4001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "8985 §3.1")]
    public void A_retransmission_that_is_lost_too_is_found_by_what_was_sent_after_it()
    {
        Machine machine = Flights.Flying(10);
        machine.Append(20_000);
        machine.PassMilliseconds(100);
        machine.Acknowledge(1, (1001, 4001));
        Assert.Equal([1, 10_001], machine.TakeData());
        machine.PassMilliseconds(100);

        // What went out behind the retransmission arrives, and that does not.
        machine.Acknowledge(1, (10_001, 11_001), (1001, 4001));

        Assert.Equal(1, machine.TakeData()[0]);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 2")]
    public void Under_a_coarse_clock_segments_of_one_instant_are_told_apart_by_their_numbers()
    {
        Machine machine = Flights.Flying(10);

        // All were sent in one turn of the loop, and the clock has not moved since.
        machine.Acknowledge(1, (3001, 6001));

        Assert.Equal([1], machine.TakeData());
        machine.Acknowledge(1001, (3001, 6001));
        Assert.Equal([1001], machine.TakeData());
        machine.Acknowledge(2001, (3001, 6001));
        Assert.Equal([2001], machine.TakeData());
        machine.Acknowledge(6001);
        machine.Acknowledge(10_001);
        machine.ExpectNothing();
        Assert.Equal(3, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 4")]
    public void The_reordering_window_follows_its_table()
    {
        Duration minimum = Duration.FromMilliseconds(80);
        Duration smoothed = Duration.FromMilliseconds(100);
        ReorderingWindow window = default;

        Assert.Equal(20, window.Length(false, 0, minimum, smoothed).Milliseconds);
        Assert.Equal(20, window.Length(false, 2, minimum, smoothed).Milliseconds);
        Assert.Equal(0, window.Length(false, 3, minimum, smoothed).Milliseconds);
        Assert.Equal(0, window.Length(true, 0, minimum, smoothed).Milliseconds);

        window.ReorderingSeen();
        Assert.Equal(20, window.Length(true, 5, minimum, smoothed).Milliseconds);
        for (uint round = 0; round < 3; round++)
        {
            // Two duplicates of one round trip count once.
            window.DuplicateDelivered(new SequenceNumber(round * 1000), new SequenceNumber((round * 1000) + 1000));
            window.DuplicateDelivered(new SequenceNumber((round * 1000) + 500), new SequenceNumber((round * 1000) + 1500));
        }

        Assert.Equal(80, window.Length(true, 5, minimum, smoothed).Milliseconds);
        window.DuplicateDelivered(new SequenceNumber(9000), new SequenceNumber(10_000));
        window.DuplicateDelivered(new SequenceNumber(10_000), new SequenceNumber(11_000));
        Assert.Equal(100, window.Length(true, 5, minimum, smoothed).Milliseconds);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(100, window.Length(true, 5, minimum, smoothed).Milliseconds);
            window.RecoveryEnded();
        }

        Assert.Equal(20, window.Length(true, 5, minimum, smoothed).Milliseconds);
    }
}
