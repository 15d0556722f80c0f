using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// What <c>xl</c> does in xenstore for the network interface (vif) of a domain: makes it, takes it away, makes it anew after a suspend.
/// </summary>
/// <remarks>Node names: Xen's <c>docs/misc/xenstore-paths.pandoc</c> and <c>public/io/netif.h</c>.</remarks>
public sealed class VifToolstack : IDisposable
{
    private const string Initialising = "1";
    private const string Closing = "5";

    private readonly SimulatedXenStore _store;
    private readonly SimulatedHypervisor _backend;

    /// <summary>Makes a toolstack.</summary>
    /// <param name="xen">The machine.</param>
    /// <param name="backend">The domain of the backends; domain 0 where null.</param>
    public VifToolstack(SimulatedXen xen, SimulatedHypervisor? backend = null)
    {
        _backend = backend ?? xen.Domain0;
        _store = xen.Store.Connect(xen.Domain0, () => { });
    }

    /// <summary>The directory of an interface's frontend.</summary>
    public static string FrontendPath(SimulatedHypervisor domain, int index) => $"/local/domain/{domain.Domain}/device/vif/{index}";

    /// <summary>The directory of an interface's backend.</summary>
    public string BackendPath(SimulatedHypervisor domain, int index) => $"/local/domain/{_backend.Domain}/backend/vif/{domain.Domain}/{index}";

    /// <summary>Gives a domain an interface, as <c>xl network-attach</c> does.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="index">The interface's number in it.</param>
    /// <param name="address">The station address.</param>
    /// <param name="mtuBytes">The MTU for the frontend to know; zero writes none.</param>
    public void Attach(SimulatedHypervisor domain, int index, MacAddress address, int mtuBytes = 0)
    {
        string frontend = FrontendPath(domain, index);
        string backend = BackendPath(domain, index);
        _store.Write(frontend, "");
        _store.SetOwner(frontend, domain.Domain, _backend.Domain);
        _store.Write(backend, "");
        _store.SetOwner(backend, _backend.Domain, domain.Domain);
        while (true)
        {
            uint transaction = _store.Begin();
            _store.Write($"{frontend}/backend", backend, transaction);
            _store.Write($"{frontend}/backend-id", $"{_backend.Domain}", transaction);
            _store.Write($"{frontend}/handle", $"{index}", transaction);
            _store.Write($"{frontend}/mac", $"{address}", transaction);
            if (mtuBytes > 0)
            {
                _store.Write($"{frontend}/mtu", $"{mtuBytes}", transaction);
            }

            _store.Write($"{frontend}/state", Initialising, transaction);
            _store.Write($"{backend}/frontend", frontend, transaction);
            _store.Write($"{backend}/frontend-id", $"{domain.Domain}", transaction);
            _store.Write($"{backend}/handle", $"{index}", transaction);
            _store.Write($"{backend}/mac", $"{address}", transaction);
            _store.Write($"{backend}/bridge", "xenbr0", transaction);
            _store.Write($"{backend}/online", "1", transaction);
            _store.Write($"{backend}/state", Initialising, transaction);
            if (_store.End(transaction, commits: true))
            {
                return;
            }
        }
    }

    /// <summary>Asks both sides to close an interface, as <c>xl network-detach</c> does at first.</summary>
    public void BeginDetach(SimulatedHypervisor domain, int index)
    {
        string backend = BackendPath(domain, index);
        _store.Write($"{backend}/online", "0");
        _store.Write($"{backend}/state", Closing);
    }

    /// <summary>Removes an interface's nodes, as <c>xl network-detach</c> does once the backend is closed, or with force at once.</summary>
    public void EndDetach(SimulatedHypervisor domain, int index)
    {
        _store.Remove(FrontendPath(domain, index));
        _store.Remove(BackendPath(domain, index));
    }

    /// <summary>Makes an interface anew for a domain that is about to go on after a suspend: both sides start at the beginning.</summary>
    /// <inheritdoc cref="Attach"/>
    public void Restore(SimulatedHypervisor domain, int index, MacAddress address, int mtuBytes = 0)
    {
        EndDetach(domain, index);
        Attach(domain, index, address, mtuBytes);
    }

    /// <summary>Reads any node.</summary>
    public string? Read(string path) => _store.Read(path);

    /// <summary>Writes any node: a test's hand in xenstore.</summary>
    public void Write(string path, string value) => _store.Write(path, value);

    /// <summary>Removes any node and all below it.</summary>
    public void Remove(string path) => _store.Remove(path);

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
