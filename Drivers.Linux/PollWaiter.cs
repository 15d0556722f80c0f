using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Linux;

/// <summary>
/// Sleeps in <c>epoll_wait</c> on the descriptors of devices, on an event descriptor for <see cref="Wake"/> and on a timer
/// descriptor. Devices without a descriptor that wake the loop themselves, such as an in-memory cable, may be added beside them.
/// </summary>
/// <remarks>
/// <para>The waiter keeps the descriptors it watches open: a device disposed while the loop sleeps is closed when the waiter
/// is, so that no sleep ever watches a number that another file was given. The loop disposes its waiter after its last
/// turn; <see cref="Wake"/> does nothing from then on.</para>
/// </remarks>
public sealed unsafe class PollWaiter : IDeviceWaiter
{
    /// <summary>The most descriptors of one device.</summary>
    internal const int MaximumHandles = 8;

    // The numbers of what is watched beside the devices, which follow in the order of their adding, each with room for as
    // many descriptors as one may have.
    private const int EventNumber = 0;
    private const int AlarmNumber = 1;
    private const int FirstDeviceNumber = MaximumHandles;

    private const int RecordsAtOnce = 16;

    private readonly SafeFileHandle _watch;
    private readonly SafeFileHandle _event;
    private readonly SleepAlarm _alarm;
    private readonly List<IPollable> _devices = [];
    private readonly List<SafeFileHandle[]> _handles = [];
    private readonly List<bool> _watchesForRoom = [];

    // One where a wake is under way that the loop has not seen: the wakes until then cost one exchange, no system call.
    private int _isSignaled;

    /// <summary>Makes a waiter that watches nothing but <see cref="Wake"/>.</summary>
    /// <exception cref="WaiterException">A descriptor could not be made.</exception>
    public PollWaiter()
    {
        _watch = Own(LibC.WatchDescriptor(LibC.CloseOnExec), "making the descriptor that watches the others");
        _event = Own(LibC.EventDescriptor(0, LibC.NonBlocking | LibC.CloseOnExec), "making its event descriptor");
        _alarm = new SleepAlarm();
        Watch(LibC.WatchAdd, _event, LibC.Readable, EventNumber);
        Watch(LibC.WatchAdd, _alarm.Handle, LibC.Readable, AlarmNumber);
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
            if (!ReferenceEquals(_devices[i].Handles, _handles[i]))
            {
                WatchOthers(i, _devices[i].Handles);
            }

            if (_devices[i].IsTransmitBlocked != _watchesForRoom[i])
            {
                WatchForRoom(i, _devices[i].IsTransmitBlocked);
            }
        }

        bool sleeps = timeout > Duration.Zero;
        if (sleeps && timeout != Duration.Infinite)
        {
            _alarm.RingWithin(timeout.Nanoseconds);
        }

        byte* records = stackalloc byte[RecordsAtOnce * EventRecord.MaximumBytes];
        int ready = LibC.WaitForEvents((int)_watch.DangerousGetHandle(), records, RecordsAtOnce, sleeps ? -1 : 0);

        // Less than zero is a signal: the loop may always wake early.
        for (int i = 0; i < ready; i++)
        {
            (uint events, int number) = EventRecord.Read(records + (i * EventRecord.LengthBytes));
            TakeEvents(events, number);
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
        _watch.Dispose();
        _event.Dispose();
        _alarm.Dispose();
        _handles.ForEach(Release);

        _devices.Clear();
    }

    /// <summary>What to throw for the system call that has just failed.</summary>
    internal static WaiterException Failed(string doing)
    {
        int error = Marshal.GetLastPInvokeError();
        return new WaiterException(
            $"waiter: {doing} failed: {Marshal.GetPInvokeErrorMessage(error)} (error {error}); \"netstack doctor\" looks for the cause.", error);
    }

    private static SafeFileHandle Own(int descriptor, string what) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(what);

    /// <summary>Watches what may be no Ethernet device.</summary>
    internal void Add(IPollable device)
    {
        ObjectDisposedException.ThrowIf(_event.IsClosed, this);
        if (_devices.Contains(device))
        {
            return;
        }

        _devices.Add(device);
        _handles.Add([]);
        _watchesForRoom.Add(false);
        WatchOthers(_devices.Count - 1, device.Handles);
    }

    /// <summary>Watches the descriptors of a device in place of those watched until now.</summary>
    private void WatchOthers(int device, SafeFileHandle[] handles)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(handles.Length, MaximumHandles);
        SafeFileHandle[] former = _handles[device];
        int firstNumber = NumberOf(device);
        for (int i = 0; i < former.Length; i++)
        {
            Watch(LibC.WatchRemove, former[i], 0, firstNumber + i);
        }

        _handles[device] = [];
        _watchesForRoom[device] = false;
        Release(former);
        Hold(handles);
        _handles[device] = handles;
        for (int i = 0; i < handles.Length; i++)
        {
            Watch(LibC.WatchAdd, handles[i], LibC.Readable, firstNumber + i);
        }
    }

    private static int NumberOf(int device) => FirstDeviceNumber + (device * MaximumHandles);

    private static void Hold(SafeFileHandle[] handles)
    {
        foreach (SafeFileHandle handle in handles)
        {
            bool isHeld = false;
            handle.DangerousAddRef(ref isHeld);
        }
    }

    private static void Release(SafeFileHandle[] handles)
    {
        foreach (SafeFileHandle handle in handles)
        {
            handle.DangerousRelease();
        }
    }

    private void WatchForRoom(int device, bool watches)
    {
        _watchesForRoom[device] = watches;
        uint events = watches ? LibC.Readable | LibC.Writable : LibC.Readable;
        Watch(LibC.WatchChange, _handles[device][0], events, NumberOf(device));
    }

    private void Watch(int operation, SafeFileHandle handle, uint events, int number)
    {
        byte* record = stackalloc byte[EventRecord.MaximumBytes];
        EventRecord.Write(record, events, number);

        int result = LibC.Watch((int)_watch.DangerousGetHandle(), operation, (int)handle.DangerousGetHandle(), record);
        if (result < 0 && operation == LibC.WatchAdd)
        {
            // A loop that slept without it would never hear of its frames.
            throw Failed("watching one more descriptor");
        }

        // What is watched no more cannot be changed either, and that is as well.
    }

    private void TakeEvents(uint events, int number)
    {
        switch (number)
        {
            case EventNumber:
                // First the count, then the flag. The other way round a wake between the two would raise the flag, and the read
                // would swallow its signal. A wake that comes before the flag is lowered is seen by the turn that follows.
                ulong count;
                LibC.Read((int)_event.DangerousGetHandle(), (byte*)&count, sizeof(ulong));
                Interlocked.Exchange(ref _isSignaled, 0);
                break;
            case AlarmNumber:
                _alarm.Silence();
                break;
            case var _ when (events & LibC.Failed) != 0:
                // The interface is gone, which this descriptor would now report without end. The next read tells the device.
                (int device, int handle) = Math.DivRem(number - FirstDeviceNumber, MaximumHandles);
                Watch(LibC.WatchRemove, _handles[device][handle], 0, number);
                break;
        }
    }
}
