using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Sockets;

/// <summary>The wall's monotonic clock, read once a turn.</summary>
internal sealed class LoopClock
{
    private readonly long _originTicks = Stopwatch.GetTimestamp();

    /// <summary>The time since the clock was made.</summary>
    public Instant Now => new((long)((Int128)(Stopwatch.GetTimestamp() - _originTicks) * 1_000_000_000 / Stopwatch.Frequency));
}
