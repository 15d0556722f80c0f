using System.Globalization;
using System.Security.Cryptography;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// A network interface of Xen's as all its queues share it: what xenstore says of it, and how far its connection has come. The
/// first queue's loop leads; the others follow the number of the connection, <see cref="Generation"/>.
/// </summary>
/// <remarks>
/// <para>While the generation is odd each queue is to have rings, while it is even none. A queue that has done as told says so,
/// and the leader goes on when all have. Frames pass while <see cref="UpGeneration"/> is the queue's own.</para>
/// <para>States: Xen's <c>public/io/xenbus.h</c>.</para>
/// </remarks>
internal sealed partial class NetfrontLink : IDisposable
{
    private const int MostNewsATurn = 64;
    private const int MostStepsATurn = 16;

    private static readonly Duration LookInterval = Duration.FromMilliseconds(5);
    private static readonly Duration RetryInterval = Duration.FromSeconds(1);
    private static readonly Duration CloseGrace = Duration.FromSeconds(1);

    private readonly IHypervisor _hypervisor;
    private readonly IXenStore _store;
    private readonly string _path;
    private readonly List<NetfrontDevice> _queues = [];
    private LinkPhase _phase;
    private string? _backendPath;
    private BackendFeatures _features;
    private ControlRing? _control;
    private bool _isFiltering;
    private Instant _nextLook;
    private Instant _heldUntil;
    private Instant _closeBy;
    private bool _isHeld;
    private bool _hasResumed;
    private bool _isClosing;
    private volatile int _generation;
    private volatile int _upGeneration = -1;
    private volatile bool _hasNews = true;
    private int _reported;
    private int _fault;
    private int _disposedQueues;
    private string? _failure;

    private NetfrontLink(IHypervisor hypervisor, int index, NetfrontOptions options)
    {
        _hypervisor = hypervisor;
        Options = options;
        Name = string.Create(CultureInfo.InvariantCulture, $"xen:{index}");
        _path = string.Create(CultureInfo.InvariantCulture, $"device/vif/{index}");
        Staging = new StagingRequests(options.StagingGrants);
        _store = hypervisor.OpenStore(NewsCame);
    }

    public string Name { get; }

    public NetfrontOptions Options { get; }

    public IHypervisor Hypervisor => _hypervisor;

    /// <summary>What the leader watches for news of xenstore.</summary>
    public IXenStore Store => _store;

    /// <summary>The backend's directory in xenstore; null where none was ever there.</summary>
    public string? BackendPath => _backendPath;

    public MacAddress Address { get; private set; }

    public DeviceCapabilities Capabilities { get; private set; }

    /// <summary>What is in use, of the backend that was there when the interface was opened.</summary>
    public BackendFeatures Features { get; private set; }

    /// <summary>The groups that the loops listen to.</summary>
    public GroupFilter Groups { get; } = new();

    /// <summary>Pages for the backend to keep mapped.</summary>
    public StagingRequests Staging { get; }

    /// <summary>The control ring of this connection; null where there is none. Leader only.</summary>
    public ControlRing? Control => _control;

    /// <summary>What the backend of this connection has: all that was there at first, and maybe more.</summary>
    public BackendFeatures Current => _features;

    /// <summary>The domain of the backend.</summary>
    public ushort BackendDomain { get; private set; }

    /// <summary>Counts the resumes: grants and event channels of an earlier life are lost.</summary>
    public int Life { get; private set; }

    /// <summary>The number of the connection. Any thread.</summary>
    public int Generation => _generation;

    /// <summary>The connection that frames pass on; -1 where none do. Any thread.</summary>
    public int UpGeneration => _upGeneration;

    /// <summary>Whether frames that cannot be sent now can be soon. Any thread.</summary>
    public bool IsComingUp => _generation == 0 || (_generation & 1) != 0;

    /// <summary>Why it does not work. Any thread.</summary>
    public NetfrontFault Fault => (NetfrontFault)Volatile.Read(ref _fault);

    /// <summary>What xenstore or a device file said when it failed. Any thread.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether the interface has ended.</summary>
    public bool IsClosed => _phase == LinkPhase.Closed;

    /// <summary>The rings of a queue are as the generation says. Any thread.</summary>
    public void QueueFollowed()
    {
        _hasNews = true;
        _queues[0].Wake();
    }

    /// <summary>Leader: makes the control ring, together with its own rings.</summary>
    /// <exception cref="XenException">There are no more pages, grants or event channels.</exception>
    public void OpenControl(IEventChannels channels)
    {
        if (_features.ControlRing)
        {
            Span<byte> key = stackalloc byte[ControlRing.HashKeyBytes];
            if (Options.Entropy is { } entropy)
            {
                new SeededEntropy(entropy).Fill(key);
            }
            else
            {
                RandomNumberGenerator.Fill(key);
            }

            _control = new ControlRing(_hypervisor.Grants, channels, BackendDomain, _queues.Count, Staging, key);
        }
    }

