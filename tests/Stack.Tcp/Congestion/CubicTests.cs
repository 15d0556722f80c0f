using NetStack.Core;

namespace NetStack.Tcp.Tests;

// The numbers are worked out by the formulas of the RFC in decimal, apart from the code.
public class CubicTests
{
    [Theory]
    [InlineData(30, 4.217163)]
    [InlineData(300, 9.085603)]
    [InlineData(3, 1.957434)]
    [InlineData(1, 1.357209)]
    [Trait("RFC", "9438 §4.2")]
    public void K_is_the_cubic_root_of_the_way_to_the_plateau_over_C(int segments, double seconds)
    {
        Assert.Equal(seconds, CubicCurve.PlateauTicks(segments * 1460L, 1460) / (double)CubicCurve.TicksPerSecond, 5);
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(1.0, 400)]
    [InlineData(-1.0, -400)]
    [InlineData(2.5, 6_250)]
    [InlineData(10.0, 400_000)]
    [InlineData(-100.0, -400_000_000)]
    [Trait("RFC", "9438 §4.2")]
    public void The_curve_is_four_tenths_of_a_segment_by_the_cube_of_the_seconds(double seconds, long bytes)
    {
        Assert.InRange(CubicCurve.Rise((long)(seconds * CubicCurve.TicksPerSecond), 1000), bytes - 1, bytes + 1);
    }

    [Theory]
    [InlineData(48)]
    [InlineData(1460)]
    [InlineData(65_535)]
    [Trait("RFC", "9438 §4.2")]
    public void The_curve_neither_overflows_nor_falls_however_long_it_runs(int segmentBytes)
    {
        long before = long.MinValue;
        for (long ticks = -(3L << 30); ticks <= 3L << 30; ticks += 1 << 24)
        {
            long rise = CubicCurve.Rise(ticks, segmentBytes);
            Assert.True(rise >= before);
            before = rise;
        }

        Assert.True(before > 1L << 30);
        Assert.InRange(CubicCurve.PlateauTicks(1L << 30, segmentBytes), 1, (1L << 30) - 1);
    }

    [Fact]
    [Trait("RFC", "9438 §4.6")]
    public void A_loss_takes_three_tenths_of_the_window()
    {
        Cubic cubic = Lossy(100, out _);

        Assert.Equal(70_000, cubic.WindowBytes);
        Assert.Equal(70_000, cubic.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "9438 §4.6")]
    public void A_window_that_was_not_in_use_counts_by_what_was_on_its_way()
    {
        Cubic cubic = new();
        SenderModel sender = new(cubic);
        sender.Rounds(3);
        Assert.Equal(80, sender.Segments);
        sender.Acknowledge(1000, 20_000, isLimited: false);

        cubic.EnterRecovery(20_000, CongestionSignal.Loss, sender.Now);

        Assert.Equal(14_000, cubic.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "9438 §4.6")]
    public void The_threshold_is_never_below_two_segments()
    {
        Cubic cubic = new();
        cubic.Established(1000, true, default, default);
        cubic.EnterRecovery(1_000, CongestionSignal.Loss, default);

        Assert.Equal(2_000, cubic.SlowStartThresholdBytes);
        Assert.Equal(2_000, cubic.WindowBytes);
    }

    [Theory]
    [InlineData(500_000, 501_000)]
    [InlineData(1_000_000, 700_000)]
    [InlineData(0, 10_000)]
    [Trait("RFC", "6582 §3.2 step 3")]
    public void After_a_recovery_no_more_leaves_at_once_than_at_the_start(long flightBytes, long window)
    {
        Cubic cubic = new();
        cubic.Established(1000, false, default, default);
        cubic.EnterRecovery(1_000_000, CongestionSignal.Loss, default);
        Assert.Equal(700_000, cubic.WindowBytes);
        cubic.LeaveRecovery(flightBytes, default);

        Assert.Equal(window, cubic.WindowBytes);
        Assert.Equal(700_000, cubic.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "9438 §4.4, §4.5")]
    public void The_window_is_concave_up_to_K_at_the_plateau_then_and_convex_beyond()
    {
        // W_max = 1000, cwnd_epoch = 700: K = cbrt(300/0.4) = 9.09 s.
        Cubic cubic = Lossy(1000, out SenderModel sender);
        List<long> windows = [cubic.WindowBytes];
        for (int i = 0; i < 150; i++)
        {
            sender.Round();
            windows.Add(cubic.WindowBytes);
        }

        // t = 3 s: 1000 + 0.4 (3 - 9.0856)^3 = 909.9; K: 1000; 12 s: 1000 + 0.4 * 2.9144^3 = 1009.9; 15 s: 1083.
        Assert.InRange(windows[30], 906_000, 914_000);
        Assert.InRange(windows[91], 999_000, 1_001_000);
        Assert.InRange(windows[120], 1_008_500, 1_011_500);
        Assert.InRange(windows[150], 1_079_000, 1_088_000);
        for (int i = 3; i < 80; i++)
        {
            Assert.True(windows[i + 1] - windows[i] <= windows[i] - windows[i - 1] + 50, $"concave at {i}");
        }

        for (int i = 105; i < 150; i++)
        {
            Assert.True(windows[i + 1] - windows[i] >= windows[i] - windows[i - 1] - 50, $"convex at {i}");
        }
    }

