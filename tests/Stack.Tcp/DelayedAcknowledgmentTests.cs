using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

public class DelayedAcknowledgmentTests
{
    private const int Segment = 1000;

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void What_goes_out_before_anything_came_in_is_no_answer()
    {
        Machine machine = new Machine().Established();
        machine.Send(1);
        machine.Expect(Psh | Ack, 1, 1, 1);

        machine.Receive(Ack, 1, 2, Segment);

        machine.Expect(Ack, 2, 1 + Segment);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void A_full_segment_and_a_bit_more_are_acknowledged_at_once()
    {
        Machine machine = Delaying(out int next);
        machine.Receive(Ack, next, 2, Segment);
        machine.ExpectNothing();

        machine.Receive(Ack, next + Segment, 2, 1);

        machine.Expect(Ack, 2, next + Segment + 1);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void A_peer_that_starts_anew_after_a_pause_is_answered_quickly()
    {
        Machine machine = new Machine().Established();
        int next = Settle(machine, 1);
        machine.Receive(Ack, next, 1, Segment);
        machine.ExpectNothing();
        machine.PassMilliseconds(50);
        machine.Take();
        next += Segment;

        machine.PassMilliseconds(2000);

        for (int i = 0; i < 10; i++, next += Segment)
        {
            machine.Receive(Ack, next, 1, Segment);
            machine.Expect(Ack, 1, next + Segment);
        }
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void Where_answers_go_out_acknowledgments_ride_on_them_also_after_a_pause()
    {
        Machine machine = Delaying(out int next);
        machine.PassMilliseconds(3000);

        machine.Receive(Ack, next, 2, 100);

        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void Asked_to_be_quick_it_acknowledges_what_waits_and_what_follows()
    {
        Machine machine = Delaying(out int next);
        machine.Receive(Ack, next, 2, 100);
        machine.ExpectNothing();

        machine.Connection.QuickAcknowledge();
        machine.Turn();

        machine.Expect(Ack, 2, next + 100);
        machine.Receive(Ack, next + 100, 2, 100);
        machine.Expect(Ack, 2, next + 200);
        machine.Connection.QuickAcknowledge();
        machine.Turn();
        machine.ExpectNothing();
    }

    [Fact]
    [Trait("RFC", "5681 §4.2")]
    public void After_a_loss_the_next_segments_are_acknowledged_at_once()
    {
        Machine machine = Delaying(out int next);
        machine.Receive(Ack, next + 100, 2, 100);
        machine.Expect(Ack, 2, next);
        machine.Receive(Ack, next, 2, 100);
        machine.Expect(Ack, 2, next + 200);

        machine.Receive(Ack, next + 200, 2, 100);

        machine.Expect(Ack, 2, next + 300);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void Acknowledgments_of_our_own_data_do_not_make_it_a_conversation()
    {
        Machine machine = new Machine().Established();
        machine.PassMilliseconds(500);
        machine.Send(100);
        machine.Expect(Ack | Psh, 1, 1, 100);
        machine.Receive(Ack, 1, 101);
        machine.Send(100);
        machine.Expect(Ack | Psh, 101, 1, 100);
        machine.Receive(Ack, 1, 201);

        machine.Receive(Ack, 1, 201, Segment);

        machine.Expect(Ack, 201, 1 + Segment);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3 MUST-40")]
    public void No_delay_reaches_half_a_second()
    {
        Machine machine = new Machine(Plain with { AcknowledgmentDelay = Duration.FromSeconds(3) }).Established();
        int next = Settle(machine, 1);
        machine.Receive(Ack, next, 1, 100);
        machine.ExpectNothing();

        Instant arrival = machine.Now;
        while (machine.Wire.FromHost.Count == 0)
        {
            machine.Now = machine.Host.NextDeadline;
            machine.Turn();
        }

        machine.Expect(Ack, 1, next + 100);
        Assert.True(machine.Now - arrival < Duration.FromMilliseconds(500), (machine.Now - arrival).ToString());
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.3")]
    public void A_small_window_has_few_segments_acknowledged_quickly()
    {
        Machine machine = new Machine(Plain with { ReceiveBufferBytes = 4000 }).Established();
        machine.Receive(Ack, 1, 1, 500);
        machine.Expect(Ack, 1, 501);
        machine.Receive(Ack, 501, 1, 500);
        machine.Expect(Ack, 1, 1001);
        machine.Receive(Ack, 1001, 1, 500);
        machine.Expect(Ack, 1, 1501);

        machine.Receive(Ack, 1501, 1, 500);

        machine.ExpectNothing();
    }

    /// <summary>Uses up the quick acknowledgments of the start.</summary>
    private static int Settle(Machine machine, int next)
    {
        for (int i = 0; i < 16; i++, next += Segment)
        {
            machine.Receive(Ack, next, 1, Segment);
            machine.Expect(Ack, 1, next + Segment);
            machine.Read();
        }

        machine.Turn();
        machine.Wire.FromHost.Clear();
        return next;
    }

    /// <summary>A connection whose acknowledgments are delayed, because it has answered once.</summary>
    private static Machine Delaying(out int next)
    {
        Machine machine = new Machine().Established();
        machine.Receive(Ack, 1, 1, Segment);
        machine.Send(1);
        machine.Take();
        machine.Wire.FromHost.Clear();
        machine.Receive(Ack, 1 + Segment, 2);
        machine.ExpectNothing();
        next = 1 + Segment;
        return machine;
    }
}
