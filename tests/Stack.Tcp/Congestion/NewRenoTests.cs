using NetStack.Core;

namespace NetStack.Tcp.Tests;

public class NewRenoTests
{
    private readonly NewReno _reno = new();
    private readonly SenderModel _sender;

    public NewRenoTests()
    {
        _sender = new SenderModel(_reno);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1")]
    public void Slow_start_doubles_the_window_in_a_round_trip()
    {
        _sender.Round();
        Assert.Equal(20_000, _reno.WindowBytes);
        _sender.Rounds(3);
        Assert.Equal(160_000, _reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "3465 §2.3")]
    public void After_a_timeout_an_acknowledgment_widens_the_window_by_one_segment_at_most()
    {
        _sender.Rounds(2);
        _sender.TimeOut();
        _sender.Phase = RecoveryPhase.Timeout;

        _sender.Acknowledge(5_000, 1_000, true);

        Assert.Equal(2_000, _reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1")]
    public void Congestion_avoidance_adds_a_segment_in_a_round_trip()
    {
        _sender.Rounds(2);
        _sender.Lose();
        Assert.Equal(20_000, _reno.WindowBytes);

        _sender.Rounds(10);

        Assert.InRange(_reno.WindowBytes, 29_000, 31_000);
    }

    [Fact]
    [Trait("RFC", "5681 §3.1")]
    public void A_loss_halves_and_a_timeout_leaves_one_segment()
    {
        _sender.Rounds(2);
        _sender.Lose();
        Assert.Equal(20_000, _reno.SlowStartThresholdBytes);
        Assert.Equal(20_000, _reno.WindowBytes);
        _sender.TimeOut();
        Assert.Equal(10_000, _reno.SlowStartThresholdBytes);
        Assert.Equal(1_000, _reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.2")]
    public void A_mark_halves_the_window_as_a_loss_does()
    {
        _sender.Rounds(2);
        _sender.Lose(CongestionSignal.Mark);

        Assert.Equal(20_000, _reno.WindowBytes);
        Assert.Equal(20_000, _reno.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.2")]
    public void A_mark_leaves_two_segments_at_least()
    {
        _reno.Established(1000, true, default, default);
        _reno.EnterRecovery(1_000, CongestionSignal.Mark, default);

        Assert.Equal(2_000, _reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "3168 §6.1.2")]
    public void While_a_window_is_reduced_for_a_mark_it_does_not_grow()
    {
        _sender.Rounds(2);
        _reno.EnterRecovery(40_000, CongestionSignal.Mark, _sender.Now);
        _sender.Phase = RecoveryPhase.Reduction;
        _sender.Acknowledge(10_000, 40_000, true);

        Assert.Equal(20_000, _reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "5682 §3")]
    public void An_event_for_nothing_is_undone()
    {
        _sender.Rounds(3);
        _sender.TimeOut();

        _reno.Undo(_sender.Now);

        Assert.Equal(80_000, _reno.WindowBytes);
        Assert.Equal(long.MaxValue, _reno.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "5681 §4.1")]
    public void After_a_pause_longer_than_the_timeout_the_window_is_the_restart_window()
    {
        _sender.Rounds(3);
        _reno.Restarted(Duration.FromMilliseconds(300), Duration.FromMilliseconds(300), _sender.Now);
        Assert.Equal(80_000, _reno.WindowBytes);

        _reno.Restarted(Duration.FromMilliseconds(301), Duration.FromMilliseconds(300), _sender.Now);

        Assert.Equal(10_000, _reno.WindowBytes);
        Assert.Equal(long.MaxValue, _reno.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6")]
    public void No_growth_goes_beyond_what_a_peer_can_offer()
    {
        for (int i = 0; i < 40; i++)
        {
            long window = _reno.WindowBytes;
            for (long bytes = 0; bytes < window && _reno.WindowBytes < 1L << 30; bytes += 8_000)
            {
                _reno.Acknowledge(8_000, window);
            }
        }

        _reno.Acknowledge(8_000, _reno.WindowBytes);
        Assert.Equal(1L << 30, _reno.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "9293 §3.7.1")]
    public void Two_segments_of_a_new_size_fit_the_window()
    {
        _reno.Established(500, true, default, default);
        _reno.SegmentSizeChanged(1400);

        Assert.Equal(2_800, _reno.WindowBytes);
    }
}
