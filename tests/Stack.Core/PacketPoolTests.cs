namespace NetStack.Core.Tests;

[Collection(nameof(HeapMeasurement))]
public class PacketPoolTests
{
    [Fact]
    public void The_budget_is_a_limit()
    {
        PacketPool pool = new(16);
        List<PacketBuffer> leased = [];
        while (pool.TryLease() is { } buffer)
        {
            leased.Add(buffer);
        }

        Assert.Equal(16, leased.Count);
        Assert.Equal(16, leased.Distinct().Count());
        Assert.Equal(0, pool.AvailableBlocks);
        Assert.Null(pool.TryLeaseCopy([1]));

        leased.ForEach(pool.Return);
        Assert.Equal(0, pool.OutstandingBlocks);
        Assert.NotNull(pool.TryLease());
    }

    [Fact]
    public void A_copy_that_does_not_fit_the_budget_leases_nothing()
    {
        PacketPool pool = new(16);

        Assert.Null(pool.TryLeaseCopy(new byte[17 * PacketBuffer.BlockBytes]));
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    [Fact]
    public void Returning_twice_is_refused()
    {
        PacketPool pool = new(16);
        PacketBuffer buffer = pool.TryLease()!;
        pool.Return(buffer);

        Assert.Throws<InvalidOperationException>(() => pool.Return(buffer));
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    [Fact]
    public void Returning_to_another_pool_is_refused()
    {
        PacketPool pool = new(16);
        PacketPool other = new(16);
        PacketBuffer buffer = pool.TryLease()!;

        Assert.Throws<InvalidOperationException>(() => other.Return(buffer));
    }

    [Fact]
    public void A_drop_is_counted_under_its_reason()
    {
        PacketPool pool = new(16);
        pool.Drop(pool.TryLease()!, DropReason.NoRoute);

        Assert.Equal(1, pool.Counters[DropReason.NoRoute]);
        Assert.Equal(1, pool.Counters.TotalDrops);
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    [Fact]
    public void Leasing_and_returning_allocates_nothing()
    {
        PacketPool pool = new(64);
        void Cycle()
        {
            PacketBuffer block = pool.TryLease()!;
            PacketBuffer slice = pool.LeaseSlice(block, block.Start, 0);
            pool.Return(block);
            pool.Return(slice);
        }

        Cycle();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
        {
            Cycle();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Memory_of_a_pool_that_is_gone_stays_readable()
    {
        Memory<byte> memory = LeaseAndForget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.Equal([42, 43], memory.Span[..2].ToArray());

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static Memory<byte> LeaseAndForget()
        {
            PacketBuffer buffer = new PacketPool(16).TryLease()!;
            Memory<byte> room = buffer.TailroomMemory;
            room.Span[0] = 42;
            room.Span[1] = 43;
            return room;
        }
    }

#if DEBUG
    [Fact]
    public void Debug_builds_name_who_leased_what_is_outstanding()
    {
        PacketPool pool = new(16);
        pool.TryLease();

        Assert.Contains(nameof(Debug_builds_name_who_leased_what_is_outstanding), pool.DescribeOutstanding(), StringComparison.Ordinal);
    }
#endif
}
