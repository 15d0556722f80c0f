using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>
/// Sleeps in <c>ppoll</c> on the descriptors of devices and on an event descriptor for <see cref="Wake"/>. Devices without
/// a descriptor that wake the loop themselves, such as an in-memory cable, may be added beside them.
/// </summary>
/// <remarks>
/// <para>The waiter keeps the descriptors it watches open: a device disposed while the loop sleeps is closed when the waiter
/// is, so that no sleep ever watches a number that another file was given. The loop disposes its waiter after its last
/// turn; <see cref="Wake"/> does nothing from then on.</para>
/// </remarks>
public sealed unsafe class PollWaiter : IDeviceWaiter
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly SafeFileHandle _event;
    private readonly List<IPollable> _devices = [];
    private PollDescriptor[] _descriptors;

    // One where a wake is under way that the loop has not seen: the wakes until then cost one exchange, no system call.
    private int _isSignaled;

    /// <summary>Makes a waiter that watches nothing but <see cref="Wake"/>.</summary>
    /// <exception cref="TapException">The event descriptor could not be made.</exception>
    public PollWaiter()
    {
        int descriptor = LibC.EventDescriptor(0, LibC.NonBlocking | LibC.CloseOnExec);
        if (descriptor < 0)
        {
            throw TapFailure.SystemCall("waiter", "making its event descriptor", Marshal.GetLastPInvokeError());
        }

        _event = new SafeFileHandle(descriptor, ownsHandle: true);
        _descriptors = [new PollDescriptor { Descriptor = descriptor, Events = LibC.PollIn }];
    }

    /// <summary>Whether a wake has been called for that no sleep has ended by.</summary>
    internal bool IsWakePending => Volatile.Read(ref _isSignaled) != 0;

    /// <inheritdoc/>
    public bool TryAdd(IEthernetDevice device)
    {
        if (device is IPollable pollable)
        {
            Add(pollable);
            return true;
        }

        // A device that has no waiter of its own calls the loop's wake, which ends in ours.
        using IDeviceWaiter? own = device.CreateWaiter();
        return own is null;
    }

    /// <inheritdoc/>
    public void Wait(Duration timeout)
    {
        ObjectDisposedException.ThrowIf(_event.IsClosed, this);
        for (int i = 0; i < _devices.Count; i++)
        {
            _descriptors[i + 1].Events = _devices[i].IsTransmitBlocked ? (short)(LibC.PollIn | LibC.PollOut) : LibC.PollIn;
        }

        long nanoseconds = Math.Max(0, timeout.Nanoseconds);
        TimeSpecification longest = new()
        {
            Seconds = (nint)(nanoseconds / NanosecondsPerSecond),
            Nanoseconds = (nint)(nanoseconds % NanosecondsPerSecond),
        };
        int ready;
        fixed (PollDescriptor* descriptors = _descriptors)
        {
            ready = LibC.Poll(descriptors, (nuint)_descriptors.Length, timeout == Duration.Infinite ? null : &longest, null);
        }

        // Less than zero is a signal: the loop may always wake early.
        if (ready > 0)
        {
            TakeReturned();
        }
    }

    /// <inheritdoc/>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isSignaled, 1) != 0)
        {
            return;
        }

        bool isHeld = false;
        try
        {
            _event.DangerousAddRef(ref isHeld);
            ulong one = 1;
            LibC.Write((int)_event.DangerousGetHandle(), (byte*)&one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended: there is nobody to wake.
        }
        finally
        {
            if (isHeld)
            {
                _event.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_event.IsClosed)
        {
            return;
        }

        Interlocked.Exchange(ref _isSignaled, 1);
        _event.Dispose();
        foreach (IPollable device in _devices)
        {
            device.Handle.DangerousRelease();
        }

        _devices.Clear();
        _descriptors = [];
    }

    private void Add(IPollable device)
    {
        ObjectDisposedException.ThrowIf(_event.IsClosed, this);
        if (_devices.Contains(device))
        {
            return;
        }

        bool isHeld = false;
        device.Handle.DangerousAddRef(ref isHeld);
        _devices.Add(device);
        Array.Resize(ref _descriptors, _descriptors.Length + 1);
        _descriptors[^1] = new PollDescriptor
        {
            Descriptor = (int)device.Handle.DangerousGetHandle(),
            Events = LibC.PollIn,
        };
    }

    private void TakeReturned()
    {
        if (_descriptors[0].Returned != 0)
        {
            // First the count, then the flag. The other way round a wake between the two would raise the flag, and the read
            // would swallow its signal. A wake that comes before the flag is lowered is seen by the turn that follows.
            ulong count;
            LibC.Read(_descriptors[0].Descriptor, (byte*)&count, sizeof(ulong));
            Interlocked.Exchange(ref _isSignaled, 0);
        }

        for (int i = 1; i < _descriptors.Length; i++)
        {
            ref PollDescriptor descriptor = ref _descriptors[i];
            if ((descriptor.Returned & LibC.PollFailed) != 0)
            {
                // The interface is gone, which this descriptor would now report without end. The next read tells the device.
                descriptor.Descriptor = -1;
            }
        }
    }
}
