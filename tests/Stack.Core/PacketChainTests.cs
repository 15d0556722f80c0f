namespace NetStack.Core.Tests;

public class PacketChainTests
{
    [Theory]
    [InlineData(0, 1, 3)]
    [InlineData(10, 10, 10)]
    [InlineData(10, 0, 200)]
    [InlineData(4000, 5000, 90)]
    public void What_is_pulled_up_stands_in_one_piece_and_the_rest_follows(int first, int second, int third)
    {
        PacketPool pool = new(16);
        byte[] data = [.. Enumerable.Range(0, first + second + third).Select(i => (byte)(i * 7))];
        PacketBuffer packet = Chain(pool, data, first, second);

        Assert.True(packet.TryPullUp(64));

        Assert.True(packet.Length >= Math.Min(64, data.Length));
        byte[] all = new byte[data.Length];
        Assert.Equal(data.Length, packet.CopyTo(all));
        Assert.Equal(data, all);
        pool.Return(packet);
        Assert.Equal(0, pool.OutstandingBlocks);
        Assert.Equal(0, pool.OutstandingSlices);
    }

    [Fact]
    public void Where_there_is_no_room_what_fits_is_pulled_up_and_nothing_is_lost()
    {
        PacketPool pool = new(16);
        PacketBuffer packet = pool.TryLease(PacketBuffer.BlockBytes - 30)!;
        packet.Extend(10).Fill(1);
        PacketBuffer next = pool.TryLease()!;
        next.Extend(100).Fill(2);
        packet.Append(next);

        Assert.False(packet.TryPullUp(64));

        Assert.Equal(30, packet.Length);
        Assert.Equal(80, packet.Next!.Length);
        byte[] all = new byte[110];
        packet.CopyTo(all);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 10), .. Enumerable.Repeat((byte)2, 100)], all);
        pool.Return(packet);
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    [Theory]
    [InlineData(20, 0)]
    [InlineData(27, 33)]
    [InlineData(21, 501)]
    public void A_checksum_that_was_left_blank_is_that_of_all_that_follows_its_start(int first, int second)
    {
        const int Start = 4;
        const int Offset = 6;
        PacketPool pool = new(16);
        byte[] data = [.. Enumerable.Range(0, first + second).Select(i => (byte)((i * 37) + 11))];
        PacketBuffer packet = Chain(pool, data, first, second);
        packet.Checksum = ChecksumState.ToBeFilled;
        packet.ChecksumStart = (ushort)(packet.Start + Start);
        packet.ChecksumOffset = Offset;
        ushort expected = InternetChecksum.Compute(data.AsSpan(Start));

        packet.FillChecksum();

        Assert.Equal(ChecksumState.None, packet.Checksum);
        byte[] filled = new byte[data.Length];
        packet.CopyTo(filled);
        Assert.Equal(expected, (ushort)((filled[Start + Offset] << 8) | filled[Start + Offset + 1]));
        filled[Start + Offset] = data[Start + Offset];
        filled[Start + Offset + 1] = data[Start + Offset + 1];
        Assert.Equal(data, filled);
        pool.Return(packet);
    }

    /// <summary>A chain of up to three blocks, the second of which is a slice.</summary>
    private static PacketBuffer Chain(PacketPool pool, byte[] data, int first, int second)
    {
        PacketBuffer packet = pool.TryLease(64)!;
        data.AsSpan(0, Math.Min(first, 4000)).CopyTo(packet.Extend(Math.Min(first, 4000)));
        PacketBuffer tail = packet;
        int at = first;
        foreach (int part in (int[])[second, data.Length - first - second])
        {
            for (int left = part; left > 0;)
            {
                int length = Math.Min(left, 3000);
                PacketBuffer block = pool.TryLease(0)!;
                data.AsSpan(at, length).CopyTo(block.Extend(length));
                PacketBuffer slice = pool.LeaseSlice(block, 0, length);
                pool.Return(block);
                tail.Append(slice);
                tail = slice;
                at += length;
                left -= length;
            }
        }

        return packet;
    }
}
