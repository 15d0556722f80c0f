using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>The queue over a pair of datagram sockets: a descriptor that keeps frames apart and, unlike a TAP, can be filled.</summary>
public sealed unsafe partial class TapQueueTests
{
    private const int FamilyUnix = 1;

    [Fact]
    public void A_full_descriptor_takes_some_of_the_burst_and_the_rest_later()
    {
        PacketPool pool = new(2048);
        (TapQueue left, TapQueue right) = Pair();
        using (left)
        using (right)
        {
            PacketBuffer[] burst = new PacketBuffer[1024];
            for (int i = 0; i < burst.Length; i++)
            {
                burst[i] = pool.TryLeaseCopy(BitConverter.GetBytes(i))!;
            }

            int sent = left.Transmit(burst, pool);
            Assert.InRange(sent, 1, burst.Length - 1);
            Assert.True(left.IsTransmitBlocked);
            Assert.Equal(burst.Length - sent, pool.OutstandingBlocks);
            Assert.Equal(0, pool.Counters.TotalDrops);

            List<int> received = [];
            PacketBuffer[] incoming = new PacketBuffer[64];
            while (received.Count < burst.Length)
            {
                int count = right.Receive(incoming, pool);
                for (int i = 0; i < count; i++)
                {
                    received.Add(BitConverter.ToInt32(incoming[i].Span));
                    pool.Return(incoming[i]);
                }

                sent += left.Transmit(burst.AsSpan(sent), pool);
            }

            Assert.Equal(Enumerable.Range(0, burst.Length), received);
            Assert.False(left.IsTransmitBlocked);
            Assert.Equal(0, pool.OutstandingBlocks);
        }
    }

    [Theory]
    [InlineData(1, 1500)]
    [InlineData(3_902, 1500)]
    [InlineData(3_903, 9000)]
    [InlineData(9_018, 9000)]
    [InlineData(65_539, 65_521)]
    public void A_frame_of_any_length_keeps_its_bytes(int lengthBytes, int mtuBytes)
    {
        PacketPool pool = new(64);
        (TapQueue left, TapQueue right) = Pair(mtuBytes);
        using (left)
        using (right)
        {
            byte[] bytes = new byte[lengthBytes];
            new Random(lengthBytes).NextBytes(bytes);
            Assert.Equal(1, left.Transmit([pool.TryLeaseCopy(bytes)!], pool));
            PacketBuffer[] burst = new PacketBuffer[2];
            Assert.Equal(1, right.Receive(burst, pool));
            byte[] received = new byte[burst[0].TotalLength];
            burst[0].CopyTo(received);
            pool.Return(burst[0]);
            right.ReleaseBlocks();
            Assert.Equal(bytes, received);
            Assert.Equal(0, pool.OutstandingBlocks);
        }
    }

    [Fact]
    public void Small_frames_and_large_ones_come_in_any_order()
    {
        PacketPool pool = new(4096);
        (TapQueue left, TapQueue right) = Pair(hasOffloads: true);
        using (left)
        using (right)
        {
            // Runs of small frames end the reading into all blocks at once, large ones begin it again; single ones and pairs
            // end and begin the reading on until there is nothing more.
            Random random = new(7);
            PacketBuffer[] incoming = new PacketBuffer[64];
            for (int round = 0; round < 300; round++)
            {
                bool isLarge = round % 100 >= 95;
                int frames = round % 50 < 40 || isLarge ? 1 + (round % 2) : 6;
                byte[][] sent = [.. Enumerable.Range(0, frames).Select(_ => new byte[isLarge ? random.Next(4_000, 65_000) : random.Next(60, 3_800)])];
                List<byte[]> received = [];
                foreach (byte[] bytes in sent)
                {
                    random.NextBytes(bytes);
                    Assert.Equal(1, left.Transmit([pool.TryLeaseCopy(bytes)!], pool));
                }

                for (int tries = 0; tries < 2 * frames && received.Count < frames; tries++)
                {
                    int count = right.Receive(incoming, pool);
                    for (int i = 0; i < count; i++)
                    {
                        byte[] bytes = new byte[incoming[i].TotalLength];
                        incoming[i].CopyTo(bytes);
                        received.Add(bytes);
                        pool.Return(incoming[i]);
                    }
                }

                Assert.Equal(sent, received);
            }

            right.ReleaseBlocks();
            Assert.Equal(0, pool.OutstandingBlocks);
        }
    }

