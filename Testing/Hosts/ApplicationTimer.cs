using NetStack.Core;

namespace NetStack.Testing;

/// <summary>A timer of an application, on the wheel of its host.</summary>
internal sealed class ApplicationTimer(Action<Instant> expired) : TimerNode
{
    protected override void TimerExpired(Instant now) => expired(now);
}
