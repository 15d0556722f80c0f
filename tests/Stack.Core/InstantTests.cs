namespace NetStack.Core.Tests;

public class InstantTests
{
    [Fact]
    public void Spans_lead_from_instant_to_instant()
    {
        Instant start = new(1_000);
        Assert.Equal(new Instant(1_500), start + new Duration(500));
        Assert.Equal(new Instant(500), start - new Duration(500));
        Assert.Equal(new Duration(-500), start - new Instant(1_500));
        Assert.Equal(3, new Instant(3_999_999).Milliseconds);
    }

    [Fact]
    public void Adding_beyond_the_end_of_the_clock_is_never()
    {
        Assert.Equal(Instant.Never, new Instant(1) + Duration.Infinite);
        Assert.Equal(Instant.Never, Instant.Never + new Duration(1));
        Assert.Equal(Instant.Never, Instant.Origin + Duration.Infinite);
    }

    [Fact]
    public void Order_is_that_of_time()
    {
        Instant early = new(1);
        Instant late = new(2);
        Assert.True(early < late && late > early && early <= late && late >= early && early < Instant.Never);
        Assert.Equal(early, Instant.Min(early, late));
        Assert.Equal(late, Instant.Max(early, late));
        Assert.Equal(1, late.CompareTo(early));
    }

    [Fact]
    public void Text_is_in_seconds()
    {
        Assert.Equal("1.000000001 s", new Instant(1_000_000_001).ToString());
        Assert.Equal("never", Instant.Never.ToString());
    }
}
