using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>Lets so many events pass in a stretch of time and refuses the rest.</summary>
internal struct RateLimit
{
    private long _windowStart;
    private int _count;

    /// <summary>Counts an event.</summary>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="limit">The events that pass in a stretch.</param>
    /// <param name="stretch">Its length; it starts with the first event after the last one's end.</param>
    /// <returns>Whether it may happen.</returns>
    public bool TryPass(Instant now, int limit, Duration stretch)
    {
        if (_count == 0 || now.Nanoseconds - _windowStart >= stretch.Nanoseconds)
        {
            _windowStart = now.Nanoseconds;
            _count = 0;
        }

        if (_count >= limit)
        {
            return false;
        }

        _count++;
        return true;
    }
}
