using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The other side of a network interface of Xen's, in process: it speaks the backend's part in xenstore, in the shared rings and
/// on the control ring as Linux's netback does, and carries frames between the frontend and an Ethernet device. For simulations,
/// tests and benches; it can lie (<see cref="Lies"/>).
/// </summary>
/// <remarks>
/// One thread calls <see cref="Turn"/>, and all else but the counters. Protocol: Xen's <c>public/io/netif.h</c>; limits and what
/// is an error: Linux's <c>drivers/net/xen-netback</c>.
/// </remarks>
public sealed partial class NetbackTwin : IDisposable
{
    private readonly IHypervisor _hypervisor;
    private readonly NetbackOptions _options;
    private readonly IEthernetDevice _outside;
    private readonly PacketPool _pool;
    private readonly IEventChannels _events;
    private readonly IXenStore _store;
    private readonly int _index;
    private readonly Action _wake;
    private NetbackQueue[] _queues = [];
    private NetbackControl? _control;
    private bool _isDisabled;

    /// <summary>Makes the backend of an interface. It waits for a toolstack to make the interface's nodes.</summary>
    /// <param name="hypervisor">The backend's domain.</param>
    /// <param name="frontendDomain">The frontend's domain.</param>
    /// <param name="index">The number of the interface in the frontend's domain.</param>
    /// <param name="outside">Where the frames go to and come from. Disposed with the twin.</param>
    /// <param name="options">What it offers.</param>
    /// <param name="pool">Its packet buffers; a pool of its own where null. Two twins on one thread may share one.</param>
    /// <param name="wake">Called, from any thread, when <see cref="Turn"/> has something to do.</param>
    /// <exception cref="XenException">The platform refuses.</exception>
    public NetbackTwin(
        IHypervisor hypervisor, ushort frontendDomain, int index, IEthernetDevice outside, NetbackOptions? options = null,
        PacketPool? pool = null, Action? wake = null)
    {
        _hypervisor = hypervisor;
        _options = options ?? new NetbackOptions();
        _outside = outside;
        _pool = pool ?? new PacketPool(16_384);
        _index = index;
        FrontendDomain = frontendDomain;
        _wake = wake ?? (() => { });
        _events = hypervisor.OpenEventChannels(_wake);
        _store = hypervisor.OpenStore(_wake);
        outside.Attach(_pool, _wake);
        _offloads = _options.PassesOffloads
            ? DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.TransmitChecksumV6 | DeviceOffloads.SegmentTcpV4 | DeviceOffloads.SegmentTcpV6
            : outside.Capabilities.Offloads;
        _store.Watch("backend/vif", BackendToken);
    }

    /// <summary>The frontend's domain. Another one where a suspended domain was restored with a new number.</summary>
    public ushort FrontendDomain { get; set; }

    /// <summary>What it has done.</summary>
    public NetbackCounters Counters { get; } = new();

    /// <summary>What the frontend did that ended its service; until it closes.</summary>
    public NetbackFault Fault { get; private set; }

    /// <summary>Whether a frontend is connected.</summary>
    public bool IsConnected => _queues.Length > 0;

    /// <summary>The queues of the connected frontend.</summary>
    public int QueueCount => _queues.Length;

    /// <summary>Whether the frontend gave each direction an event channel.</summary>
    public bool UsesSplitEventChannels => _queues.Length > 0 && _queues[0].IsSplit;

    /// <summary>Whether the frontend has a control ring.</summary>
    public bool UsesControlRing => _control is not null;

    /// <summary>Its packet buffers.</summary>
    public PacketPool Pool => _pool;

    /// <summary>The lies it tells; null for the truth.</summary>
    public NetbackLies? Lies { get; set; }

    internal GuestFeatures Guest { get; private set; }

    internal MulticastFilter Groups { get; } = new();

    internal ToeplitzSteering Steering { get; } = new();

    internal bool HashesFrames => Steering.IsOn;

    internal Duration DrainTimeout => _options.DrainTimeout;

    /// <summary>Does what there is to do, without waiting.</summary>
    /// <param name="now">The time, as <see cref="IHypervisor.Now"/> has it.</param>
    /// <returns>Whether anything was done. Where not, <c>wake</c> is called for the next.</returns>
    public bool Turn(Instant now)
    {
        bool isBusy = TakeEvents() | TakeStoreEvents();
        isBusy |= _control?.Serve() ?? false;
        isBusy |= CarryFromGuest(now);
        isBusy |= CarryToGuest(now);
        _outside.Reclaim();
        isBusy |= Lies?.TellMore(this, _store, BackendPath, _queues, _events) ?? false;
        return isBusy || AskForEvents();
    }

    /// <summary>Closes the connection in order, as when the backend's driver is unloaded; it comes back when the frontend starts anew.</summary>
    public void Close()
    {
        _awaitsClosing = true;
        SwitchTo(XenbusState.Closed);
    }

    /// <summary>Is gone from one moment to the next: no word in xenstore, rings unmapped, event channels closed.</summary>
    public void Die()
    {
        Disconnect();
        _isDead = true;
    }

    /// <summary>Comes back after <see cref="Die"/>, as a new backend that finds the nodes as they are.</summary>
    public void Revive()
    {
        _isDead = false;
        _state = XenbusState.Unknown;
        _isStoreChanged = true;
        Probe();
        _wake();
    }

    /// <summary>Ends it without a word.</summary>
    public void Dispose()
    {
        Disconnect();
        DropOutgoing();
        _outside.Reclaim();
        _outside.Dispose();
        _store.Dispose();
        _events.Dispose();
    }

    /// <summary>Ends the service of a frontend that broke the rules, until it closes.</summary>
    internal void Fail(NetbackFault fault)
    {
        Fault = fault;
        _isDisabled = true;
    }

    internal StagingTable? StagingOf(uint queue) => queue < (uint)_queues.Length ? _queues[queue].Staging : null;

    internal uint HashOf(PacketBuffer frame, out int type) => Steering.HashOf(frame, out type);

    private bool TakeEvents()
    {
        bool hasFired = false;
        while (_events.TryTakeFired(out uint port))
        {
            _events.Unmask(port);
            Counters.Events++;
            hasFired = true;
        }

        return hasFired;
    }

    private bool AskForEvents()
    {
        bool hasWork = _control?.AskForEvents() ?? false;
        if (!_isDisabled)
        {
            foreach (NetbackQueue queue in _queues)
            {
                hasWork |= queue.AskForEvents();
            }
        }

        return hasWork;
    }
}
