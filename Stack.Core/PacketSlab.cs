using System.Buffers;
using System.Runtime.InteropServices;

namespace NetStack.Core;

/// <summary>
/// The native memory behind a <see cref="PacketPool"/>: one page-aligned run of 4 KiB blocks. The operating system backs
/// it page by page as it is touched, so a large limit costs nothing until it is used.
/// </summary>
/// <remarks>
/// Every <see cref="Memory{T}"/> over the slab refers to this object. The memory is therefore freed only when nobody can
/// reach it any more, by the finalizer: a reader that outlives its stack reads stale bytes, never unmapped ones.
/// </remarks>
internal sealed unsafe class PacketSlab : MemoryManager<byte>
{
    private readonly byte* _start;
    private readonly int _lengthBytes;

    public PacketSlab(int blocks)
    {
        _lengthBytes = checked(blocks * PacketBuffer.BlockBytes);
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)_lengthBytes, PacketBuffer.BlockBytes);
    }

    // CA2015 warns of a span that outlives every reference to the memory. Here whoever holds a span also holds the reader,
    // writer or buffer that it must still advance or return, and through it the pool and this slab.
#pragma warning disable CA2015
    ~PacketSlab() => NativeMemory.AlignedFree(_start);
#pragma warning restore CA2015

    /// <summary>The first byte of the slab.</summary>
    public byte* Start => _start;

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_start, _lengthBytes);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex, default, this);

    /// <inheritdoc/>
    public override void Unpin()
    {
        // Native memory does not move.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The finalizer frees: see the remarks of the class.
    }
}
