using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NetStack.Core;

/// <summary>
/// The packet buffers of one loop: a slab of native 4 KiB blocks and a last-in, first-out list of the free ones, so that
/// the block used next is the one whose bytes are still in the cache. One thread only: no atomics, no lock.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The slab frees itself when the last reader of its memory is gone.")]
public sealed unsafe class PacketPool
{
    private const int BlocksPerGrowth = 64;

    private readonly PacketSlab _slab;
    private int _maximumBlocks;
    private IBlockRegistrar? _registrar;
    private readonly FreeList _blocks = new();
    private readonly FreeList _slices = new();
#if DEBUG
    private readonly List<PacketBuffer> _all = [];
#endif

    /// <summary>Makes a pool.</summary>
    /// <param name="maximumBlocks">The most 4 KiB blocks it ever leases: the memory budget of the loop.</param>
    /// <param name="counters">Where drops are counted; a fresh table where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 16 blocks, or 2 GiB and more.</exception>
    public PacketPool(int maximumBlocks = 65_536, Counters? counters = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumBlocks, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(maximumBlocks, int.MaxValue / PacketBuffer.BlockBytes);
        _maximumBlocks = maximumBlocks;
        _slab = new PacketSlab(maximumBlocks);
        Counters = counters ?? new Counters();
    }

    /// <summary>The counters of the loop that owns the pool.</summary>
    public Counters Counters { get; }

    /// <summary>The blocks leased and not yet returned.</summary>
    public int OutstandingBlocks => _blocks.OutstandingCount;

    /// <summary>The slices leased and not yet returned.</summary>
    public int OutstandingSlices => _slices.OutstandingCount;

    /// <summary>Who was told of the blocks by <see cref="TryRegister"/>; null where nobody was.</summary>
    public IBlockRegistrar? Registrar => _registrar;

    /// <summary>The most blocks that can be leased at once. Shrinks where a registrar takes no more.</summary>
    public int MaximumBlocks => _maximumBlocks;

    /// <summary>The blocks that can still be leased.</summary>
    public int AvailableBlocks => _maximumBlocks - OutstandingBlocks;

    /// <summary>Lets a device know all blocks before they are lent. Called before any is.</summary>
    /// <exception cref="InvalidOperationException">Blocks are out, or there is a registrar already.</exception>
    /// <returns>False where the registrar refused the blocks that were lent before and have come back; the pool is as it was.</returns>
    public bool TryRegister(IBlockRegistrar registrar)
    {
        if (_registrar is not null || OutstandingBlocks > 0)
        {
            throw new InvalidOperationException("A pool takes one registrar, before any of its blocks is out.");
        }

        if (_blocks.Count > 0 && !registrar.TryRegister(0, _slab.Start, _blocks.Count))
        {
            return false;
        }

        _registrar = registrar;
        return true;
    }

    /// <summary>Leases an empty block.</summary>
    /// <param name="headroomBytes">The room before its data.</param>
    /// <param name="member">Filled in by the compiler; debug builds remember it as the lessee.</param>
    /// <returns>The block, the caller's until it is returned; null where the budget is used up.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PacketBuffer? TryLease(int headroomBytes = PacketBuffer.DefaultHeadroomBytes, [CallerMemberName] string member = "")
    {
        if (_blocks.IsEmpty && !TryGrow())
        {
            return null;
        }

        PacketBuffer buffer = _blocks.Take();
        buffer.Lease(headroomBytes);
        Track(buffer, member);
        return buffer;
    }

    /// <summary>Leases a node that shows a part of another block, which stays alive as long as the slice does.</summary>
    /// <param name="block">The block, or a slice of it, to show.</param>
    /// <param name="start">The first byte, counted from the start of the block's memory (not of its data).</param>
    /// <param name="lengthBytes">The number of bytes.</param>
    /// <param name="member">Filled in by the compiler; debug builds remember it as the lessee.</param>
    public PacketBuffer LeaseSlice(PacketBuffer block, int start, int lengthBytes, [CallerMemberName] string member = "")
    {
        if (_slices.IsEmpty)
        {
            _slices.Add(new PacketBuffer(this, null, _slices.Count));
        }

        PacketBuffer slice = _slices.Take();
        slice.LeaseSlice(block.Source ?? block, start, lengthBytes);
        Track(slice, member);
        return slice;
    }

