using System.Runtime.CompilerServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The page of a shared ring: four indices, and slots that both sides use again and again. What both ends of a ring do with it.</summary>
/// <remarks>Xen's <c>public/io/ring.h</c>.</remarks>
internal readonly unsafe struct RingPage
{
    private readonly byte* _start;
    private readonly byte* _slots;
    private readonly nint _slotBytes;
    private readonly uint _mask;

    /// <summary>Makes it of a page.</summary>
    /// <param name="start">The page.</param>
    /// <param name="slotBytes">The size of a slot.</param>
    /// <param name="slots">How many, a power of two.</param>
    public RingPage(byte* start, int slotBytes, int slots)
    {
        _start = start;
        _slots = start + NetifLayout.Slots;
        _slotBytes = slotBytes;
        _mask = (uint)slots - 1;
    }

    /// <summary>The first byte.</summary>
    public byte* Start => _start;

    /// <summary>The slots.</summary>
    public uint Slots => _mask + 1;

    /// <summary>The slot of an index that counts on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Slot(uint index) => _slots + ((nint)(index & _mask) * _slotBytes);

    /// <summary>The number, from 0, of that slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Number(uint index) => (int)(index & _mask);

    /// <summary>One of the indices, by its offset in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref uint Index(int offset) => ref *(uint*)(_start + offset);

    /// <summary>Shows what was put to the other side.</summary>
    /// <param name="indexOffset">Where the index of what was put stands.</param>
    /// <param name="wishOffset">Where the other side says from what index on it wants to be notified.</param>
    /// <param name="shown">What was shown until now.</param>
    /// <param name="produced">What is shown now, which is more.</param>
    /// <returns>Whether the other side wants to be notified.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Show(int indexOffset, int wishOffset, uint shown, uint produced)
    {
        // The slots before the index, and the index before the look at whether the other side sleeps.
        Volatile.Write(ref Index(indexOffset), produced);
        Interlocked.MemoryBarrier();
        uint wanted = Volatile.Read(ref Index(wishOffset));
        return produced - wanted < produced - shown;
    }

    /// <summary>Asks to be notified, before a sleep.</summary>
    /// <param name="indexOffset">Where the other side's index stands.</param>
    /// <param name="wishOffset">Where ours of what we want to be notified of stands.</param>
    /// <param name="consumed">What was taken.</param>
    /// <param name="count">Of how many, from those not taken on. From 1.</param>
    /// <returns>Whether so many stand ready already: there is then no notification to wait for.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Ask(int indexOffset, int wishOffset, uint consumed, int count)
    {
        Index(wishOffset) = consumed + (uint)count;

        // The wish before the last look: the other side writes its index before it looks at the wish.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref Index(indexOffset)) - consumed >= (uint)count;
    }
}
