using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The memory of all connections of a host: the blocks that wait to be read, to be put in sequence, to be sent or
/// acknowledged. Each connection may hold a share of what is left, so that however many hold what they may, something is
/// left for the next one.
/// </summary>
/// <remarks>The rule is that of the dynamic queue thresholds of shared-memory switches (Choudhury and Hahne, 1998).</remarks>
internal sealed class MemoryBudget
{
    /// <summary>One connection holds at most one part in so many of what is left.</summary>
    private const int ShareDivisor = 8;

    /// <summary>The part of the pool that connections leave alone whose applications do not read, or that only wait for a gap to be filled.</summary>
    private const int ReserveDivisor = 8;

    /// <summary>The part of the pool that nobody gets for payload: frames must still come in, and acknowledgments go out.</summary>
    private const int LastDivisor = 16;

    /// <summary>What a connection may hold whatever the others do: the next two segments.</summary>
    private const int LeastBlocks = 2;

    private AgeList<Reassembly> _reassemblies;

    public MemoryBudget(PacketPool pool, long budgetBytes)
    {
        Pool = pool;
        int byPool = pool.MaximumBlocks - (pool.MaximumBlocks / 4);
        LimitBlocks = budgetBytes == 0 ? byPool : (int)Math.Clamp(budgetBytes / PacketBuffer.BlockBytes, 1, byPool);
    }

    /// <summary>The pool the blocks come from.</summary>
    public PacketPool Pool { get; }

    /// <summary>The blocks that may be held.</summary>
    public int LimitBlocks { get; }

    /// <summary>The blocks held.</summary>
    public int HeldBlocks { get; private set; }

    /// <summary>How far they are used up.</summary>
    public MemoryPressure Pressure =>
        HeldBlocks <= LimitBlocks / 2 ? MemoryPressure.None
        : HeldBlocks < LimitBlocks ? MemoryPressure.Moderate
        : MemoryPressure.Critical;

    /// <summary>Whether payload may take any block at all.</summary>
    public bool HasSpare => Pool.AvailableBlocks > Pool.MaximumBlocks / LastDivisor;

    /// <summary>Whether payload that cannot be delivered yet may take a block.</summary>
    public bool HasReserve => Pool.AvailableBlocks > Pool.MaximumBlocks / ReserveDivisor;

    /// <summary>What a connection that waits to send so many blocks may queue beyond them, under pressure.</summary>
    public int SendRoomBlocks(int heldBlocks) => RoomBlocks(LimitBlocks - HeldBlocks, LeastBlocks, heldBlocks);

    /// <summary>What a connection that holds so many blocks of received payload may take in beyond them, under pressure.</summary>
    /// <param name="heldBlocks">What it holds.</param>
    /// <param name="isReading">Whether its application reads: those share what is kept from the others.</param>
    public int ReceiveRoomBlocks(int heldBlocks, bool isReading)
    {
        int left = LimitBlocks - HeldBlocks;
        return isReading
            ? RoomBlocks(Math.Max(left, Pool.AvailableBlocks - (Pool.MaximumBlocks / LastDivisor)), HasSpare ? LeastBlocks : 0, heldBlocks)
            : RoomBlocks(left, HasReserve ? LeastBlocks : 0, heldBlocks);
    }

    /// <summary>Blocks have come to a queue of a connection, or left it.</summary>
    public void Hold(int blocks) => HeldBlocks += blocks;

    /// <summary>A connection has begun to hold payload behind a gap.</summary>
    public void Add(Reassembly reassembly) => _reassemblies.Append(reassembly);

    /// <summary>A connection holds nothing behind a gap any more.</summary>
    public void Remove(Reassembly reassembly) => _reassemblies.Remove(reassembly);

    /// <summary>Gives back what lies behind gaps, that of the connection which has waited longest first, until there is room.</summary>
    /// <remarks>RFC 2018 §8: "The data receiver is permitted to discard data in its queue that has not been acknowledged to the data sender, even if the data has already been reported in a SACK option."</remarks>
    public void Prune()
    {
        while (Pressure == MemoryPressure.Critical && _reassemblies.Oldest is { } reassembly)
        {
            Pool.Counters.Increment(Counter.TcpReassemblyDiscards);
            reassembly.Clear();
        }
    }

    private static int RoomBlocks(int leftBlocks, int leastBlocks, int heldBlocks) =>
        Math.Max(Math.Max(leftBlocks / ShareDivisor, leastBlocks) - heldBlocks, 0);
}
