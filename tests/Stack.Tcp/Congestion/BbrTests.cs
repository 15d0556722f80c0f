using NetStack.Core;

namespace NetStack.Tcp.Tests;

// Against a model of a path: 1 MB/s and 100 ms, that is 100 segments of 1000 bytes, unless a test says otherwise.
public class BbrTests
{
    private const long Rate = 1_000_000;
    private const long Volume = 100_000;

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3")]
    public void The_states_follow_each_other_as_on_paper()
    {
        List<BbrState> states = [];
        Bbr bbr = Watch(states, out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(9));
        Assert.Equal([BbrState.Startup, BbrState.Drain, BbrState.ProbeBandwidth], states);

        // The round trip is looked at ten seconds after its last minimum. Later the draining phases come down to it.
        path.Run(Duration.FromSeconds(3));
        Assert.Equal([BbrState.ProbeRoundTrip, BbrState.ProbeBandwidth], states.Skip(3));
        Assert.InRange(bbr.RateBytesPerSecond, Rate * 97 / 100, Rate * 103 / 100);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.2")]
    public void Startup_doubles_the_rate_and_ends_three_round_trips_after_the_pipe_is_full()
    {
        List<BbrState> states = [];
        Bbr bbr = Watch(states, out PathModel path, queueBytes: 4 * Volume);
        Assert.Equal(10_000 * 10 * 739 / 256, bbr.PacingBytesPerSecond, 10.0);

        // 10, 20, 40, 80 of 100 segments in four round trips; full in the fifth, and three more to be sure, of up to 2.9
        // times the length as the window goes up to that.
        path.Run(Duration.FromMilliseconds(450));
        Assert.Equal(BbrState.Startup, bbr.State);
        Assert.Equal(long.MaxValue, bbr.SlowStartThresholdBytes);
        path.Run(Duration.FromMilliseconds(1_100));
        Assert.NotEqual(BbrState.Startup, bbr.State);
        Assert.InRange(bbr.SlowStartThresholdBytes, Volume * 95 / 100, Volume * 115 / 100);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.3")]
    public void Drain_ends_with_the_queue_that_startup_made()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        while (bbr.State != BbrState.Drain)
        {
            path.Run(Duration.FromMilliseconds(1));
        }

        Assert.True(path.FlightBytes > 2 * Volume);
        Assert.True(bbr.PacingBytesPerSecond < Rate / 2);
        while (bbr.State == BbrState.Drain)
        {
            path.Run(Duration.FromMilliseconds(1));
        }

        Assert.InRange(path.FlightBytes, Volume * 90 / 100, Volume * 112 / 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.4")]
    public void The_cycle_probes_a_quarter_more_drains_and_cruises(ulong seed)
    {
        Bbr bbr = new(seed);
        PathModel path = new(bbr, Rate, Duration.FromMilliseconds(100), 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        List<long> gains = [];
        path.AfterAcknowledgment = () =>
        {
            // In percent of what is known of the rate, with the one percent that is held back.
            long gain = (long)Math.Round(bbr.PacingBytesPerSecond * 100.0 / bbr.RateBytesPerSecond);
            if (gains.Count == 0 || gains[^1] != gain)
            {
                gains.Add(gain);
            }
        };
        path.Run(Duration.FromSeconds(4));

        // Six phases of one are one stretch.
        Assert.All(gains, gain => Assert.Contains(gain, new long[] { 124, 74, 99 }));
        Assert.InRange(gains.Count(gain => gain == 124), 4, 6);
        for (int i = 1; i < gains.Count; i++)
        {
            Assert.Equal(gains[i - 1] switch { 124 => 74, 74 => 99, _ => 124 }, gains[i]);
        }
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.4.2")]
    public void The_seed_chooses_the_first_phase_and_never_the_draining_one()
    {
        HashSet<long> gains = [];
        HashSet<string> courses = [];
        for (ulong seed = 0; seed < 40; seed++)
        {
            Bbr bbr = new(seed);
            PathModel path = new(bbr, Rate, Duration.FromMilliseconds(100), 4 * Volume);
            while (bbr.State != BbrState.ProbeBandwidth)
            {
                path.Run(Duration.FromMilliseconds(1));
            }

            gains.Add((long)Math.Round(bbr.PacingBytesPerSecond * 100.0 / bbr.RateBytesPerSecond));
            string course = "";
            for (int i = 0; i < 10; i++)
            {
                path.Run(Duration.FromMilliseconds(100));
                course += bbr.PacingBytesPerSecond > Rate * 11 / 10 ? "+" : "-";
            }

            courses.Add(course);
        }

        Assert.Equal([99, 124], gains.Order());
        Assert.True(courses.Count >= 5);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.5")]
    public void To_see_the_round_trip_four_segments_at_most_are_on_their_way_for_200_milliseconds()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(5));
        while (bbr.State != BbrState.ProbeRoundTrip)
        {
            path.Run(Duration.FromMilliseconds(1));
        }

        Instant start = path.Now;
        Assert.Equal(4_000, bbr.WindowBytes);
        long rate = bbr.RateBytesPerSecond;
        while (bbr.State == BbrState.ProbeRoundTrip)
        {
            path.Run(Duration.FromMilliseconds(1));
        }

        // A round trip to drain, and the 200 ms; the rate is not taken from it.
        Assert.InRange((path.Now - start).Milliseconds, 200, 450);
        Assert.True(bbr.WindowBytes > Volume);
        path.Run(Duration.FromSeconds(1));
        Assert.InRange(bbr.RateBytesPerSecond, rate * 97 / 100, rate * 103 / 100);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.1.1")]
    public void A_rate_that_rises_is_followed_within_cycles_and_one_that_falls_within_ten_round_trips()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        path.BytesPerSecond = 2 * Rate;
        path.Run(Duration.FromSeconds(4));
        Assert.InRange(bbr.RateBytesPerSecond, Rate * 19 / 10, Rate * 205 / 100);
        path.BytesPerSecond = Rate;
        path.Run(Duration.FromSeconds(4));

        Assert.InRange(bbr.RateBytesPerSecond, Rate * 97 / 100, Rate * 105 / 100);
    }

    [Fact]
    [Trait("RFC", "draft-cheng-iccrg-delivery-rate-estimation-02 §3.3")]
    public void What_the_application_does_not_send_does_not_lower_the_rate()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        path.ApplicationBytesPerSecond = Rate / 10;
        path.Run(Duration.FromSeconds(30));
        path.ApplicationBytesPerSecond = Rate / 20;
        path.Run(Duration.FromSeconds(3));

        Assert.InRange(bbr.RateBytesPerSecond, Rate * 95 / 100, Rate * 105 / 100);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.3.4.4")]
    public void After_a_pause_it_goes_on_at_the_rate_it_knew_and_probes_no_round_trip()
    {
        List<BbrState> states = [];
        Bbr bbr = Watch(states, out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        int seen = states.Count;
        bbr.Restarted(Duration.FromSeconds(30), Duration.FromSeconds(1), path.Now + Duration.FromSeconds(30));

        Assert.Equal(Rate * 99 / 100, bbr.PacingBytesPerSecond, Rate * 0.02);
        bbr.Acknowledge(1_000, 1_000, path.Now + Duration.FromSeconds(30));
        Assert.Equal(seen, states.Count);
        Assert.Equal(BbrState.ProbeBandwidth, bbr.State);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.2.3")]
    public void The_queue_stays_short_and_the_pipe_full()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 10 * Volume);
        path.Run(Duration.FromSeconds(3));
        long before = path.DeliveredBytes;
        List<long> trips = [];
        path.AfterAcknowledgment = () => trips.Add(path.LatestRoundTrip.Milliseconds);
        path.Run(Duration.FromSeconds(6));

        Assert.True(path.DeliveredBytes - before > 6 * Rate * 95 / 100);
        Assert.InRange(trips.Average(), 100, 120);
        Assert.True(bbr.WindowBytes <= 2 * Volume * 11 / 10);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.2.3.4")]
    public void A_recovery_begins_with_as_much_leaving_as_arrives_and_gives_the_window_back()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        long window = bbr.WindowBytes;
        bbr.EnterRecovery(Volume, CongestionSignal.Loss, path.Now);
        bbr.Acknowledged(Sample(bbr, path, delivered: 1_000, lost: 2_000, flight: 60_000));
        Assert.Equal(61_000, bbr.WindowBytes);
        bbr.Acknowledged(Sample(bbr, path, delivered: 2_000, lost: 0, flight: 58_000));
        Assert.Equal(61_000, bbr.WindowBytes);
        bbr.LeaveRecovery(50_000, path.Now);

        Assert.Equal(window, bbr.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.2.3.4")]
    public void A_timeout_leaves_one_segment_and_what_follows_gives_the_window_back()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        long window = bbr.WindowBytes;
        bbr.TimedOut(Volume, true, path.Now);
        Assert.Equal(1_000, bbr.WindowBytes);
        bbr.Undo(path.Now);

        Assert.Equal(window, bbr.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §3.4")]
    public void Losses_that_are_not_of_its_making_and_marks_do_not_slow_it_down()
    {
        Bbr bbr = Watch([], out PathModel path, queueBytes: 4 * Volume);
        path.Run(Duration.FromSeconds(3));
        long window = bbr.WindowBytes;
        long pace = bbr.PacingBytesPerSecond;
        bbr.EnterRecovery(Volume, CongestionSignal.Mark, path.Now);

        Assert.Equal(window, bbr.WindowBytes);
        Assert.Equal(pace, bbr.PacingBytesPerSecond);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.2.3")]
    public void A_queue_of_a_few_segments_is_enough()
    {
        Watch([], out PathModel path, queueBytes: Volume / 10);
        path.Run(Duration.FromSeconds(3));
        long before = path.DeliveredBytes;
        path.Run(Duration.FromSeconds(6));

        Assert.True(path.DeliveredBytes - before > 6 * Rate * 85 / 100);
    }

    [Fact]
    public void Two_stretches_with_much_loss_and_one_goodput_are_a_policer()
    {
        BbrPolicer policer = default;
        Instant now = default;
        long delivered = 0;
        Assert.False(policer.IsPoliced);

        // 100 kB delivered and 40 lost in each round trip of 100 ms.
        for (int round = 0; round < 9; round++)
        {
            Assert.False(policer.IsPoliced);
            now += Duration.FromMilliseconds(100);
            delivered += 100_000;
            policer.Acknowledged(delivered, 40_000, isRoundStart: true, isLimited: false, isCruising: true, now);
        }

        Assert.True(policer.IsPoliced);
        Assert.Equal(1_000_000, policer.BytesPerSecond, 1_000.0);
        for (int round = 0; round < 47; round++)
        {
            Assert.False(policer.Acknowledged(delivered, 0, true, false, true, now));
        }

        Assert.True(policer.Acknowledged(delivered, 0, true, false, true, now));
        Assert.False(policer.IsPoliced);
    }

    [Fact]
    public void Little_loss_or_different_goodputs_are_no_policer()
    {
        BbrPolicer little = default;
        BbrPolicer uneven = default;
        Instant now = default;
        long delivered = 0;
        long steps = 0;
        for (int round = 0; round < 40; round++)
        {
            now += Duration.FromMilliseconds(100);
            delivered += 100_000;
            steps += 100_000L << (round / 4 % 3);
            little.Acknowledged(delivered, 15_000, true, false, true, now);
            uneven.Acknowledged(steps, 400_000, true, false, true, now);
            Assert.False(little.IsPoliced);
            Assert.False(uneven.IsPoliced);
        }
    }

    [Fact]
    public void The_maximum_is_forgotten_after_the_window_and_never_invented()
    {
        MaximumFilter filter = default;
        List<long> values = [];
        uint state = 12345;
        for (uint time = 0; time < 2_000; time++)
        {
            state = unchecked((state * 1_664_525) + 1_013_904_223);
            values.Add(state >> 16);
            filter.Add(values[^1], time, 10);
            long[] recent = [.. values.TakeLast(11)];
            Assert.Contains(filter.Value, recent);
            Assert.True(filter.Value >= recent[^1]);
        }
    }

    private static Bbr Watch(List<BbrState> states, out PathModel path, long queueBytes)
    {
        Bbr bbr = new(seed: 5);
        states.Add(bbr.State);
        path = new PathModel(bbr, Rate, Duration.FromMilliseconds(100), queueBytes);
        path.AfterAcknowledgment = () =>
        {
            if (states[^1] != bbr.State)
            {
                states.Add(bbr.State);
            }
        };
        return bbr;
    }

    private static CongestionSample Sample(Bbr bbr, PathModel path, long delivered, long lost, long flight) => new()
    {
        Now = path.Now,
        AcknowledgedBytes = 0,
        DeliveredBytes = delivered,
        LostBytes = lost,
        PriorFlightBytes = bbr.WindowBytes,
        LargestFlightBytes = bbr.WindowBytes,
        FlightBytes = flight,
        RoundTrip = Duration.Zero,
        SmoothedRoundTrip = path.RoundTrip,
        MinimumRoundTrip = path.RoundTrip,
        Acknowledgment = default,
        SendNext = default,
        Phase = RecoveryPhase.Loss,
        IsWindowLimited = true,
        TotalDeliveredBytes = path.DeliveredBytes + delivered,
        PriorDeliveredBytes = path.DeliveredBytes + delivered,
    };
}
