using System.Diagnostics;
using NetStack.Core;

namespace NetStack.PacketScripts;

/// <summary>The time of the stack: the host's, or one that stands still until it is moved.</summary>
internal sealed class ScriptClock(bool isReal)
{
    // Far from the origin: an instant that was never set is long ago.
    private static readonly Instant _start = new(1_000_000_000_000_000);

    private readonly long _realStart = Stopwatch.GetTimestamp();
    private Instant _virtual = _start;

    public bool IsReal { get; } = isReal;

    public Instant Now => IsReal ? _start + Duration.FromTimeSpan(Stopwatch.GetElapsedTime(_realStart)) : _virtual;

    /// <summary>Moves a clock that stands still. It never goes back.</summary>
    public void MoveTo(Instant time) => _virtual = Instant.Max(_virtual, time);
}
