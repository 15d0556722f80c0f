using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.Core;

/// <summary>
/// The buffers of a pool and a stack of the free ones. The stack holds their numbers: to write a number, unlike a
/// reference, tells the garbage collector nothing.
/// </summary>
internal sealed class FreeList
{
    private const int InitialBuffers = 64;

    private PacketBuffer[] _buffers = new PacketBuffer[InitialBuffers];
    private int[] _free = new int[InitialBuffers];
    private int _freeCount;

    /// <summary>The buffers, free or not.</summary>
    public int Count { get; private set; }

    /// <summary>The buffers that are out.</summary>
    public int OutstandingCount => Count - _freeCount;

    /// <summary>Whether none is free.</summary>
    public bool IsEmpty => _freeCount == 0;

    /// <summary>Takes in a new buffer, whose number is <see cref="Count"/>, as a free one.</summary>
    public void Add(PacketBuffer buffer)
    {
        if (Count == _buffers.Length)
        {
            Array.Resize(ref _buffers, Count * 2);
            Array.Resize(ref _free, Count * 2);
        }

        _buffers[Count++] = buffer;
        _free[_freeCount++] = buffer.Index;
    }

    /// <summary>Takes the buffer that came last. There must be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PacketBuffer Take()
    {
        // Both arrays are as long as there are buffers, and a number stands on the stack once: nothing to check.
        int index = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_free), --_freeCount);
        return Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffers), index);
    }

    /// <summary>Puts a buffer back, once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(PacketBuffer buffer) =>
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_free), _freeCount++) = buffer.Index;
}
