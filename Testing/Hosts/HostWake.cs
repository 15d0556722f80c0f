using NetStack.Core;

namespace NetStack.Testing;

/// <summary>A host takes a turn because something came up.</summary>
internal sealed class HostWake(SimulatedHost host) : SimulatedEvent
{
    public override void Occur(Instant now) => host.Wakes(now);
}
