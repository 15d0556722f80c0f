namespace NetStack.Tcp;

/// <summary>The flights that no connection uses, kept so that sending allocates nothing.</summary>
/// <remarks>
/// What is kept is bounded in slots, each 56 bytes: of a peer that had us send many small segments at once nothing stays. In
/// use a slot stands for a segment of payload that the <see cref="MemoryBudget"/> counts.
/// </remarks>
internal struct FlightStore
{
    /// <summary>The slots of all flights kept: 4,096 small flights, or two of the largest.</summary>
    public const int LimitSlots = 65_536;

    private Flight? _first;

    /// <summary>The slots of the flights kept.</summary>
    public int Slots { get; private set; }

    /// <summary>Takes one out, or makes one.</summary>
    public Flight Rent()
    {
        if (_first is not { } flight)
        {
            return new Flight();
        }

        _first = flight.NextFree;
        flight.NextFree = null;
        Slots -= flight.Segments.Slots;
        return flight;
    }

    /// <summary>Puts one back.</summary>
    public void Return(Flight flight)
    {
        if (Slots + flight.Segments.Slots <= LimitSlots)
        {
            flight.NextFree = _first;
            _first = flight;
            Slots += flight.Segments.Slots;
        }
    }
}