    [Fact]
    [Trait("RFC", "9438 §4.2")]
    public void The_window_grows_by_half_in_a_round_trip_at_most()
    {
        // With a round trip of 20 s the curve would be far above.
        Cubic cubic = Lossy(100, out SenderModel sender);
        sender.RoundTrip = Duration.FromSeconds(20);
        sender.Round();
        sender.Round();
        long before = cubic.WindowBytes;

        sender.Round();

        // (1 + 1/(2 n))^n over the n acknowledgments of a window grows by e^0.5 at most: each aims at 1.5 times what it finds.
        Assert.InRange(cubic.WindowBytes, before * 14 / 10, before * 166 / 100);
    }

    [Fact]
    [Trait("RFC", "9438 §4.3")]
    public void On_a_short_path_the_window_is_that_of_an_AIMD_flow_as_fair_as_Renos()
    {
        // 10 ms: the curve needs 4.2 s for the 30 segments; alpha = 9/17 segments a round trip needs 57 round trips.
        Cubic cubic = Lossy(100, out SenderModel sender, 10);
        sender.Rounds(34);

        // 70 + 34 * 9/17 = 88, less what W_est is behind as it divides by a larger cwnd.
        Assert.InRange(cubic.WindowBytes, 86_500, 88_500);
        Assert.True(cubic.WindowBytes > 70_000 + 30_000 + CubicCurve.Rise((long)((0.34 - 4.217163) * CubicCurve.TicksPerSecond), 1000));
    }

    [Fact]
    [Trait("RFC", "9438 §4.3")]
    public void Beyond_the_old_window_the_friendly_region_grows_by_a_segment_a_round_trip()
    {
        Cubic cubic = Lossy(100, out SenderModel sender, 2);
        while (cubic.WindowBytes < 101_000)
        {
            sender.Round();
        }

        long before = cubic.WindowBytes;
        sender.Rounds(10);

        Assert.InRange(cubic.WindowBytes - before, 9_500, 10_100);
    }

    [Fact]
    [Trait("RFC", "9438 §4.7")]
    public void A_loss_below_the_last_plateau_lowers_the_plateau_further()
    {
        Cubic cubic = Lossy(1000, out SenderModel sender);
        sender.Rounds(10);
        long lossAt = cubic.WindowBytes;
        Assert.InRange(lossAt, 760_000, 800_000);
        sender.Lose();
        long start = cubic.WindowBytes;
        Assert.Equal(lossAt * 7 / 10, start);

        // W_max = 0.85 of the window; K = cbrt(0.15 * 785 / 0.4) = 6.65 s: there the window is at W_max and flat.
        double plateau = lossAt * 0.85;
        double k = Math.Cbrt((plateau - start) / 1000 / 0.4);
        sender.Rounds((int)(k * 10));
        Assert.InRange(cubic.WindowBytes, plateau * 0.995, plateau * 1.005);
        long before = cubic.WindowBytes;
        sender.Rounds(5);
        Assert.InRange(cubic.WindowBytes - before, 0, 1_000);
    }

    [Fact]
    [Trait("RFC", "9438 §4.7")]
    public void A_loss_at_or_above_the_last_plateau_makes_that_window_the_plateau()
    {
        Cubic cubic = Lossy(100, out SenderModel sender);
        sender.Rounds(60);
        long lossAt = cubic.WindowBytes;
        Assert.True(lossAt > 100_000);
        sender.Lose();
        double k = Math.Cbrt(lossAt * 0.3 / 1000 / 0.4);
        sender.Rounds((int)Math.Round(k * 10));

        Assert.InRange(cubic.WindowBytes, lossAt - 500, lossAt + 500);
    }

    [Fact]
    [Trait("RFC", "9438 §4.8")]
    public void After_a_timeout_the_window_starts_at_one_segment_and_the_curve_at_its_plateau()
    {
        Cubic cubic = Lossy(100, out SenderModel sender);
        sender.Rounds(30);
        long before = cubic.WindowBytes;
        sender.TimeOut();

        Assert.Equal(1_000, cubic.WindowBytes);
        Assert.Equal(before * 7 / 10, cubic.SlowStartThresholdBytes);

        while (cubic.WindowBytes < cubic.SlowStartThresholdBytes)
        {
            sender.Round();
        }

        // K = 0: convex from the start, W_max + 0.4 t^3: 27.4 segments in some 4 s and a round trip.
        long start = cubic.WindowBytes;
        sender.Rounds(40);
        Assert.InRange(cubic.WindowBytes - start, 22_000, 31_000);
    }

