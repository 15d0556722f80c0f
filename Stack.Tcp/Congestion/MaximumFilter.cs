namespace NetStack.Tcp;

/// <summary>
/// The largest value of a sliding window of time, kept in three entries: the best, and the best after it twice over, so
/// that there is one to take its place when it grows too old. Never older than the window; now and then less than the true maximum.
/// </summary>
/// <remarks>Kathleen Nichols' windowed filter, as BBR uses it: draft-cardwell-iccrg-bbr-congestion-control-00 §4.1.1.3.</remarks>
internal struct MaximumFilter
{
    private Entry _first;
    private Entry _second;
    private Entry _third;

    private struct Entry
    {
        public long Value;
        public uint Time;
    }

    /// <summary>The largest value; 0 before the first.</summary>
    public readonly long Value => _first.Value;

    /// <summary>Takes in a value.</summary>
    /// <param name="value">The value; not negative.</param>
    /// <param name="time">Its time, in the caller's unit; never goes back.</param>
    /// <param name="window">The length of the window.</param>
    public void Add(long value, uint time, uint window)
    {
        Entry entry = new() { Value = value, Time = time };
        if (value >= _first.Value || unchecked(time - _third.Time) > window)
        {
            _first = _second = _third = entry;
            return;
        }

        if (value >= _second.Value)
        {
            _second = _third = entry;
        }
        else if (value >= _third.Value)
        {
            _third = entry;
        }

        uint age = unchecked(time - _first.Time);
        if (age > window)
        {
            Shift(entry);
            if (unchecked(time - _first.Time) > window)
            {
                Shift(entry);
            }
        }
        else if (_second.Time == _first.Time && age > window / 4)
        {
            // A quarter of the window has passed without a second best: take what there is.
            _second = _third = entry;
        }
        else if (_third.Time == _second.Time && age > window / 2)
        {
            _third = entry;
        }
    }

    private void Shift(in Entry entry)
    {
        _first = _second;
        _second = _third;
        _third = entry;
    }
}
