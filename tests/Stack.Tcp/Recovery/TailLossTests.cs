using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class TailLossTests
{
    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void An_acknowledgment_that_is_delayed_does_not_get_lost_with_what_is_sent_again()
    {
        Machine machine = Flights.Open(Flights.Options with { AcknowledgmentDelay = Duration.FromMilliseconds(400), NoDelay = true });
        machine.Receive(Ack, 1, 1, 100, window: 60_000);
        machine.Wire.FromHost.Clear();
        machine.Send(1000);
        machine.Send(1000);
        machine.PassMilliseconds(50);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 101, 1, 100, window: 60_000);
        Assert.Empty(machine.Wire.FromHost);

        machine.PassMilliseconds(200);

        Assert.Equal(1, machine.Host.Counters[Counter.TcpTailLossProbes]);
        machine.Expect(Psh | Ack, 1001, 201, 1000);
        machine.Expect(Ack, 2001, 201);
    }

    [Fact]
    [Trait("RFC", "8985 §7.2, §7.3")]
    public void A_probe_that_could_not_leave_before_its_segment_was_told_to_have_arrived_does_not_leave()
    {
        Machine machine = Flights.Flying(5);
        machine.Now += Duration.FromMilliseconds(204);
        machine.Host.TimersExpire(machine.Now);

        machine.Acknowledge(1, (4001, 5001));

        Assert.DoesNotContain(4001, machine.TakeData());
        Assert.Equal(1000, machine.Connection.TakeSnapshot(machine.Now).SelectivelyAcknowledgedBytes);
        Assert.Null(machine.Connection.BrokenInvariant());
    }

    [Fact]
    [Trait("RFC", "8985 §7.2, §7.3")]
    public void After_two_round_trips_of_silence_the_last_segment_is_sent_again()
    {
        Machine machine = Flights.Flying(5);
        machine.PassMilliseconds(199);
        machine.ExpectNothing();
        machine.PassMilliseconds(5);

        Assert.Equal([4001], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpTailLossProbes]);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
    }

    [Fact]
    [Trait("RFC", "8985 §7.2")]
    public void On_a_path_of_no_length_the_peer_is_given_its_turn_on_a_processor()
    {
        Machine machine = Flights.Open(roundTripMilliseconds: 1);
        machine.Send(5000);
        Assert.Equal(5, machine.TakeData().Length);

        machine.PassMilliseconds(9);
        machine.ExpectNothing();
        machine.PassMilliseconds(2);

        Assert.Equal([4001], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpTailLossProbes]);
    }

    [Fact]
    [Trait("RFC", "8985 §7.3")]
    public void A_probe_carries_new_data_where_there_is_some_although_the_congestion_window_is_full()
    {
        Machine machine = Flights.Open();
        machine.Send(12_000);
        Assert.Equal(10, machine.TakeData().Length);

        machine.PassMilliseconds(204);

        Assert.Equal([10_001], machine.TakeData());
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [Fact]
    [Trait("RFC", "8985 §7.2")]
    public void A_lone_segment_is_given_the_time_of_a_delayed_acknowledgment_but_no_more_than_the_timeout()
    {
        Machine machine = Flights.Flying(1);

        // 2 SRTT + 200 ms is beyond the time-out of SRTT + max(200 ms, 4 RTTVAR) = 300 ms.
        machine.PassMilliseconds(299);
        machine.ExpectNothing();
        machine.PassMilliseconds(2);
        Assert.Equal([1], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpTailLossProbes]);

        // "the TCP sender re-arms the RTO timer": the probe gets all the time there is.
        machine.PassMilliseconds(297);
        machine.ExpectNothing();
        machine.PassMilliseconds(4);
        Assert.Equal([1], machine.TakeData());
        Assert.Equal(1, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
    }

    [Fact]
    [Trait("RFC", "8985 §7.4.1")]
    public void What_the_probe_makes_the_peer_tell_repairs_the_rest_without_a_timeout()
    {
        Machine machine = Flights.Flying(5);
        machine.PassMilliseconds(204);
        Assert.Equal([4001], machine.TakeData());
        machine.PassMilliseconds(100);

        machine.Acknowledge(1, (4001, 5001));

        Assert.Equal([1, 1001, 2001, 3001], TakeAll(machine));
        Assert.Equal(0, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
    }

    [Fact]
    [Trait("RFC", "8985 §7.4.2")]
    public void A_loss_that_the_probe_repaired_is_congestion_all_the_same()
    {
        Machine machine = Flights.Flying(5);
        machine.PassMilliseconds(100);
        machine.Acknowledge(4001);
        machine.PassMilliseconds(301);
        Assert.Equal([4001], machine.TakeData());
        machine.PassMilliseconds(100);
        machine.Acknowledge(5001);
        Assert.Equal(long.MaxValue, machine.Connection.Congestion!.SlowStartThresholdBytes);

        machine.Send(1000);
        machine.TakeData();
        machine.Acknowledge(6001);

        Assert.NotEqual(long.MaxValue, machine.Connection.Congestion.SlowStartThresholdBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "8985 §7.4.2")]
    public void A_probe_that_was_not_needed_is_no_congestion(bool isToldByBlock)
    {
        Machine machine = Flights.Flying(5);
        machine.PassMilliseconds(204);
        Assert.Equal([4001], machine.TakeData());
        machine.Acknowledge(5001);
        if (isToldByBlock)
        {
            machine.Acknowledge(5001, (4001, 5001));
        }
        else
        {
            machine.Acknowledge(5001);
        }

        machine.Send(1000);
        machine.TakeData();
        machine.Acknowledge(6001);

        Assert.Equal(long.MaxValue, machine.Connection.Congestion!.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "8985 §7.2")]
    public void No_probe_goes_out_while_a_gap_is_known_or_a_probe_is_unanswered_or_the_peer_has_no_SACK()
    {
        Machine gap = Flights.Flying(5);
        gap.Acknowledge(1, (4001, 5001));
        gap.PassMilliseconds(20);
        gap.Wire.FromHost.Clear();
        gap.PassMilliseconds(250);
        Assert.Equal(0, gap.Host.Counters[Counter.TcpTailLossProbes]);

        Machine unanswered = Flights.Flying(5);
        unanswered.PassMilliseconds(2_000);
        Assert.Equal(1, unanswered.Host.Counters[Counter.TcpTailLossProbes]);
        Assert.NotEqual(0, unanswered.Host.Counters[Counter.TcpRetransmissionTimeouts]);

        Machine plain = Flights.Flying(5, Flights.Options with { SelectiveAcknowledgments = false });
        plain.PassMilliseconds(299);
        plain.ExpectNothing();
    }

    /// <summary>What goes out now and for the acknowledgments of it.</summary>
    private static int[] TakeAll(Machine machine)
    {
        List<int> sent = [];
        int acknowledged = 1;
        for (int i = 0; i < 8; i++)
        {
            foreach (int sequence in machine.TakeData())
            {
                sent.Add(sequence);
                acknowledged = Math.Max(acknowledged, sequence + 1000);
            }

            machine.Acknowledge(acknowledged, (4001, 5001));
        }

        return [.. sent];
    }
}
