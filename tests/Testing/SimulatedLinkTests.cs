using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing.Tests;

public class SimulatedLinkTests
{
    private static readonly Duration Second = Duration.FromSeconds(1);

    [Fact]
    public void A_perfect_link_delivers_every_frame_unchanged_and_at_once()
    {
        LinkRig rig = new(LinkConditions.Perfect);
        rig.Send(1000);
        rig.Simulation.Run(Duration.Zero);

        Assert.Equal(Enumerable.Range(0, 1000), rig.Arrivals.Select(arrival => arrival.Number));
        Assert.All(rig.Arrivals, arrival => Assert.Equal(Instant.Origin, arrival.At));
        Assert.All(rig.Frames, frame => Assert.Equal(100, frame.Length));
        Assert.Equal(0, rig.Outstanding);
        Assert.True(rig.Counters.IsBalanced);
    }

    [Fact]
    public void Latency_delays_each_frame_by_exactly_that()
    {
        LinkRig rig = new(new LinkConditions { Latency = Duration.FromMilliseconds(30) });
        rig.SendEvery(10, Duration.FromMilliseconds(7));
        rig.Simulation.Run(Second);

        Assert.Equal(10, rig.Arrivals.Count);
        Assert.All(rig.Arrivals, arrival => Assert.Equal(30 + (7 * arrival.Number), arrival.At.Milliseconds));
    }

    [Fact]
    public void Jitter_spreads_the_delay_within_its_bounds_and_lets_no_frame_overtake()
    {
        Duration latency = Duration.FromMilliseconds(10);
        Duration jitter = Duration.FromMilliseconds(5);
        LinkRig rig = new(new LinkConditions { Latency = latency, Jitter = jitter });
        rig.SendEvery(2000, Duration.FromMilliseconds(8));
        rig.Simulation.Run(Second);

        Assert.Equal(Enumerable.Range(0, 2000), rig.Arrivals.Select(arrival => arrival.Number));
        List<double> delays = [.. rig.Arrivals.Select(arrival => (arrival.At - Instant.Origin).TotalMilliseconds - (8 * arrival.Number))];
        Assert.InRange(delays.Min(), 10, 10.1);
        Assert.InRange(delays.Max(), 14.9, 15);
        Assert.InRange(delays.Average(), 12.3, 12.7);
    }

    [Fact]
    public void Loss_takes_its_share_and_nothing_else()
    {
        LinkRig rig = new(new LinkConditions { Loss = 0.1 });
        rig.SendEvery(20_000, Duration.FromMicroseconds(10));

        // Ten times the standard deviation of a binomial distribution.
        Assert.InRange(rig.Counters.Lost, 2000 - 430, 2000 + 430);
        Assert.Equal(20_000 - rig.Counters.Lost, rig.Arrivals.Count);
        Assert.Equal(rig.Arrivals.OrderBy(arrival => arrival.Number), rig.Arrivals);
        Assert.True(rig.Counters.IsBalanced);
    }

    [Fact]
    public void Certain_loss_loses_everything()
    {
        LinkRig rig = new(new LinkConditions { Loss = 1 });
        rig.Send(1000);
        rig.Simulation.Run(Second);

        Assert.Empty(rig.Arrivals);
        Assert.Equal(1000, rig.Counters.Lost);
        Assert.Equal(0, rig.Outstanding);
    }

    [Fact]
    public void Burst_losses_are_of_the_length_their_model_says()
    {
        LinkRig rig = new(new LinkConditions { Bursts = new BurstLoss(GoodToBad: 0.01, BadToGood: 0.25) });
        rig.SendEvery(50_000, Duration.FromMicroseconds(10));

        List<int> gaps = [];
        int expected = 0;
        foreach ((int number, _) in rig.Arrivals)
        {
            if (number > expected)
            {
                gaps.Add(number - expected);
            }

            expected = number + 1;
        }

        // The mean burst is 1 / 0.25 frames long, and one starts about every 1 / 0.01 frames.
        Assert.InRange(gaps.Average(), 3.3, 4.7);
        Assert.InRange(gaps.Count, 350, 620);
        Assert.Equal(gaps.Sum(), rig.Counters.Lost);
    }

    [Fact]
    public void Duplication_delivers_a_second_copy()
    {
        LinkRig rig = new(new LinkConditions { Duplication = 0.5 });
        rig.SendEvery(1000, Duration.FromMicroseconds(10));

        Assert.InRange(rig.Counters.Duplicated, 350, 650);
        Assert.Equal(1000 + rig.Counters.Duplicated, rig.Arrivals.Count);
        Assert.Equal(1000, rig.Arrivals.Select(arrival => arrival.Number).Distinct().Count());
        Assert.True(rig.Counters.IsBalanced);
    }

    [Fact]
    public void Reordering_holds_frames_back_behind_later_ones()
    {
        LinkRig rig = new(new LinkConditions { Reordering = 0.2, ReorderingDelay = Duration.FromMilliseconds(3) });
        rig.SendEvery(1000, Duration.FromMilliseconds(1));
        rig.Simulation.Run(Second);

        Assert.Equal(1000, rig.Arrivals.Count);
        Assert.NotEqual(rig.Arrivals.OrderBy(arrival => arrival.Number), rig.Arrivals);
        Assert.InRange(rig.Counters.Reordered, 100, 300);
        Assert.All(rig.Arrivals, arrival => Assert.InRange(arrival.At.Milliseconds - arrival.Number, 0, 3));
    }

