namespace NetStack.Core.Tests;

/// <summary>A timer that writes itself down when it expires and then does what the test asks.</summary>
internal sealed class RecordingTimer(int number, List<(int Number, Instant Now)> log) : TimerNode
{
    public int Number { get; } = number;

    public Action<Instant>? Reaction { get; set; }

    protected internal override void TimerExpired(Instant now)
    {
        log.Add((Number, now));
        Reaction?.Invoke(now);
    }
}
