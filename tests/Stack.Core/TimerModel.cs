namespace NetStack.Core.Tests;

/// <summary>What a timer wheel promises, said with a sorted list: quadratic and plainly right.</summary>
internal sealed class TimerModel
{
    private const long TickNanoseconds = 65_536;

    private readonly List<Entry> _waiting = [];
    private long _currentTick;
    private long _scheduled;

    public int Count => _waiting.Count;

    /// <summary>The instant of the next expiry, or null if none is to come.</summary>
    public Instant? NextExpiry =>
        _waiting.Count == 0 ? null : new Instant(_waiting.Min(entry => entry.Tick) * TickNanoseconds);

    /// <summary>Whether a budget has left expired timers behind.</summary>
    public bool HasExpired => _waiting.Exists(entry => entry.Tick <= _currentTick);

    public Instant DeadlineOf(int number) =>
        _waiting.Find(entry => entry.Number == number)?.Deadline ?? Instant.Never;

    public void Schedule(int number, Instant deadline)
    {
        Cancel(number);
        if (deadline == Instant.Never)
        {
            return;
        }

        long roundedUp = (long)decimal.Ceiling((decimal)deadline.Nanoseconds / TickNanoseconds);
        _waiting.Add(new Entry(number, deadline, Math.Max(roundedUp, _currentTick + 1), _scheduled++));
    }

    public bool Cancel(int number) => _waiting.RemoveAll(entry => entry.Number == number) > 0;

    public int Advance(Instant now, int budget, Action<int> expired)
    {
        long target = (long)decimal.Floor((decimal)now.Nanoseconds / TickNanoseconds);
        if (target < _currentTick)
        {
            return 0;
        }

        _currentTick = target;
        int count = 0;
        while (count < budget)
        {
            Entry? next = _waiting.Where(entry => entry.Tick <= target).OrderBy(entry => entry.Tick).ThenBy(entry => entry.Order).FirstOrDefault();
            if (next is null)
            {
                break;
            }

            _waiting.Remove(next);
            count++;
            expired(next.Number);
        }

        return count;
    }

    private sealed record Entry(int Number, Instant Deadline, long Tick, long Order);
}
