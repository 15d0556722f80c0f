using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class FastRetransmitTests
{
    [Fact]
    [Trait("RFC", "6928 §2")]
    public void The_initial_window_is_ten_segments()
    {
        Machine machine = new Machine().Established();

        machine.Send(20_000);

        for (int i = 0; i < 10; i++)
        {
            machine.Expect(Ack, 1 + (i * 1000), 1, 1000);
        }

        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "5681 §3.1, 3465 §2.2")]
    public void In_slow_start_the_window_grows_by_what_is_acknowledged()
    {
        Machine machine = new Machine().Established(window: 60_000);
        machine.Send(60_000);
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack, 1, 2001, window: 60_000);

        Assert.Equal(12_000, machine.Connection.Congestion!.WindowBytes);
        Assert.Equal(4, machine.Wire.FromHost.Count);
    }

    [Fact]
    [Trait("RFC", "5681 §3.2, 6582 §3.2")]
    public void The_third_duplicate_sends_the_missing_segment_at_once()
    {
        Machine machine = Flying(10);

        Duplicates(machine, 1, 2);
        machine.Expect(Ack, 10_001, 1, 1000);
        machine.Expect(Ack, 11_001, 1, 1000);
        machine.ExpectNothing();
        Duplicates(machine, 1, 1);

        machine.Expect(Ack, 1, 1, 1000);
        machine.ExpectNothing();
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastRecoveries]);

        // RFC 5681 §3.2: what limited transmit has sent is not counted in the FlightSize that is halved.
        Assert.Equal(5_000, machine.Connection.Congestion!.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "3042 §2")]
    public void The_first_two_duplicates_let_out_one_new_segment_each()
    {
        Machine machine = Flying(10);

        Duplicates(machine, 1, 1);
        machine.Expect(Ack, 10_001, 1, 1000);
        machine.ExpectNothing();
        Duplicates(machine, 1, 1);
        machine.Expect(Ack, 11_001, 1, 1000);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "6582 §3.2 step 3")]
    public void A_full_acknowledgment_ends_recovery_with_the_halved_window()
    {
        Machine machine = Flying(10);
        Duplicates(machine, 1, 3);
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack, 1, 12_001);

        // min (ssthresh, max (FlightSize, SMSS) + SMSS), and nothing was on its way.
        Assert.Equal(2_000, machine.Connection.Congestion!.WindowBytes);
        machine.Expect(Ack, 12_001, 1, 1000);
        machine.Expect(Ack, 13_001, 1, 1000);
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "6582 §3.2 step 3")]
    public void A_partial_acknowledgment_sends_the_next_missing_segment()
    {
        Machine machine = Flying(10);
        Duplicates(machine, 1, 3);
        machine.Wire.FromHost.Clear();

        machine.Receive(Ack, 1, 4001);

        machine.Expect(Ack, 4001, 1, 1000);
        Assert.Equal(1, machine.Host.Counters[Counter.TcpFastRecoveries]);
        machine.ExpectNothing();
        machine.Receive(Ack, 1, 12_001);
        Assert.Equal(12_001, 1 + (int)(unchecked(machine.Take().Sequence - machine.InitialSequence) - 1));
    }

    [Fact]
    [Trait("RFC", "6937 §3")]
    public void Further_duplicates_let_new_segments_out_as_old_ones_leave_the_network()
    {
        Machine machine = Flying(10);
        Duplicates(machine, 1, 3);
        machine.Wire.FromHost.Clear();

        // RecoverFS is 10 segments and ssthresh 5: one goes out for every two that arrive, the retransmission counted.
        for (int i = 0; i < 2; i++)
        {
            Duplicates(machine, 1, 1);
            machine.ExpectNothing();
            Duplicates(machine, 1, 1);
            machine.Expect(Ack, 12_001 + (i * 1000), 1, 1000);
        }

        // With ssthresh on its way nothing goes out, and from then on one for one.
        Duplicates(machine, 1, 2);
        machine.ExpectNothing();
        Duplicates(machine, 1, 1);
        machine.Expect(Ack, 14_001, 1, 1000);
        Duplicates(machine, 1, 1);
        machine.Expect(Ack, 15_001, 1, 1000);
    }

    [Theory]
    [InlineData(0, 19_000)]
    [InlineData(10, PeerWindow)]
    [Trait("RFC", "5681 §2")]
    public void An_acknowledgment_with_data_or_another_window_is_no_duplicate(int payloadBytes, int window)
    {
        Machine machine = Flying(10);

        for (int i = 0; i < 4; i++)
        {
            machine.Receive(Ack, 1 + (i * payloadBytes), 1, payloadBytes, window: window - (payloadBytes == 0 ? i * 10 : 0));
        }

        Assert.Equal(0, machine.Host.Counters[Counter.TcpFastRecoveries]);
        Assert.Equal(0, machine.Host.Counters[Counter.TcpSegmentsRetransmitted]);
    }

    [Fact]
    [Trait("RFC", "6582 §4")]
    public void After_a_timeout_duplicates_of_what_was_sent_again_in_vain_start_no_recovery()
    {
        Machine machine = Flying(5, queued: 5000);
        machine.PassMilliseconds(201);
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1, 5001);
        machine.Send(5000);
        machine.Wire.FromHost.Clear();

        Duplicates(machine, 5001, 3);

        Assert.Equal(0, machine.Host.Counters[Counter.TcpFastRecoveries]);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1")]
    public void In_congestion_avoidance_a_window_acknowledged_widens_it_by_a_segment()
    {
        NewReno reno = new();
        reno.Established(1000, false, default, default);
        reno.EnterRecovery(20_000, CongestionSignal.Loss, default);
        reno.LeaveRecovery(20_000, default);
        Assert.Equal(10_000, reno.WindowBytes);

        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(10_000, reno.WindowBytes);
            reno.Acknowledge(1000, reno.WindowBytes);
        }

        Assert.Equal(11_000, reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "7661 §4.1")]
    public void A_window_that_is_not_used_does_not_grow()
    {
        NewReno reno = new();
        reno.Established(1000, false, default, default);

        reno.Acknowledge(1000, 1000);

        Assert.Equal(10_000, reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "5681 §4.1")]
    public void After_a_pause_the_window_starts_anew()
    {
        Machine machine = new Machine().Established(window: 60_000);
        machine.Send(30_000);
        for (int i = 1; i <= 30; i++)
        {
            machine.Receive(Ack, 1, 1 + (i * 1000), window: 60_000);
        }

        machine.Wire.FromHost.Clear();
        Assert.True(machine.Connection.Congestion!.WindowBytes > 20_000);
        machine.PassMilliseconds(5_000);

        machine.Send(30_000);

        Assert.Equal(10_000, machine.Connection.Congestion.WindowBytes);
        Assert.Equal(10, machine.Wire.FromHost.Count);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1")]
    public void Only_the_first_timeout_of_a_segment_lowers_the_threshold()
    {
        Machine machine = Flying(10);
        machine.PassMilliseconds(201);
        Assert.Equal(5_000, machine.Connection.Congestion!.SlowStartThresholdBytes);
        machine.PassMilliseconds(401);

        Assert.Equal(2, machine.Host.Counters[Counter.TcpRetransmissionTimeouts]);
        Assert.Equal(5_000, machine.Connection.Congestion.SlowStartThresholdBytes);
    }

    private static Machine Flying(int segments, int queued = 20_000)
    {
        Machine machine = new Machine().Established();
        machine.Send(queued);
        Assert.Equal(segments, machine.Wire.FromHost.Count);
        machine.Wire.FromHost.Clear();
        return machine;
    }

    private static void Duplicates(Machine machine, int acknowledgment, int count)
    {
        for (int i = 0; i < count; i++)
        {
            machine.Receive(Ack, 1, acknowledgment);
        }
    }
}
