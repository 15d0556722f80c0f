namespace NetStack.Core;

/// <summary>
/// A timer: derive from it, and schedule it on a <see cref="TimerWheel"/>. The node carries the links of the wheel's
/// lists itself, so that scheduling allocates nothing; it is on one wheel at a time.
/// </summary>
public abstract class TimerNode
{
    /// <summary>The list position of a node that is on no wheel.</summary>
    internal const int NoList = -1;

    internal TimerWheel? Wheel;
    internal TimerNode? Previous;
    internal TimerNode? Next;
    internal int List = NoList;
    internal ulong Tick;

    /// <summary>Whether the timer waits on a wheel. It does no more when <see cref="TimerExpired"/> is called.</summary>
    public bool IsScheduled => Wheel is not null;

    /// <summary>The instant asked for, before which the timer does not expire; <see cref="Instant.Never"/> if not scheduled.</summary>
    public Instant Deadline { get; internal set; } = Instant.Never;

    /// <summary>
    /// Called once when the deadline has come. The timer is off the wheel by then; this method may schedule and cancel it
    /// and any other, but must not advance the wheel.
    /// </summary>
    /// <param name="now">The instant given to <see cref="TimerWheel.Advance"/>.</param>
    protected internal abstract void TimerExpired(Instant now);
}
