using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Drivers.Linux;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// A queue of a network interface (vif) of a Xen domain: the driver's side of the rings whose other side, the backend, is in
/// another domain. An interface with one queue is one device.
/// </summary>
/// <remarks>
/// <para>The interface connects when its queues have been attached to loops, which may be one loop or several. It connects
/// again when the backend comes back, and after the domain was suspended; frames on their way are then lost, as on any link.</para>
/// <para>All blocks of the pool that the device is attached to are granted to the backend's domain for as long as the device
/// lives: it can read and write them at any time. Xen protects nothing else of ours.</para>
/// <para>Xen's <c>public/io/netif.h</c>.</para>
/// </remarks>
public sealed class NetfrontDevice : IEthernetDevice, IPollable
{
    private const int MostEventsATurn = 8;

    private readonly NetfrontLink _link;
    private readonly int _index;
    private readonly IEventChannels _channels;
    private readonly SafeFileHandle[] _handles;
    private BlockGrants? _grants;
    private PacketPool? _pool;
    private Action? _wake;
    private QueueRings? _rings;
    private bool _isBroken;
    private bool _isUp;
    private volatile int _followed;
    private volatile bool _isDisposed;

    internal NetfrontDevice(NetfrontLink link, int index)
    {
        _link = link;
        _index = index;
        _channels = link.Hypervisor.OpenEventChannels(Wake);

        // One loop is enough to hear of the connection: the first queue's.
        _handles = _channels.Handle is not { } bells ? []
            : index == 0 && link.Store.Handle is { } news ? [bells, news]
            : [bells];
    }

    /// <summary>The name with the kind before it, such as <c>xen:0</c>.</summary>
    public string Name => _link.Name;

    /// <inheritdoc/>
    public MacAddress Address => _link.Address;

    /// <inheritdoc/>
    public DeviceCapabilities Capabilities => _link.Capabilities;

    /// <summary>The domain of the backend.</summary>
    public int BackendDomain => _link.BackendDomain;

    /// <summary>Whether frames pass.</summary>
    public bool IsUp => _isUp;

    /// <summary>Why the interface does not work; none while it does, or waits for its backend.</summary>
    public NetfrontFault Fault => _link.Fault;

    /// <summary>The same in words, and what to do about it; null where there is no fault. One line.</summary>
    public string? Hint => NetfrontFailure.Describe(_link);

    /// <inheritdoc/>
    SafeFileHandle[] IPollable.Handles => _handles;

    /// <inheritdoc/>
    bool IPollable.IsTransmitBlocked => false;

    /// <summary>The connection that the rings are of.</summary>
    internal int Followed => _isDisposed ? _link.Generation : _followed;

    /// <summary>The rings, while the connection has some.</summary>
    internal QueueRings? Rings => _rings;

    /// <summary>Whether frames are on their way to the backend.</summary>
    internal bool HasOutstanding => _rings?.Transmit.OutstandingRequests > 0;

    /// <summary>Opens an interface with one queue.</summary>
    /// <inheritdoc cref="OpenQueues"/>
    public static NetfrontDevice Open(IHypervisor hypervisor, int index, NetfrontOptions? options = null)
    {
        NetfrontOptions one = options ?? new NetfrontOptions();
        return one.Queues == 1
            ? OpenQueues(hypervisor, index, one)[0]
            : throw new ArgumentException("One device is one queue: open several with OpenQueues.", nameof(options));
    }

