using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The event channels of one loop in a simulated domain.</summary>
internal sealed class SimulatedEventChannels(SimulatedXen xen, SimulatedHypervisor owner, Action wake) : IEventChannels
{
    private readonly Queue<uint> _fired = new();
    private bool _isClosed;

    public SafeFileHandle? Handle => null;

    public uint AllocateUnbound(ushort domain)
    {
        lock (xen.EventGate)
        {
            return owner.Ports.Add(new SimulatedPort(this, domain));
        }
    }

    public uint? TryBind(ushort domain, uint port)
    {
        uint? bound;
        SimulatedEventChannels? rung = null;
        lock (xen.EventGate)
        {
            bound = owner.Ports.TryBind(this, domain, port);
            if (bound is { } number)
            {
                // What was rung before the binding is not lost: Xen raises the new port once.
                rung = Raise(owner.Ports.Find(number)!);
            }
        }

        rung?.Wake();
        return bound;
    }

    public void Notify(uint port)
    {
        SimulatedEventChannels? rung = null;
        lock (xen.EventGate)
        {
            owner.Ports.CountNotification();
            if (Find(port)?.Remote is { } remote)
            {
                rung = Raise(remote);
            }
        }

        rung?.Wake();
    }

    public bool TryTakeFired(out uint port)
    {
        lock (xen.EventGate)
        {
            while (_fired.TryDequeue(out port))
            {
                if (Find(port) is not null)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public void Unmask(uint port)
    {
        SimulatedEventChannels? rung = null;
        lock (xen.EventGate)
        {
            if (Find(port) is { IsMasked: true } own)
            {
                own.IsMasked = false;
                if (own.IsPending)
                {
                    own.IsPending = false;
                    rung = Raise(own);
                }
            }
        }

        rung?.Wake();
    }

    public void Close(uint port)
    {
        lock (xen.EventGate)
        {
            if (Find(port) is { } own)
            {
                owner.Ports.Close(own);
            }
        }
    }

    public void Dispose()
    {
        lock (xen.EventGate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            owner.Ports.CloseAllOf(this);
        }

        owner.Forget(this);
    }

    /// <returns>Whose loop is to be woken.</returns>
    private static SimulatedEventChannels? Raise(SimulatedPort port)
    {
        if (port.IsMasked)
        {
            port.IsPending = true;
            return null;
        }

        port.IsMasked = true;
        port.Set._fired.Enqueue(port.Number);
        return port.Set;
    }

    private SimulatedPort? Find(uint port) => owner.Ports.Find(port) is { } own && own.Set == this ? own : null;

    private void Wake() => wake();
}
