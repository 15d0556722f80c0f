using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests.Hostile;

/// <summary>
/// Ten million frames that nobody sane would send, into a host with listeners, UDP sockets and connections in every
/// stage: random bytes, mutated frames, and well-formed segments with senseless contents.
/// </summary>
[Collection(nameof(HeapMeasurement))]
public class HostileFrameBurstTests
{
    private const int Frames = 10_000_000;
    private const int FramesPerTurn = 32;

    /// <summary>What is dropped on its way out, and was no frame that came in.</summary>
    private static readonly DropReason[] OutgoingDrops =
    [
        DropReason.TransmitRingFull, DropReason.DeviceTransmitFailed, DropReason.NeighborUnreachable,
        DropReason.NeighborQueueFull, DropReason.PacketTooBig, DropReason.LoopbackQueueFull,
    ];

    [Theory]
    [InlineData(20261120UL)]
    [Trait("Category", "Slow")]
    public void Every_frame_is_delivered_or_dropped_by_name_and_nothing_grows(ulong seed)
    {
        HostileTarget target = new(seed);
        HostileFrames frames = new(new SeededEntropy(seed), target);
        for (int i = 0; i < 100_000; i++)
        {
            Turn(target, frames);
        }

        int blocks = target.Pool.OutstandingBlocks;
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 100_000; i < Frames / FramesPerTurn; i++)
        {
            Turn(target, frames);
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - heap;
        Assert.InRange(grown, long.MinValue, 4_000_000);
        Assert.InRange(target.Pool.OutstandingBlocks, 0, Math.Max(4 * blocks, 4096));
        target.CloseAll();

        Counters counters = target.Pool.Counters;
        long outgoing = OutgoingDrops.Sum(reason => counters[reason]);
        Assert.Equal(frames.Injected, counters[Counter.FramesReceived]);
        Assert.Equal(counters[Counter.FramesReceived], counters[Counter.FramesDelivered] + counters.TotalDrops - outgoing);
        Assert.Equal(0, target.Pool.OutstandingBlocks);
        Assert.Equal(0, target.Pool.OutstandingSlices);

        // The burst went deep: connections were opened and carried data, and most reasons to drop were met.
        Assert.True(target.Accepted > 1000, $"only {target.Accepted} connections were accepted");
        Assert.True(target.BytesRead > 100_000, $"only {target.BytesRead} bytes were read");
        int reasons = Enum.GetValues<DropReason>().Count(reason => counters[reason] > 0);
        Assert.True(reasons >= 25, $"only {reasons} reasons to drop were met");
    }

    private static void Turn(HostileTarget target, HostileFrames frames)
    {
        for (int i = 0; i < FramesPerTurn; i++)
        {
            frames.InjectOne();
        }

        target.Turn();
    }
}
