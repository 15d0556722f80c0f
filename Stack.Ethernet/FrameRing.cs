using System.Numerics;
using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>
/// One direction of an in-memory cable. The sender produces frames and later reclaims those the receiver has copied, so
/// that every buffer returns to its own pool on its own thread.
/// </summary>
internal sealed class FrameRing
{
    private readonly PacketBuffer?[] _slots;
    private readonly int _mask;
    private int _produced;
    private int _consumed;
    private int _reclaimed;
    private bool _isSenderWaiting;
    private bool _isClosed;

    public FrameRing(int capacity)
    {
        if (!BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "The capacity must be a power of two.");
        }

        _slots = new PacketBuffer?[capacity];
        _mask = capacity - 1;
    }

    /// <summary>The end that receives from this ring.</summary>
    public CableEnd? Receiver { get; set; }

    /// <summary>The end that sends into this ring.</summary>
    public CableEnd? Sender { get; set; }

    /// <summary>Sender: puts a frame into the ring.</summary>
    public bool TryProduce(PacketBuffer frame)
    {
        if (_produced - _reclaimed > _mask)
        {
            return false;
        }

        _slots[_produced & _mask] = frame;
        Volatile.Write(ref _produced, _produced + 1);
        return true;
    }

    /// <summary>Sender: takes back a frame that the receiver is done with.</summary>
    public PacketBuffer? Reclaim()
    {
        if (_reclaimed == Volatile.Read(ref _consumed))
        {
            return null;
        }

        int slot = _reclaimed & _mask;
        PacketBuffer? frame = _slots[slot];
        _slots[slot] = null;
        _reclaimed++;
        return frame;
    }

    /// <summary>Receiver: looks at the next frame, which stays the sender's.</summary>
    public PacketBuffer? Peek() =>
        _consumed == Volatile.Read(ref _produced) ? null : _slots[_consumed & _mask];

    /// <summary>Receiver: is done with the frame that <see cref="Peek"/> showed.</summary>
    public void Consume() => Volatile.Write(ref _consumed, _consumed + 1);

    /// <summary>Receiver: the same, and keeps the buffer: it belongs to a pool that both ends share.</summary>
    public void ConsumeAndKeep()
    {
        _slots[_consumed & _mask] = null;
        Volatile.Write(ref _consumed, _consumed + 1);
    }

    /// <summary>Whether the receiver is gone: what is sent from here on reaches nobody.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Receiver: takes nothing more. The sender takes back what is still in the ring.</summary>
    public void Close()
    {
        Volatile.Write(ref _isClosed, true);
        Sender?.Wake();
    }

    /// <summary>Sender, once the receiver is gone: stands in for it.</summary>
    public void ConsumeAll() => Volatile.Write(ref _consumed, _produced);

    /// <summary>Set by a sender that found the ring full, cleared by the receiver that makes room and wakes it.</summary>
    public bool IsSenderWaiting
    {
        get
        {
            // Pairs with the barrier of a sender that looks once more after raising the flag.
            Interlocked.MemoryBarrier();
            return Volatile.Read(ref _isSenderWaiting);
        }

        set
        {
            Volatile.Write(ref _isSenderWaiting, value);
            Interlocked.MemoryBarrier();
        }
    }

    /// <summary>Sender: whether frames are in the ring that <see cref="Reclaim"/> has not seen.</summary>
    public bool HasUnclaimed => _reclaimed != Volatile.Read(ref _consumed);
}
