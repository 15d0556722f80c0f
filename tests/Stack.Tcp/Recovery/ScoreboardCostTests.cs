using NetStack.Core;
using FlightSegment = NetStack.Tcp.SentSegment;

namespace NetStack.Tcp.Tests;

/// <summary>
/// What a peer repeats costs nothing, however large it is. The links are what a look-up walks over: steps are counted along
/// them, and a trap lies where nothing has a reason to walk.
/// </summary>
public class ScoreboardCostTests
{
    private const int Round = 100;

    [Fact]
    [Trait("RFC", "2018 §5")]
    public void A_large_block_and_a_small_one_in_turn_cost_a_step_or_two_each()
    {
        SentSegments segments = Sent(6552);
        int steps = 0;
        for (int i = 0; i < 1000; i++)
        {
            steps += Deliver(ref segments, 1, 6552);
            steps += Deliver(ref segments, 3000 + (i % 100), 3001 + (i % 100));
        }

        Assert.Equal(6551, segments.DeliveredCount);
        Assert.InRange(steps, 0, 3 * (6551 + 2000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("RFC", "2018 §5")]
    public void Blocks_that_cut_what_was_delivered_anywhere_cost_a_logarithm_of_it(ulong seed)
    {
        const int segmentCount = 16_384;
        const int blockCount = 50_000;
        SeededEntropy entropy = new(seed);
        SentSegments segments = Sent(segmentCount);
        long steps = 0;

        // The smallest blocks first, from back to front: each is a stretch of its own, the worst that can be joined.
        for (int i = segmentCount - 1; i > 0; i--)
        {
            steps += Deliver(ref segments, i, i + 1);
        }

        for (int i = 0; i < blockCount; i++)
        {
            int start = 1 + entropy.Next(segmentCount - 1);
            steps += Deliver(ref segments, start, start + 1 + entropy.Next(segmentCount - start));
        }

        Assert.InRange(steps, blockCount, (segmentCount + blockCount) * 5L);
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 5")]
    public void What_is_suspected_is_not_looked_at_again_before_the_first_of_it_is_late()
    {
        SentSegments segments = Sent(1000);
        segments.MarkDelivered(999);
        LatestDelivery latest = new() { SentAt = segments[999].SentAt, End = segments[999].End, RoundTrip = new Duration(Round), IsKnown = true };
        Duration window = new(5000);
        Instant now = latest.SentAt + latest.RoundTrip;
        long lostBytes = 0;
        Duration wait = segments.DetectLosses(latest, window, now, ref lostBytes);
        Assert.Equal(segments[998].SentAt + latest.RoundTrip + window - now, wait);

        // Who walks along here takes the one for lost and stops at the other.
        segments[500].SentAt = Instant.Origin;
        segments[600].Later = -1;
        Duration again = segments.DetectLosses(latest, window, now, ref lostBytes);

        Assert.Equal(wait, again);
        Assert.Equal(0, lostBytes);
    }

    [Fact]
    [Trait("RFC", "8985 §6.2 step 5")]
    public void What_was_sent_after_the_segment_delivered_latest_is_not_looked_at()
    {
        SentSegments segments = Sent(1000, isBurst: true);
        segments.MarkDelivered(10);
        LatestDelivery latest = new() { SentAt = segments[10].SentAt, End = segments[10].End, RoundTrip = new Duration(Round), IsKnown = true };

        // Who looks beyond it takes this one for sent before it.
        segments[500].Start = segments[0].Start;
        long lostBytes = 0;

        segments.DetectLosses(latest, Duration.Zero, latest.SentAt + latest.RoundTrip, ref lostBytes);

        Assert.Equal(100, lostBytes);
    }

    [Fact]
    [Trait("RFC", "6675 §4")]
    public void The_way_to_the_next_loss_leads_past_what_was_delivered_and_not_through_it()
    {
        SentSegments segments = Sent(1000);
        segments.MarkLost(0);
        Deliver(ref segments, 1, 999);
        Assert.Equal(999, segments.FindUndelivered(1));
        segments.MarkLost(999);
        segments.MarkRetransmitted(0, new FlightSegment { SentAt = new Instant(5000) });
        for (int i = 2; i < 998; i++)
        {
            // Who walks through it finds this one.
            segments[i].Marks |= SentSegmentMarks.Lost;
        }

        Assert.Equal(999, segments.FindLost());
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(SentSegments.Limit)]
    [Trait("RFC", "8985 §6.2, 4015 §3.2")]
    public void What_was_sent_again_in_between_is_in_its_place_of_time_after_all_was_taken_for_lost_in_error(int count)
    {
        SentSegments segments = Sent(count);
        for (int i = 0; i < count; i += 2)
        {
            segments.MarkLost(i);
            segments.MarkRetransmitted(i, new FlightSegment { SentAt = new Instant(10L * count + i) });
        }

        segments.MarkTimedOut(Instant.Never);
        segments.ForgetLost();

        // Those sent once are the older half: the detection stops behind them.
        LatestDelivery latest = new() { SentAt = new Instant(20L * count), End = segments[count - 1].End, IsKnown = true };
        long lostBytes = 0;
        Duration wait = segments.DetectLosses(latest, Duration.Zero, new Instant((10L * count) - 1), ref lostBytes);

        Assert.Equal(count / 2 * 10L, lostBytes);
        Assert.All(Enumerable.Range(0, count), i => Assert.Equal(i % 2 == 1, segments[i].IsLost));
        Assert.Equal(new Duration(count - 1), wait);
    }

    /// <summary>Segments of ten bytes, each a nanosecond after the one before, or all at once.</summary>
    private static SentSegments Sent(int count, bool isBurst = false)
    {
        SentSegments segments = default;
        segments.Clear();
        for (int i = 0; i < count; i++)
        {
            segments.Append(new FlightSegment { Start = new SequenceNumber((uint)i * 10), LengthBytes = 10, SentAt = new Instant(1000 + (isBurst ? 0 : i)) });
        }

        return segments;
    }

    /// <summary>Delivers what is new of a stretch, as a block does.</summary>
    /// <returns>The segments looked at.</returns>
    private static int Deliver(ref SentSegments segments, int start, int end)
    {
        int steps = 0;
        int index = start;
        while (index < end)
        {
            steps++;
            if (!segments[index].IsDelivered)
            {
                segments.MarkDelivered(index++);
                continue;
            }

            for (int at = index; at < segments.Count && segments[at].IsDelivered; at += segments[at].Run)
            {
                steps++;
            }

            index = segments.FindUndelivered(index);
        }

        return steps;
    }
}
