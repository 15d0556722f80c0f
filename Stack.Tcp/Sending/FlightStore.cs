namespace NetStack.Tcp;

/// <summary>The flights that no connection uses, kept so that sending allocates nothing.</summary>
internal struct FlightStore
{
    /// <summary>How many are kept. A connection that sends holds one; more than this many become idle at once only rarely.</summary>
    private const int Limit = 1_024;

    private Flight? _first;
    private int _count;

    /// <summary>Takes one out, or makes one.</summary>
    public Flight Rent()
    {
        if (_first is not { } flight)
        {
            return new Flight();
        }

        _first = flight.NextFree;
        flight.NextFree = null;
        _count--;
        return flight;
    }

    /// <summary>Puts one back.</summary>
    public void Return(Flight flight)
    {
        if (_count < Limit)
        {
            flight.NextFree = _first;
            _first = flight;
            _count++;
        }
    }
}
