namespace NetStack.Tcp;

/// <summary>
/// The flights of a demultiplexer. Those that no connection uses are kept, so that sending allocates nothing, and what all
/// in use may remember is bounded: a peer decides how small the segments are and how many of them it leaves unacknowledged.
/// </summary>
internal sealed class FlightStore
{
    /// <summary>The slots of a flight that are not counted: every connection may have as many.</summary>
    public const int FreeSlots = 64;

    /// <summary>
    /// The slots counted in use for each block of payload that connections may hold. A block holds three full segments and a
    /// ring is at most twice as large as what is in it, so that eight are enough for whoever sends full segments. They take a
    /// ninth of what the blocks take.
    /// </summary>
    public const int SlotsPerBlock = 8;

    /// <summary>The slots of all flights that are kept, each 56 bytes: 4,096 small flights, or two of the largest.</summary>
    public const int KeptSlotLimit = 65_536;

    /// <summary>A flight grows by at most one part in so many of what is left, so that something is left for the next one.</summary>
    private const int ShareDivisor = 4;

    private Flight? _first;

    public FlightStore(int limitBlocks) => SlotLimit = (long)limitBlocks * SlotsPerBlock;

    /// <summary>The slots that are counted at most, but for flights that were large when they were kept.</summary>
    public long SlotLimit { get; }

    /// <summary>The slots counted of all flights in use.</summary>
    public long UsedSlots { get; private set; }

    /// <summary>The slots of all flights that are kept.</summary>
    public int KeptSlots { get; private set; }

    /// <summary>Takes one out, or makes one.</summary>
    public Flight Rent()
    {
        if (_first is not { } flight)
        {
            return new Flight(this);
        }

        _first = flight.NextFree;
        flight.NextFree = null;
        KeptSlots -= flight.Segments.Slots;
        UsedSlots += Counted(flight.Segments.Slots);
        return flight;
    }

    /// <summary>Puts one back. Where enough is kept its memory is given up.</summary>
    public void Return(Flight flight)
    {
        int slots = flight.Segments.Slots;
        UsedSlots -= Counted(slots);
        if (KeptSlots + slots <= KeptSlotLimit)
        {
            flight.NextFree = _first;
            _first = flight;
            KeptSlots += slots;
        }
    }

    /// <summary>Whether a flight with so many slots, all in use, may have twice as many.</summary>
    public bool MayGrow(int slots) => slots < FreeSlots || slots <= (SlotLimit - UsedSlots) / ShareDivisor;

    /// <summary>A flight in use has grown.</summary>
    public void Grown(int slotsBefore, int slots) => UsedSlots += Counted(slots) - Counted(slotsBefore);

    private static int Counted(int slots) => Math.Max(slots - FreeSlots, 0);
}
