using NetStack.Core;

namespace NetStack.Tcp.Tests;

public class HyStartTests
{
    private readonly Cubic _cubic = new();
    private readonly SenderModel _sender;

    public HyStartTests()
    {
        _sender = new SenderModel(_cubic, roundTripMilliseconds: 40);
    }

    [Fact]
    [Trait("RFC", "9406 §4.2")]
    public void As_long_as_round_trips_stay_the_window_doubles()
    {
        for (int i = 1; i <= 8; i++)
        {
            _sender.Round();
            Assert.Equal(10_000 << i, _cubic.WindowBytes);
        }
    }

    [Theory]
    [InlineData(40, 44, false)]
    [InlineData(40, 45, true)]
    [InlineData(8, 11, false)]
    [InlineData(8, 12, true)]
    [InlineData(400, 415, false)]
    [InlineData(400, 416, true)]
    [Trait("RFC", "9406 §4.2")]
    public void A_delay_of_an_eighth_between_4_and_16_milliseconds_ends_the_doubling(int before, int after, bool ends)
    {
        _sender.RoundTrip = Duration.FromMilliseconds(before);
        _sender.Rounds(3);
        _sender.RoundTrip = Duration.FromMilliseconds(after);
        _sender.Round();
        long start = _cubic.WindowBytes;
        _sender.Round();

        Assert.Equal(ends ? start + (start / 4) : start * 2, _cubic.WindowBytes, 1_000.0);
    }

    [Fact]
    [Trait("RFC", "9406 §4.2")]
    public void Fewer_than_eight_round_trips_in_a_window_prove_no_delay()
    {
        Cubic cubic = new();
        cubic.Established(1000, true, default, default);
        SenderModel sender = new(cubic);
        cubic.Established(1000, true, default, default);
        sender.Rounds(2);
        sender.RoundTrip = Duration.FromMilliseconds(200);
        sender.Round();

        Assert.Equal(8_000, cubic.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "9406 §4.2")]
    public void After_five_conservative_round_trips_congestion_avoidance_begins()
    {
        _sender.Rounds(3);
        _sender.RoundTrip = Duration.FromMilliseconds(50);
        _sender.Round();
        Assert.Equal(long.MaxValue, _cubic.SlowStartThresholdBytes);
        int rounds = 1;
        while (_cubic.SlowStartThresholdBytes == long.MaxValue)
        {
            long before = _cubic.WindowBytes;
            _sender.RoundTrip += Duration.FromMilliseconds(5);
            _sender.Round();
            rounds++;
            Assert.InRange(_cubic.WindowBytes, before, before + (before / 4));
        }

        // "that partial round counts towards the limit": the round in which the delay showed is the first.
        Assert.InRange(rounds, 5, 6);
        long after = _cubic.WindowBytes;
        Assert.Equal(after, _cubic.SlowStartThresholdBytes, 1_000.0);
        _sender.Round();
        Assert.InRange(_cubic.WindowBytes, after, after + 2_000);
    }

    [Fact]
    [Trait("RFC", "9406 §4.2")]
    public void A_delay_that_goes_away_was_a_false_alarm_and_slow_start_resumes()
    {
        _sender.Rounds(3);
        _sender.RoundTrip = Duration.FromMilliseconds(60);
        _sender.Rounds(2);
        _sender.RoundTrip = Duration.FromMilliseconds(40);
        _sender.Round();
        long before = _cubic.WindowBytes;
        _sender.Round();

        Assert.Equal(2 * before, _cubic.WindowBytes, 1_000.0);
        Assert.Equal(long.MaxValue, _cubic.SlowStartThresholdBytes);
    }

    [Fact]
    [Trait("RFC", "9406 §4.3")]
    public void Only_the_first_slow_start_watches_round_trips()
    {
        _sender.Rounds(4);
        _sender.TimeOut();
        _sender.Rounds(3);
        long before = _cubic.WindowBytes;
        _sender.RoundTrip = Duration.FromMilliseconds(90);
        _sender.Round();

        Assert.Equal(2 * before, _cubic.WindowBytes);
    }

    [Fact]
    [Trait("RFC", "9406 §4.2")]
    public void One_acknowledgment_of_a_whole_window_doubles_it()
    {
        // L is infinite: an acknowledgment of many segments stands for the many that a coalescing receiver has left out.
        _cubic.Acknowledge(10_000, 10_000);
        Assert.Equal(20_000, _cubic.WindowBytes);
    }
}