    [Fact]
    public void An_empty_descriptor_gives_nothing_and_keeps_the_blocks_of_one_frame_ready()
    {
        PacketPool pool = new(64);
        (TapQueue left, TapQueue right) = Pair(9000);
        using (left)
        using (right)
        {
            Assert.Equal(0, right.Receive(new PacketBuffer[4], pool));
            Assert.Equal(0, right.Receive(new PacketBuffer[4], pool));
            Assert.Equal(3, pool.OutstandingBlocks);
            right.ReleaseBlocks();
            Assert.Equal(0, pool.OutstandingBlocks);
            Assert.Equal(0, right.LostWithError);
        }
    }

    [Fact]
    public void A_chain_of_more_pieces_than_a_device_takes_is_dropped_and_counted()
    {
        PacketPool pool = new(128);
        (TapQueue left, TapQueue right) = Pair(9000);
        using (left)
        using (right)
        {
            PacketBuffer frame = pool.TryLeaseCopy(new byte[300])!;
            for (int i = 0; i < TapQueue.MaximumBlocks; i++)
            {
                frame.Last.Append(pool.TryLeaseCopy(new byte[300])!);
            }

            Assert.Equal(1, left.Transmit([frame], pool));
            Assert.Equal(1, pool.Counters[DropReason.DeviceTransmitFailed]);
            Assert.Equal(0, pool.OutstandingBlocks);
        }
    }

    [Theory]
    [InlineData(1, 0, 0, 58, 1)] // a checksum that would lie beyond the frame
    [InlineData(0, 9, 100, 0, 0)] // a segmentation that nobody knows
    [InlineData(0, 1, 0, 0, 0)] // segments of no length
    public void Facts_that_do_not_fit_the_frame_are_dropped_and_counted(byte flags, byte type, ushort size, ushort start, ushort offset)
    {
        PacketPool pool = new(64);
        (TapQueue left, TapQueue right) = Pair(hasOffloads: true);
        using (right)
        {
            byte[] bytes = new byte[VirtioNetHeader.LengthBytes + 60];
            bytes[0] = flags;
            bytes[1] = type;
            BitConverter.TryWriteBytes(bytes.AsSpan(4), size);
            BitConverter.TryWriteBytes(bytes.AsSpan(6), start);
            BitConverter.TryWriteBytes(bytes.AsSpan(8), offset);
            using (TapQueue plain = new(left.Handle, 1500))
            {
                Assert.Equal(1, plain.Transmit([pool.TryLeaseCopy(bytes)!], pool));
            }

            Assert.Equal(0, right.Receive(new PacketBuffer[4], pool));
            Assert.Equal(1, pool.Counters[DropReason.OffloadFactsMalformed]);
            Assert.Equal(1, pool.Counters[Counter.FramesReceived]);
            Assert.Equal(60, pool.Counters[Counter.BytesReceived]);
            right.ReleaseBlocks();
            left.Dispose();
            Assert.Equal(0, pool.OutstandingBlocks);
        }
    }

    [Fact]
    public void A_disposed_queue_neither_takes_nor_gives()
    {
        PacketPool pool = new(64);
        (TapQueue left, TapQueue right) = Pair();
        right.Dispose();
        left.Dispose();
        Assert.Equal(0, left.Receive(new PacketBuffer[4], pool));
        Assert.Equal(1, left.Transmit([pool.TryLeaseCopy(new byte[60])!], pool));
        Assert.Equal(1, pool.Counters[DropReason.DeviceTransmitFailed]);
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    private static (TapQueue Left, TapQueue Right) Pair(int mtuBytes = 1500, bool hasOffloads = false)
    {
        int* descriptors = stackalloc int[2];
        Assert.Equal(0, SocketPair(FamilyUnix, LibC.SocketDatagram | LibC.NonBlocking | LibC.CloseOnExec, 0, descriptors));
        return (
            new TapQueue(new SafeFileHandle(descriptors[0], true), mtuBytes, hasOffloads),
            new TapQueue(new SafeFileHandle(descriptors[1], true), mtuBytes, hasOffloads));
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int SocketPair(int family, int type, int protocol, int* descriptors);
}
