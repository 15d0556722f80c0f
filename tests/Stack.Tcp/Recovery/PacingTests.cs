using NetStack.Core;

namespace NetStack.Tcp.Tests;

public class PacingTests
{
    [Fact]
    public void Paced_segments_leave_spread_over_the_round_trip_and_all_of_them()
    {
        Machine machine = Flights.Open(Flights.Options with { Pacing = true });
        machine.Send(10_000);

        // Twice the window of ten segments a round trip of 100 ms: one each 5 ms, after a burst of two.
        int[] burst = machine.TakeData();
        Assert.InRange(burst.Length, 2, 3);
        int sent = burst.Length;
        for (int i = 0; i < 10; i++)
        {
            machine.PassMilliseconds(5);
            int now = machine.TakeData().Length;
            Assert.InRange(now, sent < 10 ? 1 : 0, 2);
            sent += now;
        }

        Assert.Equal(10, sent);
    }

    [Fact]
    public void Without_pacing_a_window_leaves_at_once()
    {
        Machine machine = Flights.Open();
        machine.Send(10_000);

        Assert.Equal(10, machine.TakeData().Length);
    }

    [Fact]
    public void Acknowledgments_do_not_wait_for_the_pace()
    {
        Machine machine = Flights.Open(Flights.Options with { Pacing = true, AcknowledgmentDelay = Duration.Zero });
        machine.Send(10_000);
        machine.TakeData();

        machine.Receive(Machine.Ack, 1, 1, 100);

        Assert.Equal(101u, machine.Take().Acknowledgment - Machine.PeerInitialSequence);
    }

    [Fact]
    public void A_late_wake_up_makes_up_for_what_was_missed_but_in_no_great_burst()
    {
        Machine machine = Flights.Open(Flights.Options with { Pacing = true });
        machine.Send(10_000);
        machine.TakeData();

        machine.Now += Duration.FromMilliseconds(40);
        machine.Turn();

        Assert.InRange(machine.TakeData().Length, 2, 4);
    }
}
