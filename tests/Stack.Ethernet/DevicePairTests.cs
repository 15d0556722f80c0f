using NetStack.Core;

namespace NetStack.Ethernet.Tests;

public class DevicePairTests
{
    [Fact]
    public void Frames_cross_between_two_pools_by_copy_and_buffers_go_home()
    {
        using DevicePair cable = new();
        PacketPool left = new(64);
        PacketPool right = new(64);
        cable.Left.Attach(left, () => { });
        cable.Right.Attach(right, () => { });
        byte[] data = new byte[9000];
        new Random(1).NextBytes(data);

        Assert.Equal(1, cable.Left.Transmit([left.TryLeaseCopy(data)!], Instant.Origin));
        PacketBuffer[] burst = new PacketBuffer[4];
        Assert.Equal(1, cable.Right.Receive(burst, Instant.Origin));

        byte[] received = new byte[9000];
        Assert.Equal(9000, burst[0].CopyTo(received));
        Assert.Equal(data, received);
        Assert.Same(right, burst[0].Pool);
        right.Return(burst[0]);
        cable.Left.Reclaim();
        Assert.Equal(0, left.OutstandingBlocks);
        Assert.Equal(0, right.OutstandingBlocks);
    }

    [Fact]
    public void Within_one_pool_a_plain_frame_changes_hands_without_a_copy()
    {
        using DevicePair cable = new();
        PacketPool pool = new(64);
        cable.Left.Attach(pool, () => { });
        cable.Right.Attach(pool, () => { });
        PacketBuffer frame = pool.TryLeaseCopy([1, 2, 3])!;

        cable.Left.Transmit([frame], Instant.Origin);
        PacketBuffer[] burst = new PacketBuffer[1];
        cable.Right.Receive(burst, Instant.Origin);

        Assert.Same(frame, burst[0]);
        pool.Return(frame);
        cable.Left.Reclaim();
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    [Fact]
    public void A_frame_with_slices_is_copied_even_within_one_pool()
    {
        using DevicePair cable = new();
        PacketPool pool = new(64);
        cable.Left.Attach(pool, () => { });
        cable.Right.Attach(pool, () => { });
        PacketBuffer queue = pool.TryLeaseCopy([7, 8, 9])!;
        PacketBuffer frame = pool.TryLeaseCopy([1])!;
        frame.Append(pool.LeaseSlice(queue, queue.Start, 3));

        cable.Left.Transmit([frame], Instant.Origin);
        PacketBuffer[] burst = new PacketBuffer[1];
        Assert.Equal(1, cable.Right.Receive(burst, Instant.Origin));

        Assert.NotSame(frame, burst[0]);
        Assert.Equal([1, 7, 8, 9], burst[0].Span.ToArray());
        burst[0].Span.Clear();
        Assert.Equal([7, 8, 9], queue.Span.ToArray());
        pool.Return(burst[0]);
        pool.Return(queue);
        cable.Left.Reclaim();
        Assert.Equal(0, pool.OutstandingBlocks);
        Assert.Equal(0, pool.OutstandingSlices);
    }

    [Fact]
    public void A_full_direction_takes_no_more_and_wakes_the_sender_when_there_is_room()
    {
        using DevicePair cable = new(capacityFrames: 2);
        PacketPool left = new(64);
        int woken = 0;
        cable.Left.Attach(left, () => woken++);
        cable.Right.Attach(new PacketPool(64), () => { });
        PacketBuffer[] frames = [left.TryLeaseCopy([1])!, left.TryLeaseCopy([2])!, left.TryLeaseCopy([3])!];

        Assert.Equal(2, cable.Left.Transmit(frames, Instant.Origin));
        Assert.Equal(0, cable.Left.Transmit(frames.AsSpan(2), Instant.Origin));
        Assert.Equal(0, woken);
        cable.Right.Receive(new PacketBuffer[1], Instant.Origin);

        Assert.Equal(1, woken);
        Assert.Equal(1, cable.Left.Transmit(frames.AsSpan(2), Instant.Origin));
    }

    [Fact]
    public void An_unplugged_end_gives_back_what_it_never_read()
    {
        using DevicePair cable = new();
        PacketPool left = new(64);
        cable.Left.Attach(left, () => { });
        cable.Right.Attach(new PacketPool(64), () => { });
        cable.Left.Transmit([left.TryLeaseCopy([1])!], Instant.Origin);

        cable.Right.Dispose();
        cable.Left.Reclaim();
        Assert.Equal(0, left.OutstandingBlocks);
        Assert.Equal(1, cable.Left.Transmit([left.TryLeaseCopy([2])!], Instant.Origin));
        cable.Left.Reclaim();
        Assert.Equal(0, left.OutstandingBlocks);
    }

    [Fact]
    public void Two_threads_exchange_every_frame_in_order()
    {
        const int Frames = 200_000;
        using DevicePair cable = new(capacityFrames: 64);
        PacketPool left = new(256);
        PacketPool right = new(256);
        cable.Left.Attach(left, () => { });
        cable.Right.Attach(right, () => { });
        Thread sender = new(() =>
        {
            PacketBuffer[] one = new PacketBuffer[1];
            for (int i = 0; i < Frames; i++)
            {
                one[0] = left.TryLeaseCopy(BitConverter.GetBytes(i))!;
                while (cable.Left.Transmit(one, Instant.Origin) == 0)
                {
                    Thread.Yield();
                }
            }
        });
        sender.Start();

        PacketBuffer[] burst = new PacketBuffer[32];
        int next = 0;
        while (next < Frames)
        {
            int count = cable.Right.Receive(burst, Instant.Origin);
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(next++, BitConverter.ToInt32(burst[i].Span));
                right.Return(burst[i]);
            }

            if (count == 0)
            {
                Thread.Yield();
            }
        }

        sender.Join();
        cable.Left.Reclaim();
        Assert.Equal(0, left.OutstandingBlocks);
        Assert.Equal(0, right.OutstandingBlocks);
    }
}
