namespace NetStack.Core.Tests;

public class DurationTests
{
    [Fact]
    public void Units_convert_into_each_other()
    {
        Assert.Equal(new Duration(2_000_000_000), Duration.FromSeconds(2));
        Assert.Equal(Duration.FromSeconds(2), Duration.FromMilliseconds(2_000));
        Assert.Equal(Duration.FromSeconds(2), Duration.FromMicroseconds(2_000_000));
        Assert.Equal(1_999, new Duration(1_999_999_999).Milliseconds);
        Assert.Equal(-1, new Duration(-1_999).Microseconds);
        Assert.Equal(0.25, Duration.FromMilliseconds(250).TotalSeconds);
    }

    [Fact]
    public void Platform_spans_convert_both_ways_and_infinite_ones_stay_infinite()
    {
        Assert.Equal(Duration.FromMilliseconds(1_500), Duration.FromTimeSpan(TimeSpan.FromSeconds(1.5)));
        Assert.Equal(TimeSpan.FromSeconds(1.5), Duration.FromMilliseconds(1_500).ToTimeSpan());
        Assert.Equal(Duration.Infinite, Duration.FromTimeSpan(Timeout.InfiniteTimeSpan));
        Assert.Equal(Duration.Infinite, Duration.FromTimeSpan(TimeSpan.MaxValue));
    }

    [Fact]
    public void Arithmetic_and_order_are_those_of_the_nanoseconds()
    {
        Duration three = new(3);
        Duration five = new(5);
        Assert.Equal(new Duration(8), three + five);
        Assert.Equal(new Duration(-2), three - five);
        Assert.Equal(new Duration(-3), -three);
        Assert.Equal(new Duration(12), three * 4);
        Assert.Equal(new Duration(2), five / 2);
        Assert.True(three < five && five > three && three <= five && five >= three);
        Assert.Equal(five, Duration.Max(three, five));
        Assert.Equal(three, Duration.Min(three, five));
        Assert.Equal(-1, three.CompareTo(five));
    }

    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(999, "999 ns")]
    [InlineData(1_500, "1.5 µs")]
    [InlineData(-1_500_000, "-1.5 ms")]
    [InlineData(90_000_000_000, "90 s")]
    [InlineData(long.MaxValue, "infinite")]
    [InlineData(long.MinValue, "-9223372036.85478 s")]
    public void Text_uses_the_largest_fitting_unit(long nanoseconds, string text) =>
        Assert.Equal(text, new Duration(nanoseconds).ToString());
}
