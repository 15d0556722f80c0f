using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Sockets;

/// <summary>The wall's monotonic clock, read once a turn.</summary>
internal sealed class LoopClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly long _originTicks = Stopwatch.GetTimestamp();

    /// <summary>The time since the clock was made.</summary>
    public Instant Now
    {
        get
        {
            long ticks = Stopwatch.GetTimestamp() - _originTicks;
            return new Instant(Stopwatch.Frequency == NanosecondsPerSecond
                ? ticks
                : (long)((Int128)ticks * NanosecondsPerSecond / Stopwatch.Frequency));
        }
    }
}
