using BenchmarkDotNet.Attributes;
using NetStack.Core;
using NetStack.Workloads;

namespace NetStack.Benchmarks;

/// <summary>The timer wheel with other timers on it, as TCP uses it: armed and cancelled, moved on, expired.</summary>
public class TimerWheelBenchmark
{
    private const int Touched = 64;
    private const int Expiring = 1024;

    private readonly TimerWheel _wheel = new();
    private readonly CountingTimer[] _timers = new CountingTimer[Touched];
    private readonly TimerWheel _expiring = new();
    private readonly CountingTimer[] _periodic = new CountingTimer[Expiring];
    private CountingTimer[] _others = [];
    private Instant _now;

    /// <summary>The timers that are armed besides.</summary>
    [Params(0, 10_000)]
    public int Others { get; set; }

    [GlobalSetup]
    public void Arm()
    {
        SeededEntropy entropy = new(1);
        _others = new CountingTimer[Others];
        foreach (ref CountingTimer timer in _others.AsSpan())
        {
            timer = new CountingTimer(_wheel, Duration.Zero);
            _wheel.Schedule(timer, Instant.Origin + Duration.FromMilliseconds(1 + entropy.Next(60_000)));
        }

        foreach (ref CountingTimer timer in _timers.AsSpan())
        {
            timer = new CountingTimer(_wheel, Duration.Zero);
        }

        foreach (ref CountingTimer timer in _periodic.AsSpan())
        {
            timer = new CountingTimer(_expiring, Duration.FromMilliseconds(200));
            _expiring.Schedule(timer, Instant.Origin + Duration.FromMilliseconds(1 + entropy.Next(200)));
        }
    }

    [Benchmark(OperationsPerInvoke = Touched)]
    public void ArmAndCancel()
    {
        foreach (CountingTimer timer in _timers)
        {
            _wheel.Schedule(timer, Instant.Origin + Duration.FromMilliseconds(200));
            _wheel.Cancel(timer);
        }
    }

    [Benchmark(OperationsPerInvoke = Touched)]
    public void Rearm()
    {
        _now += Duration.FromMicroseconds(1);
        foreach (CountingTimer timer in _timers)
        {
            _wheel.Schedule(timer, _now + Duration.FromMilliseconds(200));
        }
    }

    /// <summary>200 ms in steps of a millisecond, in which each timer expires once and is armed anew.</summary>
    [Benchmark(OperationsPerInvoke = Expiring)]
    public int ExpireAndArm()
    {
        int expired = 0;
        for (int step = 0; step < 200; step++)
        {
            _now += Duration.FromMilliseconds(1);
            expired += _expiring.Advance(_now);
        }

        return expired;
    }
}
