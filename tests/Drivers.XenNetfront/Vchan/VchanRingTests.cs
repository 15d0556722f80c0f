using System.Runtime.InteropServices;

namespace NetStack.Drivers.XenNetfront.Tests;

public sealed unsafe class VchanRingTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue - 100)]
    [InlineData(int.MaxValue - 5u)]
    public void A_ring_is_a_queue_of_bytes_wherever_its_indices_wrap(uint start)
    {
        const int Order = 10;
        byte* page = (byte*)NativeMemory.AllocZeroed(VchanLayout.PageBytes);
        *(uint*)page = start;
        *(uint*)(page + VchanLayout.ProducedBehindConsumed) = start;
        VchanRing writer = new(page, page + 1024, Order, isWriter: true);
        VchanRing reader = new(page, page + 1024, Order, isWriter: false);
        Random random = new(7);
        Queue<byte> queue = new();
        for (int step = 0; step < 20_000; step++)
        {
            Assert.True(writer.TryMeasure(out int room));
            Assert.True(reader.TryMeasure(out int ready));
            Assert.Equal(queue.Count, ready);
            Assert.Equal(1024 - queue.Count, room);
            byte[] bytes = new byte[random.Next(0, room + 1)];
            random.NextBytes(bytes);
            writer.Write(bytes);
            Array.ForEach(bytes, queue.Enqueue);
            byte[] read = new byte[random.Next(0, queue.Count + 1)];
            reader.Read(read);
            Assert.All(read, one => Assert.Equal(queue.Dequeue(), one));
        }

        NativeMemory.Free(page);
    }

    [Theory]
    [InlineData(1025u)]
    [InlineData(0x8000_0000u)]
    [InlineData(uint.MaxValue)]
    public void An_index_that_is_too_far_is_a_lie_to_reader_and_writer(uint ahead)
    {
        byte* page = (byte*)NativeMemory.AllocZeroed(VchanLayout.PageBytes);
        VchanRing reader = new(page, page + 1024, 10, isWriter: false);
        *(uint*)(page + VchanLayout.ProducedBehindConsumed) = ahead;
        Assert.False(reader.TryMeasure(out _));

        *(uint*)(page + VchanLayout.ProducedBehindConsumed) = 0;
        VchanRing writer = new(page, page + 1024, 10, isWriter: true);
        *(uint*)page = (uint)-(int)ahead;
        Assert.False(writer.TryMeasure(out _));
        NativeMemory.Free(page);
    }

    [Theory]
    [InlineData(0, 0, 10, 11)]
    [InlineData(1024, 2048, 10, 11)]
    [InlineData(2048, 1024, 11, 10)]
    [InlineData(2048, 2048, 11, 12)]
    [InlineData(2049, 100, 12, 11)]
    [InlineData(65536, 65537, 16, 17)]
    [InlineData(1 << 20, int.MaxValue, 20, 20)]
    public void Rings_are_as_large_as_asked_for_and_in_the_shared_page_where_they_fit(int left, int right, int leftOrder, int rightOrder)
    {
        Assert.Equal((leftOrder, rightOrder), VchanLayout.Choose(left, right));
        Assert.Null(VchanLayout.FaultOf(leftOrder, rightOrder));
    }

    [Theory]
    [InlineData(9, 12)]
    [InlineData(12, 21)]
    [InlineData(0, 0)]
    [InlineData(65535, 12)]
    [InlineData(10, 10)]
    [InlineData(11, 11)]
    [InlineData(10, 20)]
    public void Orders_that_no_honest_server_offers_are_refused(int left, int right) => Assert.NotNull(VchanLayout.FaultOf(left, right));
}
