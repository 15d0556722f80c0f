using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.Linux;

/// <summary>
/// A timer descriptor that ends sleeps. It is set anew only where it would ring too late: the next deadline of a stack mostly
/// moves away from one sleep to the next, and to arm the kernel's timer for each costs more than to be woken once too early.
/// </summary>
internal sealed unsafe class SleepAlarm : IDisposable
{
    private readonly int _descriptor;
    private long _ringsAt = long.MaxValue;

    /// <summary>Makes an alarm that does not ring.</summary>
    /// <exception cref="WaiterException">The timer descriptor could not be made.</exception>
    public SleepAlarm()
    {
        _descriptor = LibC.TimerDescriptor(LibC.MonotonicClock, LibC.NonBlocking | LibC.CloseOnExec);
        if (_descriptor < 0)
        {
            throw PollWaiter.Failed("making its timer descriptor");
        }

        Handle = new SafeFileHandle(_descriptor, ownsHandle: true);
    }

    /// <summary>What becomes readable as it rings.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Has it ring in time, or earlier.</summary>
    /// <param name="nanoseconds">How long from now at most; more than zero.</param>
    public void RingWithin(long nanoseconds)
    {
        long now = (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;
        if (_ringsAt > now && _ringsAt - now <= nanoseconds)
        {
            return;
        }

        // The interval comes first: none, it rings once.
        TimeSpecification* times = stackalloc TimeSpecification[2];
        times[0] = default;
        times[1] = TimeSpecification.FromNanoseconds(nanoseconds);
        LibC.SetTimer(_descriptor, 0, times, null);
        _ringsAt = now + Math.Min(nanoseconds, long.MaxValue - now);
    }

    /// <summary>It has rung.</summary>
    public void Silence()
    {
        ulong count;
        LibC.Read(_descriptor, (byte*)&count, sizeof(ulong));
        _ringsAt = long.MaxValue;
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
