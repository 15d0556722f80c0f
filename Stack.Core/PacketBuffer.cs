using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.Core;

/// <summary>
/// A packet, or one block of a packet that is a chain of blocks. The same object is the driver's slot, the TCP segment
/// and the segment of the application's <see cref="ReadOnlySequence{T}"/>.
/// </summary>
/// <remarks>
/// <code>
///   BlockStart          Start                      Start + Length          BlockStart + 4096
///      |--- headroom ----|--------- data -----------|------- tailroom -------|      Next -> block
/// </code>
/// <para>A buffer has one owner. A method named <c>Receive</c>, <c>Append</c>, <c>Transmit</c>, <c>Drop</c> or
/// <c>Return</c> takes the ownership of the buffer and of all that is chained behind it; a <see cref="Span{T}"/>
/// borrows.</para>
/// <para>A <em>slice</em> (<see cref="PacketPool.LeaseSlice"/>) is a node without memory of its own that shows a part
/// of another block: this is how a frame takes its payload from a send queue without a copy. The block outlives its
/// slices, whoever returns first.</para>
/// <para>The facts about offloads stand on the first buffer of a chain.</para>
/// </remarks>
public sealed unsafe partial class PacketBuffer : ReadOnlySequenceSegment<byte>
{
    /// <summary>The size of a block: a page, so that a Xen grant covers exactly one.</summary>
    public const int BlockBytes = 4096;

    /// <summary>The room kept before the data of a fresh buffer: enough for a vnet header, Ethernet with VLAN tags, IPv6 and TCP with all options.</summary>
    public const int DefaultHeadroomBytes = 192;

    /// <summary>The data a fresh buffer can take behind its headroom.</summary>
    public const int DefaultCapacityBytes = BlockBytes - DefaultHeadroomBytes;

    private readonly PacketPool _pool;
    private readonly byte* _block;
    private byte* _memory;
    private int _start;
    private int _length;
    private PacketClaims _claims;
    private int _sliceCount;

    internal PacketBuffer(PacketPool pool, byte* block, int index)
    {
        _pool = pool;
        _block = block;
        _memory = block;
        Index = index;
    }

    // Bookkeeping of the pool.
    internal readonly int Index;
    internal PacketBuffer? Source;
#if DEBUG
    internal string? Lessee;
#endif

    /// <summary>The pool this buffer returns to.</summary>
    public PacketPool Pool => _pool;

    /// <summary>The next block of the packet, or null.</summary>
    public new PacketBuffer? Next => Unsafe.As<PacketBuffer?>(base.Next);

    /// <summary>Whether this node shows a part of another block.</summary>
    public bool IsSlice => (_claims & PacketClaims.Slice) != 0;

    /// <summary>The number, within its pool, of the block that the data stands in: from 0, without gaps. A slice has that of the block it shows.</summary>
    public int BlockIndex => Source is { } source ? source.Index : Index;

    /// <summary>The pool of the block that the data stands in.</summary>
    public PacketPool BlockPool => Source is { } source ? source.Pool : _pool;

    /// <summary>The number of data bytes in this block alone.</summary>
    public int Length => _length;

    /// <summary>The offset of the first data byte from the start of the block.</summary>
    public int Start => _start;

