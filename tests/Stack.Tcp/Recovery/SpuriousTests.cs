using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class SpuriousTests
{
    [Fact]
    [Trait("RFC", "5682 §3.1 step 3b")]
    public void A_timeout_is_spurious_where_what_was_never_sent_again_arrives()
    {
        Machine machine = TimedOut(out long window);

        // The first acknowledgment covers the segment sent again, and new data goes out in place of further retransmissions.
        machine.Acknowledge(1001);
        Assert.Equal([10_001, 11_001], machine.TakeData());
        machine.Acknowledge(2001);

        Assert.Equal(1, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
        Assert.True(machine.Connection.Congestion!.WindowBytes >= window);
        Assert.Equal(long.MaxValue, machine.Connection.Congestion.SlowStartThresholdBytes);
        Assert.DoesNotContain(2001, machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "6298 §5.4, 8985 §6.3")]
    public void A_timeout_has_the_first_segment_sent_again_though_later_ones_still_fill_the_window()
    {
        Machine machine = Flights.Open(Flights.Options with { NoDelay = true });
        machine.Send(1000);
        machine.PassMilliseconds(10);
        machine.Send(1000);
        machine.PassMilliseconds(90);
        machine.Acknowledge(1001);

        // The tail loss probe takes the place of the first time-out, 300 ms from here; the time-out is due as long after it.
        for (int i = 0; i < 20; i++)
        {
            machine.Send(300);
            machine.PassMilliseconds(30);
        }

        machine.Wire.FromHost.Clear();
        machine.PassMilliseconds(60);

        Assert.Equal(1, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
        Assert.Equal([1001], machine.TakeData());
    }

    [Fact]
    [Trait("RFC", "4015 §3.2, 3708 §3")]
    public void A_peer_that_has_one_recovery_after_the_other_undone_has_sixteen_of_them_for_a_window_of_data()
    {
        LossUndo undo = default;
        int undone = 0;
        for (int i = 0; i < 100; i++)
        {
            undo.Start(new SequenceNumber(1), 0, 0);
            undo.Retransmitted(1);
            undo.DuplicateDelivered(new SequenceNumber(1001));
            if (undo.IsProvenByDuplicates)
            {
                undo.Undone(new SequenceNumber(10_001));
                undone++;
            }
        }

        Assert.Equal(16, undone);
        undo.FollowAcknowledgment(new SequenceNumber(10_001));
        undo.Start(new SequenceNumber(10_001), 0, 0);
        undo.Retransmitted(1);
        undo.DuplicateDelivered(new SequenceNumber(11_001));
        Assert.True(undo.IsProvenByDuplicates);
    }

    [Theory]
    [InlineData(false, 10_000)]
    [InlineData(true, 5_000)]
    [Trait("RFC", "3168 §6.1.2, 4015 §3.2")]
    public void What_was_reduced_for_a_mark_stays_so_although_a_loss_beside_it_was_none(bool isMarked, int window)
    {
        foreach (bool isMarkFirst in (bool[])[true, false])
        {
            Machine machine = Flights.Flying(10);
            machine.PassMilliseconds(Flights.RoundTripMilliseconds);
            Mark(machine, isMarked && isMarkFirst);
            machine.Acknowledge(1, (1001, 4001));
            Assert.Equal([1], machine.TakeData());
            Mark(machine, isMarked && !isMarkFirst);

            machine.Acknowledge(4001);
            machine.Acknowledge(4001, (1, 1001));

            Assert.InRange(machine.Connection.Congestion!.WindowBytes, window - 1_000, window);
            Assert.Equal(isMarked ? 0 : 1, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
        }
    }

    private static void Mark(Machine machine, bool isMarked)
    {
        if (isMarked)
        {
            machine.Connection.EnterReduction(machine.Now);
        }
    }

    [Fact]
    [Trait("RFC", "5682 §2.1 step 2a")]
    public void Without_SACK_a_duplicate_first_after_a_timeout_makes_it_real()
    {
        Machine machine = Flights.Flying(10, Flights.Options with { SelectiveAcknowledgments = false });
        machine.PassMilliseconds(301);
        Assert.Equal([1], machine.TakeData());
        machine.Append(10_000);

        machine.Acknowledge(1);
        machine.Acknowledge(1001);

        Assert.Equal([1001, 2001], machine.TakeData());
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
    }

    [Fact]
    [Trait("RFC", "5682 §3.1 step 3a")]
    public void A_duplicate_after_the_new_segments_makes_the_timeout_real()
    {
        Machine machine = TimedOut(out _);
        machine.Acknowledge(1001);
        Assert.Equal([10_001, 11_001], machine.TakeData());

        machine.Acknowledge(1001, (10_001, 11_001));

        Assert.Contains(1001, machine.TakeData());
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
        Assert.Equal(5_000, machine.Connection.Congestion!.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "5682 §2.1 step 2a")]
    public void Without_SACK_an_acknowledgment_of_everything_proves_nothing()
    {
        Machine machine = Flights.Flying(5, Flights.Options with { SelectiveAcknowledgments = false });
        machine.PassMilliseconds(301);
        Assert.Equal([1], machine.TakeData());

        machine.Acknowledge(5001);

        Assert.Equal(0, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
    }

    [Fact]
    [Trait("RFC", "3708 §3, 4015 §3")]
    public void A_recovery_whose_every_retransmission_arrived_twice_is_taken_back()
    {
        Machine machine = Flights.Flying(10);
        machine.Acknowledge(1, (1001, 4001));
        Assert.Equal([1], machine.TakeData());

        machine.Acknowledge(10_001, (1, 1001));

        Assert.Equal(1, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
        Assert.Equal(long.MaxValue, machine.Connection.Congestion!.SlowStartThresholdBytes);
        Assert.True(machine.Connection.Congestion.WindowBytes >= 10_000);
    }

    [Fact]
    [Trait("RFC", "3522 §3.2")]
    public void A_recovery_is_taken_back_where_the_echo_is_older_than_the_retransmission()
    {
        Machine machine = Flights.Flying(10, Flights.Options with { Timestamps = true });
        uint sentAt = machine.Clock();
        machine.PassMilliseconds(100);
        machine.Receive(
            Ack, 1, 1, window: 60_000, options: [.. Flights.Timestamps(machine, sentAt), .. Flights.Sack(machine, (1001, 4001))]);
        Assert.Equal([1], machine.TakeData());
        machine.PassMilliseconds(5);

        // The first transmission has arrived, late: its timestamp comes back.
        machine.Receive(Ack, 1, 10_001, window: 60_000, options: Flights.Timestamps(machine, sentAt));

        Assert.Equal(1, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
        Assert.Equal(long.MaxValue, machine.Connection.Congestion!.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "3522 §3.2")]
    public void A_recovery_stands_where_the_retransmission_is_answered()
    {
        Machine machine = Flights.Flying(10, Flights.Options with { Timestamps = true });
        uint sentAt = machine.Clock();
        machine.PassMilliseconds(100);
        machine.Receive(
            Ack, 1, 1, window: 60_000, options: [.. Flights.Timestamps(machine, sentAt), .. Flights.Sack(machine, (1001, 4001))]);
        uint againAt = machine.Clock();
        machine.PassMilliseconds(100);

        machine.Receive(Ack, 1, 10_001, window: 60_000, options: Flights.Timestamps(machine, againAt));

        Assert.Equal(0, machine.Host.Counters[Counter.TcpSpuriousRecoveries]);
        Assert.Equal(5_000, machine.Connection.Congestion!.SlowStartThresholdBytes);
    }

    /// <summary>Ten segments are on their way, unanswered beyond the time-out; the tail probe and the first one went out again.</summary>
    private static Machine TimedOut(out long window)
    {
        Machine machine = Flights.Flying(10);
        window = machine.Connection.Congestion!.WindowBytes;
        machine.PassMilliseconds(510);
        Assert.Equal(1, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
        Assert.Equal([9001, 1], machine.TakeData());
        machine.Append(10_000);
        return machine;
    }
}
