using NetStack.Core;

namespace NetStack.Testing;

/// <summary>What somebody planned for an instant.</summary>
internal sealed class ScriptedEvent(Action<Instant> action) : SimulatedEvent
{
    public override void Occur(Instant now) => action(now);
}
