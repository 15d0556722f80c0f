using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>One domain of a <see cref="SimulatedXen"/>, seen from within, with counts of what it asked for.</summary>
public sealed class SimulatedHypervisor : IHypervisor
{
    private readonly SimulatedXen _xen;
    private readonly Lock _gate = new();
    private readonly List<IDisposable> _opened = [];
    private bool _isDisposed;

    internal SimulatedHypervisor(SimulatedXen xen, ushort domain)
    {
        _xen = xen;
        Domain = domain;
        Table = new SimulatedGrantTable(xen, this);
        Ports = new SimulatedPorts(xen, this);
    }

    /// <summary>Its number. Another after a suspend, where the toolstack restored it so.</summary>
    public ushort Domain { get; private set; }

    /// <inheritdoc/>
    public string Name => $"simulated domain {Domain}";

    /// <inheritdoc/>
    public IGrantTable Grants => Table;

    /// <inheritdoc/>
    public Instant Now => _xen.Now;

    /// <summary>The grant copies it has asked for.</summary>
    public long CopiesAsked => Table.CopiesAsked;

    /// <summary>The pages it has mapped of other domains, over its life.</summary>
    public long MapsAsked => Table.MapsAsked;

    /// <summary>The pages it has mapped and not unmapped.</summary>
    public int PagesMapped => Table.PagesMapped;

    /// <summary>The pages it has allocated and not freed.</summary>
    public int PagesAllocated => Table.PagesAllocated;

    /// <summary>The event channels it has open.</summary>
    public int PortsOpen => Ports.OpenCount;

    /// <summary>The notifications it has sent.</summary>
    public long NotificationsSent => Ports.NotificationsSent;

    internal SimulatedGrantTable Table { get; }

    internal SimulatedPorts Ports { get; }

    /// <inheritdoc/>
    public IEventChannels OpenEventChannels(Action wake) => Keep(new SimulatedEventChannels(_xen, this, wake));

    /// <inheritdoc/>
    public IXenStore OpenStore(Action wake) => Keep(_xen.Store.Connect(this, wake));

    /// <inheritdoc/>
    public void Dispose()
    {
        IDisposable[] opened;
        lock (_gate)
        {
            _isDisposed = true;
            opened = [.. _opened];
            _opened.Clear();
        }

        foreach (IDisposable one in opened)
        {
            one.Dispose();
        }
    }

    internal void Renumber(ushort domain) => Domain = domain;

    internal void Forget(IDisposable closed)
    {
        lock (_gate)
        {
            _opened.Remove(closed);
        }
    }

    private T Keep<T>(T opened)
        where T : IDisposable
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                throw new XenException(XenError.NotXen, $"{Name}: is closed; open another.");
            }

            _opened.Add(opened);
        }

        return opened;
    }
}
