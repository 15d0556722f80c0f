using NetStack.Core;
using FlightSegment = NetStack.Tcp.SentSegment;

namespace NetStack.Tcp.Tests;

/// <summary>The ring of segments against a plain list that does the same by the definition.</summary>
public class SentSegmentsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("RFC", "8985 §5")]
    public void Whatever_happens_sums_places_and_order_are_those_of_a_plain_list(ulong seed)
    {
        SeededEntropy entropy = new(seed);
        SentSegments segments = default;
        segments.Clear();
        List<Model> model = [];
        SequenceNumber next = new(0xFFFF_FF00);
        long clock = 0;
        for (int step = 0; step < 20_000; step++)
        {
            clock += entropy.Next(3);
            Instant now = new(clock);
            switch (entropy.Next(10))
            {
                case < 4 when model.Count < 300:
                    int length = 1 + entropy.Next(1460);
                    segments.Append(new FlightSegment { Start = next, LengthBytes = length, SentAt = now });
                    model.Add(new Model { Start = next, Length = length, SentAt = clock });
                    next += length;
                    break;
                case 4 when model.Count > 0:
                    segments.RemoveFirst();
                    model.RemoveAt(0);
                    break;
                case 5 when model.Count > 0 && model[0].Length > 1:
                    int cut = 1 + entropy.Next(model[0].Length - 1);
                    segments.TrimFirst(cut);
                    model[0].Start += cut;
                    model[0].Length -= cut;
                    break;
                case 6 when model.Count > 0:
                    DeliverStretch(ref segments, model, entropy);
                    break;
                case 7 when model.Count > 0:
                    int delivered = entropy.Next(model.Count);
                    if (!model[delivered].IsDelivered)
                    {
                        segments.MarkDelivered(delivered);
                        model[delivered].IsDelivered = true;
                        model[delivered].IsLost = false;
                    }

                    break;
                case 8 when model.Count > 0:
                    DetectLosses(ref segments, model, entropy, now);
                    break;
                case 9 when segments.LostBytes > 0:
                    int lost = segments.FindLost();
                    Assert.Equal(model.FindIndex(each => each.IsLost), lost);
                    segments.MarkRetransmitted(lost, new FlightSegment { SentAt = now });
                    model[lost].IsLost = false;
                    model[lost].SentAt = clock;
                                        break;
            }

            if (step % 500 == 499)
            {
                Reshape(ref segments, model, entropy);
            }

            Verify(ref segments, model, entropy);
        }
    }

    [Fact]
    [Trait("RFC", "1191 §6.5")]
    public void Segments_that_are_too_large_are_cut_anew_as_one_stretch()
    {
        SentSegments segments = default;
        segments.Clear();
        SequenceNumber start = new(1000);
        segments.Append(new FlightSegment { Start = start, LengthBytes = 1400 });
        segments.Append(new FlightSegment { Start = start + 1400, LengthBytes = 1400, Marks = SentSegmentMarks.Push });
        segments.Append(new FlightSegment { Start = start + 2800, LengthBytes = 100 });

        int lost = segments.Divide(1000);

        Assert.Equal(2800, lost);
        Assert.Equal([1000, 1000, 800, 100], Enumerable.Range(0, segments.Count).Select(i => segments[i].LengthBytes));
        Assert.Equal([true, true, true, false], Enumerable.Range(0, segments.Count).Select(i => segments[i].IsLost));
        Assert.Equal(SentSegmentMarks.Push, segments[2].Marks & SentSegmentMarks.Push);
    }

    [Fact]
    [Trait("RFC", "2018 §5")]
    public void What_was_passed_once_is_passed_in_one_step()
    {
        SentSegments segments = default;
        segments.Clear();
        for (uint i = 0; i < 1_000; i++)
        {
            segments.Append(new FlightSegment { Start = new SequenceNumber(i * 10), LengthBytes = 10 });
        }

        foreach (int i in (int[])[.. Enumerable.Range(100, 800)])
        {
            segments.MarkDelivered(i);
        }

        Assert.Equal(900, segments.FindUndelivered(300));
        Assert.Equal(900, segments.FindUndelivered(100));

        Assert.Equal((800, 600, 1), (segments[100].Run, segments[300].Run, segments[899].Run));
        Assert.Equal(99, segments.FindUndelivered(99));
        segments.RemoveFirst();
        Assert.Equal(899, segments.FindUndelivered(99));
    }

    [Fact]
    [Trait("RFC", "1191 §6.5")]
    public void Segments_that_are_cut_do_not_become_more_than_may_be()
    {
        SentSegments segments = default;
        segments.Clear();
        const int count = 20_000;
        for (int i = 0; i < count; i++)
        {
            segments.Append(new FlightSegment { Start = new SequenceNumber((uint)i * 1460), LengthBytes = 1460 });
        }

        segments.MarkDelivered(9000);
        segments.Divide(500);

        Assert.InRange(segments.Count, SentSegments.Limit - 3, SentSegments.Limit);
        Assert.Equal(count * 1460, segments.LengthBytes);
        Assert.Equal(SentSegments.Limit, segments.Slots);
        Assert.All(Enumerable.Range(0, segments.Count), i => Assert.InRange(segments[i].LengthBytes, 1, 1460));
    }

    private static void DetectLosses(ref SentSegments segments, List<Model> model, SeededEntropy entropy, Instant now)
    {
        Model pick = model[entropy.Next(model.Count)];
        LatestDelivery latest = new()
        {
            SentAt = new Instant(pick.SentAt), End = pick.Start + pick.Length, RoundTrip = new Duration(entropy.Next(40)), IsKnown = true,
        };
        Duration window = new(entropy.Next(20));
        long lostBytes = 0;
        Duration wait = segments.DetectLosses(latest, window, now, ref lostBytes);
        long expected = 0;
        long expectedWait = 0;
        foreach (Model each in model)
        {
            bool isBefore = each.SentAt < latest.SentAt.Nanoseconds
                || (each.SentAt == latest.SentAt.Nanoseconds && each.Start + each.Length < latest.End);
            long remaining = each.SentAt + latest.RoundTrip.Nanoseconds + window.Nanoseconds - now.Nanoseconds;
            if (each.IsLost || each.IsDelivered || !isBefore)
            {
                continue;
            }

            each.IsLost = remaining <= 0;
            expected += each.IsLost ? each.Length : 0;
            expectedWait = Math.Max(expectedWait, remaining);
        }

        Assert.Equal(expected, lostBytes);
        Assert.Equal(expectedWait, wait.Nanoseconds);
    }

    /// <summary>Delivers a stretch that nothing is missing from, as blocks do.</summary>
    private static void DeliverStretch(ref SentSegments segments, List<Model> model, SeededEntropy entropy)
    {
        int start = entropy.Next(model.Count);
        int end = Math.Min(start + 1 + entropy.Next(30), model.Count);
        for (int i = start; i < end; i++)
        {
            if (!model[i].IsDelivered)
            {
                segments.MarkDelivered(i);
                model[i].IsDelivered = true;
                model[i].IsLost = false;
            }
        }
    }

    /// <summary>Cuts what is too large, so that what was not delivered and is lost by it begins where the parts of the ring do.</summary>
    private static void Divide(ref SentSegments segments, List<Model> model, SeededEntropy entropy)
    {
        int partBytes = 700 + entropy.Next(700);
        segments.Divide(partBytes);
        List<Model> old = [.. model];
        model.Clear();
        for (int i = 0; i < segments.Count; i++)
        {
            FlightSegment part = segments[i];
            Model before = old.Single(each => part.Start >= each.Start && part.Start < each.Start + each.Length);
            Assert.InRange(part.LengthBytes, 1, Math.Max(partBytes, part.IsLost ? 0 : before.Length));
            Assert.Equal(before.IsDelivered, part.IsDelivered);
            Assert.Equal(!before.IsDelivered && (before.IsLost || before.Length > partBytes), part.IsLost);
            model.Add(new Model
            {
                Start = part.Start, Length = part.LengthBytes, SentAt = part.SentAt.Nanoseconds, IsDelivered = part.IsDelivered, IsLost = part.IsLost,
            });
        }

        Assert.Equal(old.Sum(each => each.Length), model.Sum(each => each.Length));
    }

    private static void Reshape(ref SentSegments segments, List<Model> model, SeededEntropy entropy)
    {
        int choice = entropy.Next(3);
        if (choice == 2)
        {
            Divide(ref segments, model, entropy);
        }
        else if (choice == 1)
        {
            segments.ForgetLost();
            model.ForEach(each => each.IsLost = false);
        }
        else
        {
            segments.ForgetDelivered();
            model.ForEach(each => each.IsDelivered = false);
        }
    }

    private static void Verify(ref SentSegments segments, List<Model> model, SeededEntropy entropy)
    {
        Assert.Equal(model.Count, segments.Count);
        Assert.Equal(model.Where(each => each.IsDelivered).Sum(each => each.Length), segments.DeliveredBytes);
        Assert.Equal(model.Count(each => each.IsDelivered), segments.DeliveredCount);
        Assert.Equal(model.Where(each => each.IsLost).Sum(each => each.Length), segments.LostBytes);
        Assert.Equal(model.Sum(each => each.Length), segments.LengthBytes);
        if (model.Count > 0)
        {
            int index = entropy.Next(model.Count);
            Assert.Equal(model[index].Start, segments[index].Start);
            Assert.Equal(index, segments.IndexOf(model[index].Start + entropy.Next(model[index].Length)));
            int behind = model.FindIndex(index, each => !each.IsDelivered);
            Assert.Equal(behind < 0 ? model.Count : behind, segments.FindUndelivered(index));
        }
    }

    private sealed class Model
    {
        public SequenceNumber Start;
        public int Length;
        public long SentAt;
        public bool IsLost;
        public bool IsDelivered;
    }
}