    /// <summary>Opens an interface, with as many queues as both sides want: each is a device of its own, for a loop of its own.</summary>
    /// <param name="hypervisor">The platform. The devices do not dispose it.</param>
    /// <param name="index">The number of the interface in the domain, from 0.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <returns>The queues. Each is disposed by itself.</returns>
    /// <exception cref="XenException">There is no such interface, or its backend does not answer.</exception>
    public static IReadOnlyList<NetfrontDevice> OpenQueues(IHypervisor hypervisor, int index, NetfrontOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(hypervisor);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        options ??= new NetfrontOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Queues, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Queues, NetfrontOptions.MaximumQueues, nameof(options));
        return NetfrontLink.Open(hypervisor, index, options).MakeQueues();
    }

    /// <inheritdoc/>
    public void Attach(PacketPool pool, Action wake)
    {
        _grants = BlockGrants.Attach(pool, _link, _link.Features.Queues);
        _pool = pool;
        _wake = wake;
        _link.QueueFollowed();
    }

    /// <inheritdoc/>
    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        Follow(now);
        if (!_isUp)
        {
            TakeEvents();
            return 0;
        }

        ReceiveQueue queue = _rings!.Receive;
        int count = queue.Receive(burst, out NetfrontFault fault);
        if (fault != NetfrontFault.None)
        {
            Break(fault);
            return count;
        }

        if (queue.Refill())
        {
            _channels.Notify(_rings.ReceivePort);
        }

        if (count < burst.Length)
        {
            TakeEvents();
        }

        return count;
    }

    /// <inheritdoc/>
    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        if (_isUp)
        {
            int count = _rings!.Transmit.Transmit(burst, out bool wantsNotice);
            if (wantsNotice)
            {
                _channels.Notify(_rings.TransmitPort);
            }

            return count;
        }

        if (_link.IsComingUp && !_isBroken && !_isDisposed)
        {
            return 0;
        }

        foreach (PacketBuffer frame in burst)
        {
            _pool!.Counters.CountDrop(DropReason.DeviceTransmitFailed);
            frame.Pool.Return(frame);
        }

        return burst.Length;
    }

    /// <inheritdoc/>
    public void Reclaim()
    {
        if (_isUp && _rings!.Transmit.Reclaim() is var fault && fault != NetfrontFault.None)
        {
            Break(fault);
        }
    }

    /// <summary>
    /// Takes leave of the backend, as the loop ends: the blocks on the rings come home when it has let go of them, which a few
    /// turns later it has. The interface does not connect again.
    /// </summary>
    public void ReleaseBuffers() => _link.Close();

    /// <inheritdoc/>
    public IDeviceWaiter? CreateWaiter()
    {
        if (_handles.Length == 0)
        {
            return null;
        }

        PollWaiter waiter = new();
        waiter.TryAdd(this);
        return waiter;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _link.Close();
        if (_index == 0)
        {
            _link.End();
        }

        CloseRings();
        _isDisposed = true;
        _grants?.Detach();
        _channels.Dispose();
        _link.QueueDisposed();
    }

    /// <summary>Wakes the queue's loop. Any thread.</summary>
    internal void Wake() => _wake?.Invoke();

    /// <summary>Does as the interface's connection asks.</summary>
    private void Follow(Instant now)
    {
        if (_index == 0)
        {
            _link.Advance(now);
        }

        if (_link.Generation != _followed)
        {
            ChangeRings();
            if (_index == 0)
            {
                _link.Advance(now);
            }
        }

        bool isUp = _link.UpGeneration == _followed && !_isBroken;
        if (isUp && !_isUp)
        {
            _rings!.NotifyAll();
        }

        _isUp = isUp;
    }

    private void ChangeRings()
    {
        int generation = _link.Generation;
        CloseRings();
        if ((generation & 1) != 0)
        {
            try
            {
                _grants!.Renew(_pool!, _link.BackendDomain, _link.Life);
                _rings = new QueueRings(_link.Hypervisor.Grants, _channels, _grants, _pool!, _link.Features, Name);
            }
            catch (XenException)
            {
                _isBroken = true;
                _link.Report(NetfrontFault.Exhausted);
            }
        }

        _followed = generation;
        _link.QueueFollowed();
    }

    private void CloseRings()
    {
        _rings?.Close();
        _rings = null;
        _isUp = false;
        _isBroken = false;
    }

    /// <summary>Uses the rings no more: what stands on them makes no sense.</summary>
    private void Break(NetfrontFault fault)
    {
        _isBroken = true;
        _isUp = false;
        _link.Report(fault);
    }

    /// <summary>Lets the bells ring again, when there is nothing left to do: a storm of them costs one look a turn.</summary>
    private void TakeEvents()
    {
        for (int taken = 0; taken < MostEventsATurn && _channels.TryTakeFired(out uint port); taken++)
        {
            _channels.Unmask(port);
        }
    }
}