    /// <summary>Gives a buffer, and all that is chained behind it, back.</summary>
    /// <exception cref="InvalidOperationException">A buffer was returned twice, or belongs to another pool.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(PacketBuffer packet)
    {
        if (packet.IsLoneBlockOf(this))
        {
            packet.Release();
            _blocks.Put(packet);
        }
        else
        {
            ReturnChain(packet);
        }
    }

    /// <summary>Counts why a packet goes no further, and returns it.</summary>
    public void Drop(PacketBuffer packet, DropReason reason)
    {
        Counters.CountDrop(reason);
        Return(packet);
    }

    /// <summary>Leases a chain and copies bytes into it.</summary>
    /// <returns>The chain, or null where the budget is used up.</returns>
    public PacketBuffer? TryLeaseCopy(ReadOnlySpan<byte> data, int headroomBytes = PacketBuffer.DefaultHeadroomBytes)
    {
        PacketBuffer? head = TryLease(headroomBytes);
        PacketBuffer? tail = head;
        while (tail is not null)
        {
            int part = Math.Min(data.Length, tail.TailroomBytes);
            data[..part].CopyTo(tail.Extend(part));
            data = data[part..];
            if (data.IsEmpty)
            {
                return head;
            }

            PacketBuffer? block = TryLease(0);
            if (block is not null)
            {
                tail.Append(block);
            }

            tail = block;
        }

        if (head is not null)
        {
            Return(head);
        }

        return null;
    }

    /// <summary>
    /// Tells what is outstanding, for the message of a failed test: in debug builds who leased it, most first, in release builds
    /// how much.
    /// </summary>
    public string DescribeOutstanding()
    {
#if DEBUG
        return string.Join(", ", _all.Where(buffer => buffer.IsLeased)
            .GroupBy(buffer => (buffer.IsSlice ? "slice by " : "") + buffer.Lessee)
            .OrderByDescending(group => group.Count())
            .Select(group => $"{group.Key}: {group.Count()}"));
#else
        return $"blocks: {OutstandingBlocks}, slices: {OutstandingSlices}";
#endif
    }

    internal Memory<byte> MemoryOf(byte* start, int lengthBytes) =>
        _slab.Memory.Slice((int)(start - _slab.Start), lengthBytes);

    private void ReturnChain(PacketBuffer packet)
    {
        PacketBuffer? next = packet;
        while (next is not null)
        {
            PacketBuffer buffer = next;
            next = buffer.Unlink();
            if (!buffer.IsReturnable || buffer.Pool != this)
            {
                ThrowNotLeased(buffer);
            }

            if (buffer.IsSlice)
            {
                PacketBuffer? awaiting = buffer.ReleaseSlice();
                _slices.Put(buffer);
                awaiting?.Pool.ReturnBlock(awaiting);
            }
            else if (!buffer.TryPostponeReturn())
            {
                ReturnBlock(buffer);
            }
        }
    }

    private void ReturnBlock(PacketBuffer block)
    {
        block.Release();
        _blocks.Put(block);
    }

    private bool TryGrow()
    {
        int last = Math.Min(_blocks.Count + BlocksPerGrowth, _maximumBlocks);
        if (_registrar is not null && last > _blocks.Count)
        {
            byte* start = _slab.Start + ((nint)_blocks.Count * PacketBuffer.BlockBytes);
            if (!_registrar.TryRegister(_blocks.Count, start, last - _blocks.Count))
            {
                _maximumBlocks = _blocks.Count;
                return false;
            }
        }

        for (int index = _blocks.Count; index < last; index++)
        {
            _blocks.Add(new PacketBuffer(this, _slab.Start + ((nint)index * PacketBuffer.BlockBytes), index));
        }

        return !_blocks.IsEmpty;
    }

    [System.Diagnostics.Conditional("DEBUG")]
    private static void Track(PacketBuffer buffer, string member)
    {
#if DEBUG
        if (buffer.Lessee is null)
        {
            buffer.Pool._all.Add(buffer);
        }

        buffer.Lessee = member;
#endif
    }

    private void ThrowNotLeased(PacketBuffer buffer) => throw new InvalidOperationException(
        buffer.Pool == this ? "The packet buffer was returned twice." : "The packet buffer belongs to another pool.");
}
