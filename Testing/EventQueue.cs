using NetStack.Core;

namespace NetStack.Testing;

/// <summary>The events to come, by their instants; those of one instant in the order in which they were planned.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<SimulatedEvent, (long Nanoseconds, long Sequence)> _events = new();
    private long _sequence;

    public int Count => _events.Count;

    public void Add(SimulatedEvent happening, Instant at) => _events.Enqueue(happening, (at.Nanoseconds, _sequence++));

    /// <summary>When the next event comes; <see cref="Instant.Never"/> where none does.</summary>
    public Instant Next => _events.TryPeek(out _, out (long Nanoseconds, long Sequence) order) ? new Instant(order.Nanoseconds) : Instant.Never;

    /// <summary>Takes the next event, if it comes no later than the limit.</summary>
    public SimulatedEvent? TryTake(Instant limit, out Instant at)
    {
        if (!_events.TryPeek(out SimulatedEvent? happening, out (long Nanoseconds, long Sequence) order)
            || order.Nanoseconds > limit.Nanoseconds)
        {
            at = limit;
            return null;
        }

        _events.Dequeue();
        at = new Instant(order.Nanoseconds);
        return happening;
    }
}
