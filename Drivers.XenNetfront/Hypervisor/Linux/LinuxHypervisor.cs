using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Xen as a Linux domain sees it, a guest or dom0, through <c>/dev/xen</c>: <c>gntalloc</c>, <c>gntdev</c>, <c>evtchn</c> and
/// <c>xenbus</c>. No module of the kernel drives the device that a driver above this one drives.
/// </summary>
/// <remarks>
/// <para>Grants: <see cref="IGrantTable.TryGrant"/> raises the limit of the module <c>xen_gntalloc</c> as far as Xen's table
/// goes where root opens this; what the pages held is kept, but for what another thread writes meanwhile.</para>
/// <para>After a suspend grants and event channels are gone and watches fire again. The connections to xenstore and the grant
/// table serve on; event channels are closed and opened anew.</para>
/// </remarks>
public sealed class LinuxHypervisor : IHypervisor
{
    private static int _opened;

    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly LinuxGrantTable _grants;
    private readonly LinuxXenStore _store;
    private readonly string _mark;
    private string? _domain;
    private bool _hasMark;
    private int _life;

    private LinuxHypervisor(string folder)
    {
        _folder = folder;
        _mark = $"data/netstack-{Environment.ProcessId}-{Interlocked.Increment(ref _opened)}";
        _store = new LinuxXenStore(new StoreConnection(XenDeviceFile.OpenStore(folder)));
        try
        {
            _grants = new LinuxGrantTable(folder);
            MarkLife();
        }
        catch
        {
            _grants?.Dispose();
            _store.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => _folder;

    /// <inheritdoc/>
    public IGrantTable Grants => _grants;

    /// <inheritdoc/>
    public Instant Now => new((long)Stopwatch.GetElapsedTime(0).TotalNanoseconds);

    /// <summary>How often the domain has been restored since: what belongs to another life is gone. Asks xenstore.</summary>
    internal int Life
    {
        get
        {
            lock (_gate)
            {
                // A restored domain has a new home in xenstore, and mostly a new number.
                if (_store.Read("domid") != _domain || (_hasMark && _store.Read(_mark) is null))
                {
                    _life++;
                    MarkLife();
                }

                return _life;
            }
        }
    }

    /// <summary>Opens the device files.</summary>
    /// <exception cref="XenException">This is no Xen domain, a module is missing, or this user may not: the message says what to do.</exception>
    public static LinuxHypervisor Open() => Open(XenDeviceFile.Folder);

    /// <inheritdoc/>
    public IEventChannels OpenEventChannels(Action wake) => new LinuxEventChannels(this, _folder);

    /// <inheritdoc/>
    public IXenStore OpenStore(Action wake) => new LinuxXenStore(new StoreConnection(XenDeviceFile.OpenStore(_folder)));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            try
            {
                if (_hasMark)
                {
                    _store.Remove(_mark);
                }
            }
            catch (XenException)
            {
                // xenstore may be gone before us.
            }

            _hasMark = false;
            _store.Dispose();
            _grants.Dispose();
        }
    }

    /// <summary>The same where the device files are elsewhere, for tests.</summary>
    internal static LinuxHypervisor Open(string folder) => new(folder);

    private void MarkLife()
    {
        _domain = _store.Read("domid");
        try
        {
            _store.Write(_mark, "");
            _hasMark = true;
        }
        catch (XenException)
        {
            // A toolstack that lets the domain write nothing there: the number must do.
            _hasMark = false;
        }
    }
}