    [Fact]
    public void Corruption_flips_bits_within_one_word_that_the_internet_checksum_detects()
    {
        LinkRig rig = new(new LinkConditions { Corruption = 1 });
        rig.Send(500);
        rig.Simulation.Run(Second);

        Assert.Equal(500, rig.Counters.Corrupted);
        Assert.Equal(500, rig.Frames.Count);
        for (int number = 0; number < rig.Frames.Count; number++)
        {
            byte[] sent = new byte[100];
            EthernetHeader.Write(sent, rig.Link.Right.Address, rig.Link.Left.Address, EtherType.IPv4);
            BinaryPrimitives.WriteInt32BigEndian(sent.AsSpan(34), number);
            byte[] received = rig.Frames[number];
            int[] wrong = [.. Enumerable.Range(0, 100).Where(i => sent[i] != received[i])];
            Assert.InRange(wrong.Length, 1, 2);
            Assert.True(wrong[0] >= EthernetHeader.LengthBytes && wrong[0] / 2 == wrong[^1] / 2);
            Assert.NotEqual(InternetChecksum.Compute(sent.AsSpan(14)), InternetChecksum.Compute(received.AsSpan(14)));
        }
    }

    [Fact]
    public void A_corrupted_frame_without_internet_checksum_is_lost()
    {
        LinkRig rig = new(new LinkConditions { Corruption = 1 });
        rig.Send(10, type: EtherType.Arp);
        rig.Simulation.Run(Second);

        Assert.Empty(rig.Arrivals);
        Assert.Equal(10, rig.Counters.CorruptedLost);
        Assert.True(rig.Counters.IsBalanced);
    }

    [Fact]
    public void The_rate_spaces_frames_by_their_length()
    {
        LinkRig rig = new(new LinkConditions { RateBitsPerSecond = 1_000_000, Latency = Duration.FromMilliseconds(1) });
        rig.Send(4, lengthBytes: 1250);
        rig.Simulation.Run(Second);

        Assert.Equal([11, 21, 31, 41], rig.Arrivals.Select(arrival => arrival.At.Milliseconds));
    }

    [Fact]
    public void A_queue_of_frames_drops_what_exceeds_it_and_drains_with_time()
    {
        LinkRig rig = new(new LinkConditions { RateBitsPerSecond = 1_000_000, QueueFrames = 3 });
        rig.Send(5, lengthBytes: 1250);
        Assert.Equal(2, rig.Counters.QueueFull);
        rig.Simulation.Run(Duration.FromMilliseconds(10));
        rig.Send(2, lengthBytes: 1250);
        rig.Simulation.Run(Second);

        Assert.Equal(3, rig.Counters.QueueFull);
        Assert.Equal([0, 1, 2, 5], rig.Arrivals.Select(arrival => arrival.Number));
        Assert.True(rig.Counters.IsBalanced);
    }

    [Fact]
    public void A_queue_of_bytes_drops_the_frame_that_does_not_fit()
    {
        LinkRig rig = new(new LinkConditions { RateBitsPerSecond = 1_000_000, QueueBytes = 2600 });
        rig.Send(3, lengthBytes: 1250);
        rig.Send(1, lengthBytes: 100);
        rig.Simulation.Run(Second);

        Assert.Equal([0, 1, 3], rig.Arrivals.Select(arrival => arrival.Number));
    }

    [Fact]
    public void The_device_tells_its_mtu_and_larger_frames_are_lost()
    {
        LinkRig rig = new(new LinkConditions { MtuBytes = 576 });
        Assert.Equal(576, rig.Link.Left.Capabilities.MtuBytes);
        rig.Send(1, lengthBytes: EthernetHeader.LengthBytes + 576);
        rig.Send(1, lengthBytes: EthernetHeader.LengthBytes + 577);
        rig.Simulation.Run(Second);

        Assert.Equal([0], rig.Arrivals.Select(arrival => arrival.Number));
        Assert.Equal(1, rig.Counters.TooBig);
    }

    [Fact]
    public void A_cut_link_passes_nothing_until_it_is_mended()
    {
        LinkRig rig = new(new LinkConditions { Latency = Duration.FromMilliseconds(5) });
        rig.Send(1);
        rig.Link.SetUp(false);
        rig.Send(1);
        rig.Simulation.Run(Second);
        rig.Link.SetUp(true);
        rig.Send(1);
        rig.Simulation.Run(Second);

        Assert.Equal([0, 2], rig.Arrivals.Select(arrival => arrival.Number));
        Assert.Equal(1, rig.Counters.Down);
        Assert.True(rig.Counters.IsBalanced);
    }

    [Fact]
    public void One_seed_gives_one_course_and_another_seed_another()
    {
        LinkConditions bad = new() { Loss = 0.2, Duplication = 0.2, Reordering = 0.2, Corruption = 0.2, Jitter = Second };

        Assert.Equal(Course(bad, 11), Course(bad, 11));
        Assert.NotEqual(Course(bad, 11), Course(bad, 12));
    }

    private static string Course(LinkConditions conditions, ulong seed)
    {
        LinkRig rig = new(conditions, seed);
        rig.SendEvery(300, Duration.FromMilliseconds(1));
        rig.Simulation.RunToSilence(Duration.FromSeconds(60));
        return string.Join(";", rig.Arrivals) + string.Join(";", rig.Frames.Select(Convert.ToHexString));
    }
}
