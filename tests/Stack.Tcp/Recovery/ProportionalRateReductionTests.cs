namespace NetStack.Tcp.Tests;

public class ProportionalRateReductionTests
{
    [Fact]
    [Trait("RFC", "6937 §3.1")]
    public void One_loss_of_a_window_leads_evenly_to_the_threshold()
    {
        // The first example of the RFC, with RecoverFS 20, ssthresh 10: for 19 that arrive ten go out, every second one.
        ProportionalRateReduction reduction = default;
        reduction.Start(20_000, 10_000, 19_000, 1000);
        int flight = 19;
        int sent = Send(ref reduction, ref flight);
        for (int i = 0; i < 18; i++)
        {
            flight--;
            reduction.Delivered(1000, flight * 1000, isGoodProgress: false, 1000);
            int now = Send(ref reduction, ref flight);
            Assert.InRange(now, 0, 1);
            sent += now;
        }

        Assert.Equal(10, flight);
        Assert.Equal(10, sent);
    }

    [Fact]
    [Trait("RFC", "6937 §3.1")]
    public void A_burst_of_losses_is_made_up_for_as_data_arrives_and_no_faster()
    {
        // The second example: 15 of 20 lost at once, five arrive. With further losses one goes out for each (conservation).
        ProportionalRateReduction reduction = default;
        reduction.Start(20_000, 10_000, 4_000, 1000);
        int flight = 4;
        int sent = 0;
        for (int i = 0; i < 4; i++)
        {
            flight--;
            reduction.Delivered(1000, flight * 1000, isGoodProgress: false, 1000);
            sent += Send(ref reduction, ref flight);
            Assert.Equal(i + 1, sent);
        }
    }

    [Fact]
    [Trait("RFC", "6937 §3")]
    public void Below_the_threshold_good_progress_brings_one_segment_more_and_never_beyond_it()
    {
        ProportionalRateReduction reduction = default;
        reduction.Start(20_000, 10_000, 4_000, 1000);
        int flight = 4;
        for (int i = 0; i < 40; i++)
        {
            flight--;
            reduction.Delivered(1000, flight * 1000, isGoodProgress: true, 1000);
            int now = Send(ref reduction, ref flight);
            Assert.InRange(now, 0, 2);
            Assert.InRange(flight, 4, 10);
        }

        Assert.Equal(10, flight);
    }

    [Fact]
    [Trait("RFC", "6937 §3")]
    public void The_first_retransmission_is_never_held_back()
    {
        ProportionalRateReduction reduction = default;
        reduction.Start(100_000, 10_000, 99_000, 1000);
        reduction.Delivered(1, 99_000, false, 1000);

        Assert.Equal(100_000, reduction.WindowBytes);
    }

    /// <summary>Sends what the window lets out; the segments.</summary>
    private static int Send(ref ProportionalRateReduction reduction, ref int flight)
    {
        int sent = 0;
        while ((flight + 1) * 1000 <= reduction.WindowBytes)
        {
            flight++;
            sent++;
            reduction.Sent(1000);
        }

        return sent;
    }
}
