using NetStack.Core;

namespace NetStack.Testing;

/// <summary>Something that happens at an instant of a <see cref="Simulation"/>.</summary>
internal abstract class SimulatedEvent
{
    /// <summary>It happens.</summary>
    public abstract void Occur(Instant now);
}
