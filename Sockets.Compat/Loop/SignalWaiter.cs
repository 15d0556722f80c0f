using System.Diagnostics.CodeAnalysis;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Sockets;

/// <summary>What a loop sleeps on where its devices wake it themselves: in-memory cables, simulated links, captures.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "See Dispose.")]
[SuppressMessage("Usage", "CA2213:Disposable fields should be disposed", Justification = "See Dispose.")]
internal sealed class SignalWaiter : IDeviceWaiter
{
    private readonly AutoResetEvent _signal = new(initialState: false);

    public bool TryAdd(IEthernetDevice device) => true;

    public void Wait(Duration timeout)
    {
        // Rounded up: a deadline that is less than a millisecond away must not become a busy wait.
        long milliseconds = (timeout.Nanoseconds + 999_999) / 1_000_000;
        _signal.WaitOne((int)Math.Clamp(milliseconds, 0, int.MaxValue));
    }

    public void Wake() => _signal.Set();

    public void Dispose()
    {
        // A thread may still be about to wake a loop that has ended: the event goes with the last reference to it.
    }
}
