using NetStack.Core;

namespace NetStack.Testing;

/// <summary>What a test planned for an instant. Every host takes a turn afterwards, as the plan may have touched any.</summary>
internal sealed class ScriptedEvent(Simulation simulation, Action<Instant> action) : SimulatedEvent
{
    public override void Occur(Instant now)
    {
        action(now);
        simulation.WakeHosts();
    }
}
