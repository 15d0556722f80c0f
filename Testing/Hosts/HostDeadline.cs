using NetStack.Core;

namespace NetStack.Testing;

/// <summary>A host takes a turn because of a timer.</summary>
internal sealed class HostDeadline(SimulatedHost host) : SimulatedEvent
{
    public override void Occur(Instant now) => host.DeadlinePasses(now);
}
