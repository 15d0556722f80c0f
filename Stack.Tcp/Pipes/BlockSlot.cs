using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// Hands chains of blocks from one thread to another, whole: one producer, one consumer, one interlocked exchange a side
/// and burst. Whoever has the chain owns it; nobody keeps a reference to what was handed over.
/// </summary>
/// <remarks>
/// The producer takes back what the consumer has not fetched yet, chains the new blocks behind it and puts all of it
/// down again, so order is kept without a node that both sides would have to own.
/// </remarks>
internal struct BlockSlot
{
    private PacketBuffer? _head;
    private PacketBuffer? _producersTail;

    /// <summary>Whether nothing lies in the slot at this moment.</summary>
    public readonly bool IsEmpty => Volatile.Read(in _head) is null;

    /// <summary>Producer: hands over a chain.</summary>
    public void Put(PacketBuffer chain)
    {
        PacketBuffer last = chain.Last;
        PacketBuffer? waiting = Interlocked.Exchange(ref _head, null);
        if (waiting is not null)
        {
            _producersTail!.Append(chain);
            chain = waiting;
        }

        _producersTail = last;
        Volatile.Write(ref _head, chain);
    }

    /// <summary>Consumer: takes all that was handed over, or null.</summary>
    public PacketBuffer? Take() => IsEmpty ? null : Interlocked.Exchange(ref _head, null);
}
