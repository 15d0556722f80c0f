using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Xen in process: domains that grant each other pages, ring each other's bells and share one xenstore, without a hypervisor below.
/// For tests, simulations and benches. A mapped page is the owner's memory itself; time stands until it is set.
/// </summary>
/// <remarks>Any thread may call any member. Waking callbacks run on the thread that caused the event, with no lock held.</remarks>
public sealed class SimulatedXen : IDisposable
{
    private readonly Lock _gate = new();
    private SimulatedHypervisor?[] _domains = [];
    private long _now;

    /// <summary>Makes the machine with its domain 0.</summary>
    public SimulatedXen()
    {
        Store = new XenStoreTree();
        Domain0 = AddDomain(0);
    }

    /// <summary>The domain of the toolstack and, mostly, of the backends: it may write all of xenstore.</summary>
    public SimulatedHypervisor Domain0 { get; }

    /// <summary>The most grants a domain gives at once.</summary>
    public int MaximumGrants { get; init; } = 65_536;

    /// <summary>
    /// Whether pages lose what they held as they are granted and as grants end, which <see cref="IGrantTable"/> allows a platform:
    /// they are filled with a pattern.
    /// </summary>
    public bool IsScribbling { get; set; }

    /// <summary>The time that every domain sees.</summary>
    public Instant Now
    {
        get => new(Volatile.Read(ref _now));
        set => Volatile.Write(ref _now, value.Nanoseconds);
    }

    /// <summary>The one xenstore.</summary>
    internal XenStoreTree Store { get; }

    /// <summary>Serializes event channels: both ends of a channel change together.</summary>
    internal Lock EventGate { get; } = new();

    /// <summary>Pages that another domain has mapped, with how often. Guarded by itself.</summary>
    internal MappedPages Mapped { get; } = new();

    /// <summary>Creates a domain with its home in xenstore.</summary>
    /// <param name="domain">Its number, which nobody has.</param>
    /// <exception cref="ArgumentException">The number is taken.</exception>
    public SimulatedHypervisor AddDomain(ushort domain)
    {
        SimulatedHypervisor added = new(this, domain);
        Place(domain, added);
        Store.MakeHome(domain);
        return added;
    }

    /// <summary>
    /// Suspends a domain and resumes it, as a save and a restore do: its grants and event channels are gone, whatever other domains
    /// still hold of them; time has gone on; its watches fire again.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="pause">How much later it goes on.</param>
    /// <param name="toolstack">Writes its devices anew before it goes on, such as with <see cref="VifToolstack.Restore"/>; null leaves them.</param>
    /// <param name="number">Its number from now on: a restored domain has a new one. Null keeps it.</param>
    public void Resume(SimulatedHypervisor domain, Duration pause, Action? toolstack = null, ushort? number = null)
    {
        domain.Table.Forget();
        lock (EventGate)
        {
            domain.Ports.CloseAll();
        }

        Now += pause;
        if (number is { } other && other != domain.Domain)
        {
            Renumber(domain, other);
        }

        toolstack?.Invoke();
        Store.FireAll(domain.Domain);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SimulatedHypervisor? domain in _domains)
        {
            domain?.Dispose();
        }
    }

    /// <summary>The domain of a number; null where there is none.</summary>
    internal SimulatedHypervisor? Find(ushort domain)
    {
        SimulatedHypervisor?[] domains = Volatile.Read(ref _domains);
        return domain < domains.Length ? domains[domain] : null;
    }

    private void Renumber(SimulatedHypervisor domain, ushort number)
    {
        ushort old = domain.Domain;
        Place(number, domain);
        lock (_gate)
        {
            _domains[old] = null;
        }

        domain.Renumber(number);
        Store.MakeHome(number);
        Store.Renumber(old, number);
    }

    private void Place(ushort domain, SimulatedHypervisor hypervisor)
    {
        lock (_gate)
        {
            if (Find(domain) is not null)
            {
                throw new ArgumentException($"Domain {domain} is there already.", nameof(domain));
            }

            SimulatedHypervisor?[] domains = new SimulatedHypervisor?[Math.Max(_domains.Length, domain + 1)];
            _domains.CopyTo(domains, 0);
            domains[domain] = hypervisor;
            Volatile.Write(ref _domains, domains);
        }
    }
}
