using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Core.Tests;

public class PacketBufferTests
{
    [Fact]
    public void A_fresh_buffer_is_empty_page_aligned_and_keeps_headroom()
    {
        PacketPool pool = new(16);
        PacketBuffer buffer = pool.TryLease()!;

        unsafe
        {
            Assert.Equal(0, (nint)buffer.BlockPointer % PacketBuffer.BlockBytes);
        }

        Assert.Equal(0, buffer.Length);
        Assert.Equal(PacketBuffer.DefaultHeadroomBytes, buffer.HeadroomBytes);
        Assert.Equal(PacketBuffer.DefaultCapacityBytes, buffer.TailroomBytes);
        Assert.Equal(ChecksumState.None, buffer.Checksum);
        pool.Return(buffer);
    }

    [Fact]
    public void Headers_go_before_the_payload_and_come_off_again()
    {
        PacketPool pool = new(16);
        PacketBuffer buffer = pool.TryLeaseCopy([5, 6, 7])!;

        buffer.Prepend(2)[0] = 3;
        buffer.Span[1] = 4;
        Assert.Equal([3, 4, 5, 6, 7], buffer.Span.ToArray());

        int start = buffer.Start;
        buffer.RemoveFront(2);
        buffer.RemoveBack(1);
        Assert.Equal([5, 6], buffer.Span.ToArray());

        buffer.RestoreFront(start);
        Assert.Equal([3, 4, 5, 6], buffer.Span.ToArray());
        pool.Return(buffer);
    }

    [Fact]
    public void Room_that_is_not_there_is_refused()
    {
        PacketPool pool = new(16);
        PacketBuffer buffer = pool.TryLease(headroomBytes: 4)!;

        Assert.Throws<InvalidOperationException>(() => { buffer.Prepend(5); });
        Assert.Throws<InvalidOperationException>(() => { buffer.Extend(PacketBuffer.BlockBytes); });
        Assert.Throws<InvalidOperationException>(() => { buffer.RemoveFront(1); });
        Assert.Throws<InvalidOperationException>(() => { buffer.Prepend(-1); });
        pool.Return(buffer);
    }

    [Fact]
    public void A_chain_holds_what_was_copied_and_truncates_anywhere()
    {
        Prop.ForAll(Gen.Choose(0, 20_000).ToArbitrary(), Gen.Choose(0, 20_000).ToArbitrary(), (length, cut) =>
        {
            PacketPool pool = new(16);
            byte[] data = new byte[length];
            new System.Random(length).NextBytes(data);
            PacketBuffer chain = pool.TryLeaseCopy(data)!;
            byte[] whole = new byte[length];
            bool isWhole = chain.TotalLength == length && chain.CopyTo(whole) == length && whole.AsSpan().SequenceEqual(data);

            chain.Truncate(cut);
            int left = Math.Min(length, cut);
            byte[] part = new byte[left];
            bool isCut = chain.TotalLength == left && chain.CopyTo(part) == left && part.AsSpan().SequenceEqual(data.AsSpan(0, left));
            pool.Return(chain);
            return isWhole && isCut && pool.OutstandingBlocks == 0;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_slice_shows_bytes_of_its_block_without_a_copy()
    {
        PacketPool pool = new(16);
        PacketBuffer block = pool.TryLeaseCopy([1, 2, 3, 4, 5])!;
        PacketBuffer slice = pool.LeaseSlice(block, block.Start + 1, 3);

        block.Span[2] = 99;

        Assert.Equal([2, 99, 4], slice.Span.ToArray());
        Assert.True(slice.IsSlice);
        Assert.Equal(0, slice.HeadroomBytes);
        Assert.Equal(0, slice.TailroomBytes);
        pool.Return(slice);
        pool.Return(block);
        Assert.Equal(0, pool.OutstandingSlices);
    }

    [Fact]
    public void A_block_returned_first_stays_until_its_last_slice_is_returned()
    {
        PacketPool pool = new(16);
        PacketBuffer block = pool.TryLeaseCopy([1, 2, 3])!;
        PacketBuffer first = pool.LeaseSlice(block, block.Start, 1);
        PacketBuffer second = pool.LeaseSlice(first, block.Start + 1, 2);

        pool.Return(block);
        Assert.Equal(1, pool.OutstandingBlocks);
        pool.Return(first);
        Assert.Equal(1, pool.OutstandingBlocks);
        Assert.Equal([2, 3], second.Span.ToArray());
        pool.Return(second);
        Assert.Equal(0, pool.OutstandingBlocks);
        Assert.Equal(0, pool.OutstandingSlices);
    }

    [Fact]
    public void Exposed_blocks_form_a_sequence()
    {
        PacketPool pool = new(16);
        PacketBuffer first = pool.TryLeaseCopy([1, 2])!;
        PacketBuffer second = pool.TryLeaseCopy([3, 4, 5])!;
        first.Append(second);
        first.Expose(100);
        second.Expose(102);

        System.Buffers.ReadOnlySequence<byte> sequence = new(first, 1, second, 2);

        Assert.Equal([2, 3, 4], System.Buffers.BuffersExtensions.ToArray(sequence));
        pool.Return(first);
    }
}
