using System.Buffers;
using System.Collections.Concurrent;

namespace NetStack.AspNetCore;

/// <summary>
/// The memory Kestrel hands out where there is no pipe to write to yet: before the head of a response is sent. It expects
/// what its own transports bring, blocks of 4 KiB also for those who ask for no size; the platform's shared pool answers
/// them with an empty array.
/// </summary>
internal sealed class BlockMemoryPool : MemoryPool<byte>
{
    private const int BlockBytes = 4096;
    private const int MaximumKept = 1024;

    private readonly ConcurrentQueue<Block> _free = new();

    /// <summary>One for all connections: blocks are lent for moments only.</summary>
    public static BlockMemoryPool Instance { get; } = new();

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        return _free.TryDequeue(out Block? block) ? block : new Block(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Nothing but arrays, which the collector takes.
    }

    private sealed class Block(BlockMemoryPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[BlockBytes];

        public void Dispose()
        {
            if (pool._free.Count < MaximumKept)
            {
                pool._free.Enqueue(this);
            }
        }
    }
}
