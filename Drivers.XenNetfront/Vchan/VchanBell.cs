using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>What the thread of a vchan sleeps on: the descriptors of the platform where it has any, or what it calls.</summary>
internal sealed class VchanBell : IPollable, IDisposable
{
    private readonly AutoResetEvent _called = new(initialState: false);
    private PollWaiter? _waiter;

    /// <inheritdoc/>
    public SafeFileHandle[] Handles { get; private set; } = [];

    /// <inheritdoc/>
    public bool IsTransmitBlocked => false;

    /// <summary>Watches the descriptors. Called before the first wait, and before another thread wakes.</summary>
    public void Watch(params ReadOnlySpan<SafeFileHandle?> handles)
    {
        List<SafeFileHandle> watched = [];
        foreach (SafeFileHandle? handle in handles)
        {
            if (handle is not null)
            {
                watched.Add(handle);
            }
        }

        if (watched.Count > 0)
        {
            Handles = [.. watched];
            _waiter = new PollWaiter();
            _waiter.Add(this);
        }
    }

    /// <summary>Ends the current or the next wait. From any thread.</summary>
    public void Ring()
    {
        if (_waiter is { } waiter)
        {
            waiter.Wake();
        }
        else
        {
            _called.Set();
        }
    }

    /// <summary>Sleeps until it rings, or time is up. May return early.</summary>
    public void Wait(Duration timeout)
    {
        if (_waiter is { } waiter)
        {
            waiter.Wait(timeout);
        }
        else
        {
            _called.WaitOne(timeout == Duration.Infinite ? Timeout.Infinite : (int)Math.Min(int.MaxValue, (timeout.Nanoseconds / 1_000_000) + 1));
        }
    }

    /// <summary>Nobody waits any more. A ring that comes later does nothing.</summary>
    public void Dispose() => _waiter?.Dispose();
}
