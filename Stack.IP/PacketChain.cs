using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>Operations on packets of several blocks.</summary>
internal static class PacketChain
{
    /// <summary>Copies the data of a chain from an offset on.</summary>
    /// <returns>The bytes copied: fewer than asked for where the chain ends.</returns>
    public static int Copy(PacketBuffer packet, int offset, Span<byte> destination)
    {
        int copied = 0;
        for (PacketBuffer? block = packet; block is not null && copied < destination.Length; block = block.Next)
        {
            int skipped = Math.Min(offset, block.Length);
            offset -= skipped;
            ReadOnlySpan<byte> data = block.Span[skipped..];
            data = data[..Math.Min(data.Length, destination.Length - copied)];
            data.CopyTo(destination[copied..]);
            copied += data.Length;
        }

        return copied;
    }

    /// <summary>Sums the data of a chain.</summary>
    /// <param name="packet">The first block.</param>
    /// <param name="sum">A partial sum to go on from, such as that of a pseudo header.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Sum(PacketBuffer packet, ulong sum) =>
        packet.Next is null ? InternetChecksum.Accumulate(packet.Span, sum) : SumBlocks(packet, sum);

    private static ulong SumBlocks(PacketBuffer packet, ulong sum)
    {
        ChecksumAccumulator accumulator = new(sum);
        for (PacketBuffer? block = packet; block is not null; block = block.Next)
        {
            accumulator.Add(block.Span);
        }

        return accumulator.Sum;
    }

    /// <summary>The blocks of a chain.</summary>
    public static int CountBlocks(PacketBuffer packet)
    {
        int count = 1;
        for (PacketBuffer? block = packet.Next; block is not null; block = block.Next)
        {
            count++;
        }

        return count;
    }

    /// <summary>The pool memory that a chain holds, counted in whole blocks: small packets hold as much as large ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int HeldBytes(PacketBuffer packet) =>
        packet.Next is null ? PacketBuffer.BlockBytes : CountBlocks(packet) * PacketBuffer.BlockBytes;

    /// <summary>Copies a part of a chain into fresh blocks.</summary>
    /// <returns>The copy, or null where the pool has too few blocks.</returns>
    public static PacketBuffer? TryCopy(PacketBuffer packet, int offset, int lengthBytes)
    {
        PacketPool pool = packet.Pool;
        PacketBuffer? head = pool.TryLease();
        PacketBuffer? tail = head;
        while (tail is not null)
        {
            int part = Math.Min(lengthBytes, tail.TailroomBytes);
            Copy(packet, offset, tail.Extend(part));
            offset += part;
            lengthBytes -= part;
            if (lengthBytes == 0)
            {
                return head;
            }

            PacketBuffer? block = pool.TryLease(0);
            if (block is not null)
            {
                tail.Append(block);
            }

            tail = block;
        }

        if (head is not null)
        {
            pool.Return(head);
        }

        return null;
    }
}