    [Fact]
    [Trait("RFC", "9438 §4.8")]
    public void Only_the_first_timeout_of_a_segment_lowers_the_threshold()
    {
        Cubic cubic = Lossy(100, out SenderModel sender);
        cubic.TimedOut(70_000, true, sender.Now);
        cubic.TimedOut(1_000, false, sender.Now);

        Assert.Equal(49_000, cubic.SlowStartThresholdBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("RFC", "9438 §4.9")]
    public void After_a_spurious_event_the_window_goes_on_as_if_nothing_had_been(bool isTimeout)
    {
        Cubic cubic = Lossy(300, out SenderModel sender);
        Cubic untouched = Lossy(300, out SenderModel other);
        sender.Rounds(20);
        other.Rounds(20);
        Assert.Equal(untouched.WindowBytes, cubic.WindowBytes);
        if (isTimeout)
        {
            cubic.TimedOut(cubic.WindowBytes, true, sender.Now);
        }
        else
        {
            cubic.EnterRecovery(cubic.WindowBytes, CongestionSignal.Loss, sender.Now);
        }

        cubic.Undo(sender.Now);

        Assert.Equal(untouched.WindowBytes, cubic.WindowBytes);
        Assert.Equal(untouched.SlowStartThresholdBytes, cubic.SlowStartThresholdBytes);
        sender.Rounds(40);
        other.Rounds(40);
        Assert.Equal(untouched.WindowBytes, cubic.WindowBytes, 200.0);
    }

    [Fact]
    [Trait("RFC", "9438 §5.8")]
    public void Time_in_which_the_application_sends_less_does_not_count()
    {
        Cubic cubic = Lossy(100, out SenderModel sender);
        sender.Rounds(20);
        long before = cubic.WindowBytes;

        // A minute of two thirds of the window: W_cubic would be beyond 70,000 segments.
        sender.Rounds(600, bytes: 60_000);
        Assert.Equal(before, cubic.WindowBytes);
        sender.Rounds(5);

        Assert.InRange(cubic.WindowBytes, before, before + 3_000);
    }

    [Fact]
    [Trait("RFC", "9438 §4.2")]
    public void A_pause_does_not_count_either()
    {
        Cubic cubic = Lossy(100, out SenderModel sender);
        sender.Rounds(20);
        long before = cubic.WindowBytes;
        sender.Now += Duration.FromMilliseconds(150);
        cubic.Restarted(Duration.FromMilliseconds(150), Duration.FromMilliseconds(300), sender.Now);
        Assert.Equal(before, cubic.WindowBytes);
        sender.Round();

        Assert.InRange(cubic.WindowBytes, before, before + 1_000);
    }

    [Fact]
    [Trait("RFC", "5681 §4.1")]
    public void After_a_long_pause_the_window_starts_anew_and_comes_back_fast()
    {
        Cubic cubic = Lossy(100, out SenderModel sender);
        sender.Rounds(50);
        long before = cubic.WindowBytes;
        sender.Now += Duration.FromSeconds(5);
        cubic.Restarted(Duration.FromSeconds(5), Duration.FromMilliseconds(300), sender.Now);

        Assert.Equal(10_000, cubic.WindowBytes);
        Assert.Equal(before * 3 / 4, cubic.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.2")]
    public void A_mark_takes_as_much_as_a_loss()
    {
        Cubic cubic = new();
        SenderModel sender = new(cubic);
        sender.Rounds(3);
        sender.Lose(CongestionSignal.Mark);

        Assert.Equal(80_000 * 7 / 10, cubic.WindowBytes);
        Assert.Equal(cubic.WindowBytes, cubic.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "6928 §2")]
    public void The_initial_window_is_ten_segments_and_one_where_the_handshake_was_lost()
    {
        Cubic cubic = new();
        cubic.Established(1460, false, default, default);
        Assert.Equal(14_600, cubic.WindowBytes);
        cubic.Established(1460, true, default, default);
        Assert.Equal(1_460, cubic.WindowBytes);
        cubic.Established(8960, false, default, default);
        Assert.Equal(17_920, cubic.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "9438 §4.4")]
    public void The_window_does_not_depend_on_how_many_segments_an_acknowledgment_covers()
    {
        long[] windows = [.. new[] { 1, 2, 8 }.Select(stretch =>
        {
            Cubic cubic = new();
            cubic.Established(1000, false, Duration.FromMilliseconds(50), default);
            cubic.EnterRecovery(1_000_000, CongestionSignal.Loss, default);
            cubic.LeaveRecovery(1_000_000, default);
            Instant now = default;
            for (int i = 0; i < 8_000; i += stretch)
            {
                now += Duration.FromMicroseconds(100 * stretch);
                cubic.Acknowledge(1000 * stretch, cubic.WindowBytes, now);
            }

            return cubic.WindowBytes;
        })];

        Assert.InRange(windows[1], windows[0] - 1_500, windows[0] + 1_500);
        Assert.InRange(windows[2], windows[0] - 4_000, windows[0] + 4_000);
    }

    /// <summary>A flow that lost a segment at a window of so many segments.</summary>
    private static Cubic Lossy(int segments, out SenderModel sender, int roundTripMilliseconds = 100)
    {
        Cubic cubic = new();
        sender = new SenderModel(cubic, roundTripMilliseconds: roundTripMilliseconds);
        cubic.EnterRecovery(segments * 1000L, CongestionSignal.Loss, sender.Now);
        cubic.LeaveRecovery(segments * 1000L, sender.Now);
        return cubic;
    }
}
