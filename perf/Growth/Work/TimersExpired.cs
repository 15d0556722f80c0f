using NetStack.Cli.Verbs.Bench;
using NetStack.Core;
using NetStack.Workloads;

namespace NetStack.Growth.Work;

/// <summary>
/// Timers that expire and arm themselves anew, each with a period of its own of 0.2 to 1.2 s, the others waiting for days; the
/// wheel is turned at each of its deadlines.
/// </summary>
internal sealed class TimersExpired : IWorkload
{
    // Farther than any time that is measured.
    private const int FarAway = 10_000_000;

    private readonly TimerWheel _wheel = new();
    private readonly int _armed;

    /// <summary>Arms the timers.</summary>
    /// <param name="armed">How many.</param>
    /// <param name="expiring">How many of them expire.</param>
    public TimersExpired(int armed, int expiring)
    {
        _armed = armed;
        SeededEntropy entropy = new(1);
        for (int i = 0; i < armed; i++)
        {
            Duration period = Duration.FromMicroseconds(200_000 + entropy.Next(1_000_000));
            period = i % (armed / expiring) == 0 ? period : period * FarAway;
            _wheel.Schedule(new CountingTimer(_wheel, period), Instant.Origin + period);
        }
    }

    public long Packets { get; private set; }

    public long Bytes => 0;

    public string? Fault => _wheel.Count == _armed ? null : "a timer was lost";

    public void Turn() => Packets += _wheel.Advance(_wheel.NextDeadline);

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }
}
