using System.Numerics;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// Empty blocks that a loop lays out for the application's writers: the loop alone puts, any thread takes. A writer so
/// gets memory of the loop's pool without entering the loop.
/// </summary>
public sealed class BlockExchange
{
    private readonly PacketBuffer?[] _slots;
    private readonly int _mask;
    private readonly PacketPool _pool;
    private long _taken;
    private long _put;
    private int _loopThread;

    /// <summary>Makes an exchange that the loop fills from a pool.</summary>
    /// <param name="pool">The loop's pool.</param>
    /// <param name="capacity">The most blocks laid out at a time; a power of two.</param>
    public BlockExchange(PacketPool pool, int capacity = 256)
    {
        if (!BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "The capacity must be a power of two.");
        }

        _pool = pool;
        _slots = new PacketBuffer?[capacity];
        _mask = capacity - 1;
    }

    /// <summary>The blocks laid out now.</summary>
    public int Count => (int)(Volatile.Read(ref _put) - Volatile.Read(ref _taken));

    /// <summary>
    /// Loop: whether writers may have blocks. A pool that runs short keeps its last eighth for headers, acknowledgments and
    /// what arrives: without them nothing that is queued could ever be sent.
    /// </summary>
    public bool HasSpare => _pool.AvailableBlocks > _pool.MaximumBlocks / 8;

    /// <summary>Loop: from here on a writer that runs on the calling thread, the loop's, has the pool itself where none is laid out.</summary>
    public void EnterLoop() => _loopThread = Environment.CurrentManagedThreadId;

    /// <summary>Any thread: takes an empty block, or null where none is laid out.</summary>
    public PacketBuffer? TryTake()
    {
        while (true)
        {
            long taken = Volatile.Read(ref _taken);
            if (taken == Volatile.Read(ref _put))
            {
                return _loopThread == Environment.CurrentManagedThreadId && HasSpare ? _pool.TryLease() : null;
            }

            // The loop may reuse the slot as soon as another thread has moved the counter; then the exchange fails.
            PacketBuffer? block = Volatile.Read(ref _slots[taken & _mask]);
            if (Interlocked.CompareExchange(ref _taken, taken + 1, taken) == taken)
            {
                return block;
            }
        }
    }

    /// <summary>Loop: lays blocks out again where less than half of them are left.</summary>
    public void Refill()
    {
        if (Count > _slots.Length / 2)
        {
            return;
        }

        while (Count < _slots.Length && HasSpare && _pool.TryLease() is { } block)
        {
            Volatile.Write(ref _slots[_put & _mask], block);
            Volatile.Write(ref _put, _put + 1);
        }
    }

    /// <summary>Loop: takes the blocks back into the pool, when the loop ends.</summary>
    public void Drain()
    {
        _loopThread = 0;
        while (TryTake() is { } block)
        {
            _pool.Return(block);
        }
    }
}
