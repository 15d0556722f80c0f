using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The payload from SND.UNA on: a chain of blocks that are written once. Frames show slices of them, so the bytes behind
/// a slice never change; only the tailroom of the last block, which no slice shows, still takes small payloads.
/// </summary>
internal struct SendQueue
{
    /// <summary>Below this length payload is copied rather than chained.</summary>
    public const int SmallBytes = 256;

    private PacketBuffer? _head;
    private PacketBuffer? _tail;

    // Where the last look-up ended: sending walks forward, so that the next one starts there.
    private PacketBuffer? _cursor;
    private SequenceNumber _cursorStart;

    /// <summary>The sequence number of the first byte.</summary>
    public SequenceNumber Start { get; private set; }

    /// <summary>The bytes in the queue.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>The blocks that hold them.</summary>
    public int Blocks { get; private set; }

    /// <summary>The sequence number behind the last byte.</summary>
    public readonly SequenceNumber End => Start + (int)LengthBytes;

    /// <summary>Sets the sequence number of the first byte to come. The queue may hold bytes already, written before the handshake.</summary>
    public void StartAt(SequenceNumber start)
    {
        Start = start;
        _cursor = null;
    }

    /// <summary>Adds payload. Takes the ownership of the chain.</summary>
    public void Append(MemoryBudget memory, PacketBuffer chain)
    {
        int blocks = Blocks;
        PacketBuffer? next = chain;
        while (next is not null)
        {
            PacketBuffer block = next;
            next = block.Unlink();
            int length = block.Length;
            LengthBytes += length;
            if (length < SmallBytes && (length == 0 || (_tail is not null && _tail.TailroomBytes >= length)))
            {
                if (length > 0)
                {
                    block.Span.CopyTo(_tail!.Extend(length));
                }

                memory.Pool.Return(block);
            }
            else if (_tail is null)
            {
                _head = _tail = block;
                Blocks++;
            }
            else
            {
                _tail.Append(block);
                _tail = block;
                Blocks++;
            }
        }

        memory.Hold(Blocks - blocks);
    }

    /// <summary>Takes acknowledged bytes off the front.</summary>
    public void RemoveFront(MemoryBudget memory, int lengthBytes)
    {
        int blocks = Blocks;
        Debug.Assert(lengthBytes >= 0 && lengthBytes <= LengthBytes);
        Start += lengthBytes;
        LengthBytes -= lengthBytes;
        while (lengthBytes > 0 && lengthBytes >= _head!.Length)
        {
            PacketBuffer block = _head;
            lengthBytes -= block.Length;
            _head = block.Unlink();
            if (_cursor == block)
            {
                _cursor = null;
            }

            memory.Pool.Return(block);
            Blocks--;
        }

        memory.Hold(Blocks - blocks);
        if (_head is null)
        {
            _tail = null;
        }
        else if (lengthBytes > 0)
        {
            if (_cursor == _head)
            {
                _cursorStart += lengthBytes;
            }

            _head.RemoveFront(lengthBytes);
        }
    }

    /// <summary>Copies payload and sums it for the checksum in the same pass.</summary>
    /// <param name="start">The sequence number of the first byte.</param>
    /// <param name="destination">Where it goes; as long as the payload wanted.</param>
    /// <returns>The partial checksum.</returns>
    public ulong CopyTo(SequenceNumber start, Span<byte> destination)
    {
        PacketBuffer? block = Find(start, out int offset);
        ReadOnlySpan<byte> source = block!.Span[offset..];
        if (source.Length >= destination.Length)
        {
            return InternetChecksum.AccumulateAndCopy(source[..destination.Length], destination);
        }

        ChecksumAccumulator sum = default;
        while (true)
        {
            int part = Math.Min(source.Length, destination.Length);
            sum.AddAndCopy(source[..part], destination);
            destination = destination[part..];
            if (destination.IsEmpty)
            {
                return sum.Sum;
            }

            block = block!.Next;
            source = block!.Span;
        }
    }

    /// <summary>Chains slices of the payload behind a header block.</summary>
    /// <param name="pool">The loop's pool.</param>
    /// <param name="start">The sequence number of the first byte.</param>
    /// <param name="lengthBytes">The payload bytes wanted.</param>
    /// <param name="header">The block the slices follow.</param>
    public void SliceTo(PacketPool pool, SequenceNumber start, int lengthBytes, PacketBuffer header)
    {
        PacketBuffer? block = Find(start, out int offset);
        while (lengthBytes > 0)
        {
            int part = Math.Min(block!.Length - offset, lengthBytes);
            PacketBuffer slice = pool.LeaseSlice(block, block.Start + offset, part);
            header.Append(slice);
            header = slice;
            lengthBytes -= part;
            block = block.Next;
            offset = 0;
        }
    }

    /// <summary>The bytes from a sequence number on that lie in so many blocks.</summary>
    public int BytesWithin(SequenceNumber start, int blocks)
    {
        PacketBuffer? block = Find(start, out int offset);
        int bytes = -offset;
        for (; block is not null && blocks > 0; blocks--)
        {
            bytes += block.Length;
            block = block.Next;
        }

        return bytes;
    }

    /// <summary>Returns all blocks.</summary>
    public void Clear(MemoryBudget memory)
    {
        if (_head is not null)
        {
            memory.Pool.Return(_head);
        }

        memory.Hold(-Blocks);
        Blocks = 0;

        _head = _tail = _cursor = null;
        LengthBytes = 0;
    }

    private PacketBuffer Find(SequenceNumber position, out int offset)
    {
        Debug.Assert(position >= Start && position < End);
        if (_cursor is null || position < _cursorStart)
        {
            _cursor = _head;
            _cursorStart = Start;
        }

        int distance = position - _cursorStart;
        while (distance >= _cursor!.Length)
        {
            distance -= _cursor.Length;
            _cursorStart += _cursor.Length;
            _cursor = _cursor.Next;
        }

        offset = distance;
        return _cursor;
    }
}
