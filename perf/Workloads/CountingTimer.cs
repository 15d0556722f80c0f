using NetStack.Core;

namespace NetStack.Workloads;

/// <summary>A timer that schedules itself anew as it expires, where it has a period.</summary>
internal sealed class CountingTimer(TimerWheel wheel, Duration period) : TimerNode
{
    /// <summary>How often it expired.</summary>
    public long Expired { get; private set; }

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now)
    {
        Expired++;
        if (period > Duration.Zero)
        {
            wheel.Schedule(this, now + period);
        }
    }
}
