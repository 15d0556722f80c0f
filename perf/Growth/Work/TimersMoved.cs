using NetStack.Cli.Verbs.Bench;
using NetStack.Core;
using NetStack.Workloads;

namespace NetStack.Growth.Work;

/// <summary>Timers of a wheel that are cancelled and armed anew for another time, as an acknowledgment does.</summary>
internal sealed class TimersMoved : IWorkload
{
    private const int Visits = 1 << 20;
    private const int PerTurn = 64;

    private readonly TimerWheel _wheel = new();
    private readonly CountingTimer[] _timers;
    private readonly int[] _visits = new int[Visits];
    private readonly SeededEntropy _entropy = new(1);
    private readonly Duration[] _times = new Duration[1024];
    private int _next;

    /// <summary>Arms the timers.</summary>
    /// <param name="armed">How many.</param>
    /// <param name="moved">How many of them are moved, evenly spread.</param>
    public TimersMoved(int armed, int moved)
    {
        foreach (ref Duration time in _times.AsSpan())
        {
            time = Duration.FromMicroseconds(1000 + _entropy.Next(60_000_000));
        }

        _timers = new CountingTimer[armed];
        for (int i = 0; i < armed; i++)
        {
            _timers[i] = new CountingTimer(_wheel, Duration.Zero);
            _wheel.Schedule(_timers[i], Instant.Origin + _times[_entropy.Next(_times.Length)]);
        }

        foreach (ref int visit in _visits.AsSpan())
        {
            visit = _entropy.Next(moved) * (armed / moved);
        }
    }

    public long Packets { get; private set; }

    public long Bytes => 0;

    public string? Fault => _wheel.Count == _timers.Length ? null : "a timer was lost";

    public void Turn()
    {
        foreach (int visit in _visits.AsSpan(_next, PerTurn))
        {
            CountingTimer timer = _timers[visit];
            _wheel.Cancel(timer);
            _wheel.Schedule(timer, Instant.Origin + _times[(int)(Packets++ % _times.Length)]);
        }

        _next = (_next + PerTurn) % Visits;
    }

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }
}