    /// <summary>The bytes before the data that a header can still take.</summary>
    public int HeadroomBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsSlice ? 0 : _start;
    }

    /// <summary>The bytes behind the data that a payload can still take.</summary>
    public int TailroomBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsSlice ? 0 : BlockBytes - _start - _length;
    }

    /// <summary>The data of this block.</summary>
    public Span<byte> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MemoryMarshal.CreateSpan(ref *(_memory + _start), _length);
    }

    /// <summary>The address of the first data byte. It does not move; it is valid while the buffer is leased.</summary>
    public byte* DataPointer => _memory + _start;

    /// <summary>The address of the block's first byte: page aligned.</summary>
    public byte* BlockPointer => _memory;

    /// <summary>The room behind the data, to be written and then claimed with <see cref="Extend"/>.</summary>
    public Span<byte> Tailroom => new(_memory + _start + _length, TailroomBytes);

    /// <summary>The room behind the data as memory that outlives the call.</summary>
    public Memory<byte> TailroomMemory => _pool.MemoryOf(_memory + _start + _length, TailroomBytes);

    /// <summary>How the checksum of the transport header stands. On the first buffer of a packet.</summary>
    public ChecksumState Checksum { get; set; }

    /// <summary>With <see cref="ChecksumState.ToBeFilled"/>: where the sum starts, in bytes from the start of the block.</summary>
    public ushort ChecksumStart { get; set; }

    /// <summary>With <see cref="ChecksumState.ToBeFilled"/>: where the sum goes, in bytes from <see cref="ChecksumStart"/>.</summary>
    public ushort ChecksumOffset { get; set; }

    /// <summary>The kind of segmentation asked of the device, or done by it.</summary>
    public GsoType Gso { get; set; }

    /// <summary>The payload of each segment in bytes, where <see cref="Gso"/> is not none.</summary>
    public ushort GsoSizeBytes { get; set; }

    /// <summary>The offset of the network header from the start of the block, set when the link layer is stripped.</summary>
    public ushort NetworkStart { get; set; }

    /// <summary>The network header and all behind it in this block, whatever has been stripped since.</summary>
    public Span<byte> NetworkSpan => new(_memory + NetworkStart, _start + _length - NetworkStart);

    /// <summary>The data bytes of the whole chain.</summary>
    public int TotalLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => base.Next is null ? _length : SumLengths();
    }

    /// <summary>Makes the buffer empty again, with the given headroom.</summary>
    public void Reset(int headroomBytes = DefaultHeadroomBytes)
    {
        Debug.Assert(!IsSlice && (uint)headroomBytes <= BlockBytes);
        _start = headroomBytes;
        _length = 0;
    }

    /// <summary>Grows the data at its front and returns the new bytes, to be filled with a header.</summary>
    /// <exception cref="InvalidOperationException">There is no such headroom.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Prepend(int lengthBytes)
    {
        if ((uint)lengthBytes > (uint)HeadroomBytes)
        {
            ThrowNoRoom(lengthBytes, HeadroomBytes);
        }

        _start -= lengthBytes;
        _length += lengthBytes;
        return MemoryMarshal.CreateSpan(ref *(_memory + _start), lengthBytes);
    }

    /// <summary>Grows the data at its end and returns the new bytes.</summary>
    /// <exception cref="InvalidOperationException">There is no such tailroom.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Extend(int lengthBytes)
    {
        if ((uint)lengthBytes > (uint)TailroomBytes)
        {
            ThrowNoRoom(lengthBytes, TailroomBytes);
        }

        int end = _start + _length;
        _length += lengthBytes;
        return MemoryMarshal.CreateSpan(ref *(_memory + end), lengthBytes);
    }

    /// <summary>Strips bytes from the front, such as a header that was read. At most <see cref="Length"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveFront(int lengthBytes)
    {
        if ((uint)lengthBytes > (uint)_length)
        {
            ThrowNoRoom(lengthBytes, _length);
        }

        _start += lengthBytes;
        _length -= lengthBytes;
    }

    /// <summary>Strips bytes from the end of this block. At most <see cref="Length"/>.</summary>
    public void RemoveBack(int lengthBytes)
    {
        if ((uint)lengthBytes > (uint)_length)
        {
            ThrowNoRoom(lengthBytes, _length);
        }

        _length -= lengthBytes;
    }

    /// <summary>Takes back stripped bytes: the data starts again at <paramref name="start"/> bytes from the start of the block.</summary>
    public void RestoreFront(int start)
    {
        if ((uint)start > (uint)_start)
        {
            ThrowNoRoom(start, _start);
        }

        _length += _start - start;
        _start = start;
    }

    /// <summary>Shows this block's data as a segment of a <see cref="ReadOnlySequence{T}"/> that starts at <paramref name="runningIndex"/>.</summary>
    public void Expose(long runningIndex)
    {
        Memory = _pool.MemoryOf(_memory + _start, _length);
        RunningIndex = runningIndex;
    }

    /// <summary>Copies the offload facts from the first buffer of a packet that this one is a copy of, whose data may start elsewhere in its block.</summary>
    public void CopyFactsFrom(PacketBuffer other)
    {
        Checksum = other.Checksum;
        ChecksumStart = (ushort)(other.ChecksumStart - other._start + _start);
        ChecksumOffset = other.ChecksumOffset;
        Gso = other.Gso;
        GsoSizeBytes = other.GsoSizeBytes;
    }

    /// <summary>Whether it is out and nothing else depends on it: no chain, no slice, no other pool's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsLoneBlockOf(PacketPool pool) => _claims == PacketClaims.Leased && base.Next is null && _pool == pool;

    /// <summary>Whether it may be returned.</summary>
    internal bool IsReturnable => (_claims & (PacketClaims.Leased | PacketClaims.ReturnPending)) == PacketClaims.Leased;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Lease(int headroomBytes)
    {
        _start = headroomBytes;
        _length = 0;
        base.Next = null;
        _claims = PacketClaims.Leased;
        Checksum = ChecksumState.None;
        Gso = GsoType.None;
    }

    internal void LeaseSlice(PacketBuffer source, int start, int length)
    {
        Lease(start);
        _claims = PacketClaims.Leased | PacketClaims.Slice;
        _length = length;
        _memory = source._memory;
        Source = source;
        source._sliceCount++;
        source._claims |= PacketClaims.HasSlices;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Release() => _claims = PacketClaims.None;

    /// <summary>Returns a block that frames still show: the last of them brings it home.</summary>
    /// <returns>False where none does.</returns>
    internal bool TryPostponeReturn()
    {
        if ((_claims & PacketClaims.HasSlices) == 0)
        {
            return false;
        }

        _claims |= PacketClaims.ReturnPending;
        return true;
    }

    /// <summary>Releases a slice.</summary>
    /// <returns>The block it showed, where that was waiting for it.</returns>
    internal PacketBuffer? ReleaseSlice()
    {
        PacketBuffer source = Source!;
        Source = null;
        _memory = _block;
        _claims = PacketClaims.None;
        if (--source._sliceCount > 0)
        {
            return null;
        }

        source._claims &= ~PacketClaims.HasSlices;
        return (source._claims & PacketClaims.ReturnPending) != 0 ? source : null;
    }

    private static void ThrowNoRoom(int wanted, int available) =>
        throw new InvalidOperationException($"{wanted} bytes do not fit: the packet buffer has {available}.");
}
