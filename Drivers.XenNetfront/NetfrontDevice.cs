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
public sealed partial class NetfrontDevice : IEthernetDevice, IPollable
{
    private const int MostEventsATurn = 8;
    private const int MostLooksATurn = 3;

    private readonly NetfrontLink _link;
    private readonly int _index;
    private IEventChannels _channels;
    private SafeFileHandle[] _handles = [];
    private int _channelLife;
    private readonly List<(byte Type, MacAddress Group)> _groupMessages = [];
    private MacAddress[] _groups = [];
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
        _channels = OpenChannels();
    }

    /// <summary>The name with the kind before it, such as <c>xen:0</c>.</summary>
    public string Name => _link.Name;

    /// <inheritdoc/>
    public MacAddress Address => _link.Address;

    /// <inheritdoc/>
    public DeviceCapabilities Capabilities => _link.Capabilities;

    /// <summary>The domain of the backend.</summary>
    public int BackendDomain => _link.BackendDomain;

    /// <summary>The pages that the domain shares with others now, of all its devices.</summary>
    public int GrantsInUse => _link.Hypervisor.Grants.InUse;

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

    /// <summary>The interface.</summary>
    internal NetfrontLink Link => _link;

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
        _grants.Granted += GrantsGiven;
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
        int count = 0;
        for (int looks = MostLooksATurn; ; looks--)
        {
            count += queue.Receive(burst[count..], out NetfrontFault fault);
            if (fault != NetfrontFault.None)
            {
                Break(fault);
                return count;
            }

            // What rang may have rung after the look: whoever takes it looks again. What is not taken ends the sleep at once.
            if (count == burst.Length || looks == 1 || !TakeEvents())
            {
                break;
            }
        }

        if (queue.Refill())
        {
            _channels.Notify(_rings.ReceivePort);
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
        if (!_isUp)
        {
            return;
        }

        NetfrontFault fault = _rings!.Transmit.Reclaim();
        if (fault == NetfrontFault.None && _index == 0 && _link.Control is { } control)
        {
            fault = control.Advance();
        }

        if (fault != NetfrontFault.None)
        {
            Break(fault);
        }
        else if (_groupMessages.Count > 0 || _rings.Transmit.GroupsRefused > 0)
        {
            TellOfGroups();
        }
    }

    /// <inheritdoc/>
    public void FilterGroups(ReadOnlySpan<MacAddress> groups)
    {
        _link.Groups.Change(_groups, groups, _groupMessages);
        _groups = groups.ToArray();
        _link.QueueFollowed();
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
        if (_grants is not null)
        {
            _grants.Granted -= GrantsGiven;
            _grants.Detach();
        }

        _channels.Dispose();
        _link.QueueDisposed();
    }

    /// <summary>Wakes the queue's loop. Any thread.</summary>
    internal void Wake() => _wake?.Invoke();
}
