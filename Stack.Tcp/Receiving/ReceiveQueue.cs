using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The payload that arrived in order and was not taken, and the account of what was taken and not consumed. The account
/// charges blocks, not bytes: a peer that sends many small segments closes its own window and pins no more memory than one
/// that sends large ones.
/// </summary>
internal struct ReceiveQueue
{
    /// <summary>What a block is charged with at least: a quarter of its memory. Payload up to this length is copied behind the one before it, where that has room.</summary>
    public const int BlockChargeBytes = PacketBuffer.BlockBytes / 4;

    private PacketBuffer? _head;
    private PacketBuffer? _tail;
    private int _queuedCharge;
    private int _queuedBlocks;
    private int _takenBlocks;
    private long _takenBytes;
    private long _takenCharge;

    /// <summary>The bytes not taken.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>What the window is short of: what is queued, and what was taken and not consumed.</summary>
    public readonly long ChargedBytes => _queuedCharge + _takenCharge;

    /// <summary>The blocks that hold it.</summary>
    public readonly int Blocks => _queuedBlocks + _takenBlocks;

    /// <summary>Whether payload fits behind what is queued, and takes no block.</summary>
    public readonly bool Fits(int lengthBytes) => _tail is not null && lengthBytes <= _tail.TailroomBytes;

    /// <summary>Adds payload; empty blocks are returned. Takes the ownership of the chain.</summary>
    public void Append(MemoryBudget memory, PacketBuffer chain)
    {
        // Where memory runs short a copy is cheaper than a block.
        int copiedBytes = memory.Pressure == MemoryPressure.None ? BlockChargeBytes : PacketBuffer.BlockBytes;
        int blocks = _queuedBlocks;
        PacketBuffer? next = chain;
        while (next is not null)
        {
            PacketBuffer block = next;
            next = block.Unlink();
            int length = block.Length;
            LengthBytes += length;
            if (_tail is not null && length <= _tail.TailroomBytes && length <= copiedBytes)
            {
                _queuedCharge -= ChargeOf(_tail);
                block.Span.CopyTo(_tail.Extend(length));
                _queuedCharge += ChargeOf(_tail);
                memory.Pool.Return(block);
            }
            else if (length == 0)
            {
                memory.Pool.Return(block);
            }
            else
            {
                _queuedCharge += ChargeOf(block);
                _queuedBlocks++;
                if (_tail is null)
                {
                    _head = block;
                }
                else
                {
                    _tail.Append(block);
                }

                _tail = block;
            }
        }

        memory.Hold(_queuedBlocks - blocks);
    }

    /// <summary>Takes all; the caller owes <see cref="Consumed"/> for it.</summary>
    public PacketBuffer? Take()
    {
        PacketBuffer? chain = _head;
        _takenBytes += LengthBytes;
        _takenCharge += _queuedCharge;
        _takenBlocks += _queuedBlocks;
        _head = _tail = null;
        _queuedCharge = _queuedBlocks = 0;
        LengthBytes = 0;
        return chain;
    }

    /// <summary>Bytes that were taken are done with: their share of the charge is lifted.</summary>
    public void Consumed(MemoryBudget memory, long bytes)
    {
        if (bytes >= _takenBytes)
        {
            Forget(memory);
            return;
        }

        // Which block the bytes lay in is not known here: the charge goes in proportion, and whole with the last byte.
        _takenCharge -= (long)((Int128)_takenCharge * bytes / _takenBytes);
        int blocks = (int)(_takenBlocks * bytes / _takenBytes);
        _takenBlocks -= blocks;
        _takenBytes -= bytes;
        memory.Hold(-blocks);
    }

    /// <summary>What was taken is not charged any more: nobody needs the window.</summary>
    public void Forget(MemoryBudget memory)
    {
        memory.Hold(-_takenBlocks);
        _takenBlocks = 0;
        _takenBytes = 0;
        _takenCharge = 0;
    }

    /// <summary>Returns what was not taken.</summary>
    public void Clear(MemoryBudget memory)
    {
        if (_head is not null)
        {
            memory.Pool.Return(_head);
        }

        memory.Hold(-_queuedBlocks);
        _head = _tail = null;
        _queuedCharge = _queuedBlocks = 0;
        LengthBytes = 0;
    }

    private static int ChargeOf(PacketBuffer block) => Math.Max(block.Length, BlockChargeBytes);
}