    /// <summary>Leader: ends the control ring.</summary>
    public void CloseControl()
    {
        _control?.Close();
        _control = null;
    }

    /// <summary>A queue found that the backend broke the protocol. Any thread.</summary>
    public void Report(NetfrontFault fault)
    {
        Interlocked.CompareExchange(ref _reported, (int)fault, (int)NetfrontFault.None);
        QueueFollowed();
    }

    /// <summary>A queue could not make its rings. Any thread.</summary>
    public void Report(XenException failure)
    {
        Volatile.Write(ref _failure, failure.Message);
        Report(failure.Error == XenError.Exhausted ? NetfrontFault.Exhausted : NetfrontFault.PlatformFailed);
    }

    /// <summary>A queue's loop ends: the interface is closed for good. Any thread.</summary>
    public void Close()
    {
        if (!Volatile.Read(ref _isClosing))
        {
            Volatile.Write(ref _isClosing, true);
            QueueFollowed();
        }
    }

    /// <summary>Leader: goes on with the connection as far as the other side has.</summary>
    public void Advance(Instant now)
    {
        if (!HasNews(now))
        {
            return;
        }

        try
        {
            int steps = 0;
            LinkPhase before;
            do
            {
                before = _phase;
                Step(now);
            }
            while ((_phase != before || TakeNews()) && ++steps < MostStepsATurn);
            _hasNews |= steps == MostStepsATurn;
        }
        catch (XenException failure)
        {
            Volatile.Write(ref _failure, failure.Message);
            Volatile.Write(ref _fault, (int)NetfrontFault.PlatformFailed);
            HoldOff(now);
            if (_phase is LinkPhase.Attaching or LinkPhase.Announced or LinkPhase.Connected)
            {
                Detach();
            }
        }
    }

    /// <summary>Leader: closes the interface at once, where nobody has waited for the backend to let go.</summary>
    public void End()
    {
        if (_phase == LinkPhase.Closed)
        {
            return;
        }

        if ((_generation & 1) != 0)
        {
            Detach();
        }

        _phase = LinkPhase.Closed;
        try
        {
            if (_backendPath is not null && ReadState($"{_path}/state") is { } own)
            {
                SwitchStateFrom(own, XenbusState.Closed);
            }
        }
        catch (XenException)
        {
            // Xenstore is gone, and with it whom to tell.
        }
    }

    /// <summary>A queue is disposed; the last one ends the connection to xenstore.</summary>
    public void QueueDisposed()
    {
        if (Interlocked.Increment(ref _disposedQueues) == _queues.Count)
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private void NewsCame()
    {
        _hasNews = true;
        if (_queues.Count > 0)
        {
            _queues[0].Wake();
        }
    }

    /// <summary>Whether something may have changed. Where xenstore has a descriptor only asking tells, which is not done every turn.</summary>
    private bool HasNews(Instant now)
    {
        bool isOver = _isHeld && now >= _heldUntil;
        bool isEnding = _isClosing && _phase != LinkPhase.Closed;
        if (!_hasNews && !isOver && (now < _nextLook || (_store.Handle is null && !isEnding)))
        {
            return false;
        }

        bool isTold = _hasNews || isOver || isEnding;
        _isHeld &= !isOver;
        _hasNews = false;
        _nextLook = now + LookInterval;
        try
        {
            return TakeNews() || isTold;
        }
        catch (XenException failure)
        {
            Volatile.Write(ref _failure, failure.Message);
            Volatile.Write(ref _fault, (int)NetfrontFault.PlatformFailed);
            return false;
        }
    }

    /// <summary>Takes what has fired, which may have come with the answers to questions: no descriptor tells of that.</summary>
    private bool TakeNews()
    {
        bool hasFired = false;
        for (int taken = 0; taken < MostNewsATurn && _store.TryTakeFired(out _, out _); taken++)
        {
            hasFired = true;
        }

        return hasFired;
    }

    /// <summary>Waits a while before the next attempt: a backend that fails again and again costs little.</summary>
    private void HoldOff(Instant now)
    {
        _isHeld = true;
        _heldUntil = now + RetryInterval;
    }

    private bool HaveAllFollowed()
    {
        foreach (NetfrontDevice queue in _queues)
        {
            if (queue.Followed != _generation)
            {
                return false;
            }
        }

        return true;
    }

    private void Attach()
    {
        _phase = LinkPhase.Attaching;
        Staging.Clear();
        _generation++;
        WakeQueues();
    }

    private void Detach()
    {
        _phase = LinkPhase.Detaching;
        _upGeneration = -1;
        _generation++;
        WakeQueues();
    }

    private void WakeQueues()
    {
        foreach (NetfrontDevice queue in _queues)
        {
            queue.Wake();
        }
    }
}
