using System.Buffers.Binary;
using System.Diagnostics;

namespace NetStack.Core;

// A packet of several blocks.
public sealed unsafe partial class PacketBuffer
{
    /// <summary>The last block of the chain.</summary>
    public PacketBuffer Last
    {
        get
        {
            PacketBuffer block = this;
            while (block.Next is { } next)
            {
                block = next;
            }

            return block;
        }
    }

    /// <summary>Cuts the chain to a length, such as that of the IP header where the link padded the frame. Blocks behind it return to the pool.</summary>
    public void Truncate(int lengthBytes)
    {
        PacketBuffer block = this;
        while (lengthBytes > block._length && block.Next is { } next)
        {
            lengthBytes -= block._length;
            block = next;
        }

        block._length = Math.Min(block._length, lengthBytes);
        if (block.Next is { } rest)
        {
            block.Unlink();
            _pool.Return(rest);
        }
    }

    /// <summary>Chains a block, and all behind it, after this one, which must be the last. Takes the ownership of it.</summary>
    public void Append(PacketBuffer block)
    {
        Debug.Assert(base.Next is null, "only the last block of a chain takes another");
        base.Next = block;
    }

    /// <summary>Cuts the chain behind this block and returns what followed, now the caller's.</summary>
    public PacketBuffer? Unlink()
    {
        PacketBuffer? rest = Next;
        base.Next = null;
        return rest;
    }

    /// <summary>Copies the data of the whole chain. The destination must hold <see cref="TotalLength"/> bytes.</summary>
    /// <returns>The bytes copied.</returns>
    public int CopyTo(Span<byte> destination)
    {
        int copied = 0;
        for (PacketBuffer? block = this; block is not null; block = block.Next)
        {
            block.Span.CopyTo(destination[copied..]);
            copied += block._length;
        }

        return copied;
    }

    /// <summary>Moves data from the following blocks into this one until it holds a length, or all there is.</summary>
    /// <param name="lengthBytes">The length wanted in one piece.</param>
    /// <returns>False where this block has no room for it; what has room has been moved.</returns>
    public bool TryPullUp(int lengthBytes)
    {
        while (_length < lengthBytes && Next is { } next)
        {
            int part = Math.Min(Math.Min(lengthBytes - _length, next._length), TailroomBytes);
            if (part == 0 && next._length > 0)
            {
                return false;
            }

            next.Span[..part].CopyTo(Extend(part));
            next.RemoveFront(part);
            if (next._length > 0)
            {
                continue;
            }

            PacketBuffer? rest = next.Unlink();
            base.Next = rest;
            next._pool.Return(next);
        }

        return true;
    }

    /// <summary>Computes a checksum that was left to the device. Of a packet whose checksum was not, nothing changes.</summary>
    public void FillChecksum()
    {
        int start = ChecksumStart - _start;
        if (Checksum != ChecksumState.ToBeFilled || start < 0 || start + ChecksumOffset + 2 > _length)
        {
            return;
        }

        ChecksumAccumulator accumulator = new(0);
        accumulator.Add(Span[start..]);
        for (PacketBuffer? block = Next; block is not null; block = block.Next)
        {
            accumulator.Add(block.Span);
        }

        // The field holds the pseudo header's sum, and so is part of the sum. A zero would say "no checksum" (RFC 768);
        // for the other protocols all ones is the same number.
        ushort checksum = accumulator.Complete();
        BinaryPrimitives.WriteUInt16BigEndian(Span[(start + ChecksumOffset)..], checksum == 0 ? (ushort)0xFFFF : checksum);
        Checksum = ChecksumState.None;
    }

    private int SumLengths()
    {
        int total = _length;
        for (PacketBuffer? block = Next; block is not null; block = block.Next)
        {
            total += block._length;
        }

        return total;
    }
}
