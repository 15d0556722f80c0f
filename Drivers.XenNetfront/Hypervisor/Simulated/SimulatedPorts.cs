namespace NetStack.Drivers.XenNetfront;

/// <summary>The event channels of one simulated domain. Every member but the counts is called under <see cref="SimulatedXen.EventGate"/>.</summary>
internal sealed class SimulatedPorts(SimulatedXen xen, SimulatedHypervisor owner)
{
    // Port 0 is never given: Xen marks it invalid.
    private readonly List<SimulatedPort?> _ports = [null];
    private int _openCount;
    private long _notificationsSent;

    public int OpenCount => Volatile.Read(ref _openCount);

    public long NotificationsSent => Volatile.Read(ref _notificationsSent);

    public uint Add(SimulatedPort port)
    {
        int number = _ports.IndexOf(null, 1);
        if (number < 0)
        {
            number = _ports.Count;
            _ports.Add(null);
        }

        _ports[number] = port;
        port.Number = (uint)number;
        _openCount++;
        return port.Number;
    }

    public SimulatedPort? Find(uint number) => number < (uint)_ports.Count ? _ports[(int)number] : null;

    /// <summary>Binds to another domain's port.</summary>
    public uint? TryBind(SimulatedEventChannels set, ushort domain, uint number)
    {
        if (xen.Find(domain)?.Ports.Find(number) is not { Remote: null } remote || remote.RemoteDomain != owner.Domain)
        {
            return null;
        }

        SimulatedPort port = new(set, domain) { Remote = remote };
        remote.Remote = port;
        return Add(port);
    }

    public void CountNotification() => _notificationsSent++;

    /// <summary>Closes a port. The other end can be bound to again.</summary>
    public void Close(SimulatedPort port)
    {
        if (port.Remote is { } remote)
        {
            remote.Remote = null;
            port.Remote = null;
        }

        _ports[(int)port.Number] = null;
        _openCount--;
    }

    public void CloseAll() => CloseAllOf(null);

    /// <summary>Closes the ports of one set, or all.</summary>
    public void CloseAllOf(SimulatedEventChannels? set)
    {
        for (int number = 1; number < _ports.Count; number++)
        {
            if (_ports[number] is { } port && (set is null || port.Set == set))
            {
                Close(port);
            }
        }
    }
}
