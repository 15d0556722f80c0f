namespace NetStack.Drivers.XenNetfront;

/// <summary>The one xenstore of a simulated machine: the tree, who is connected, and who watches.</summary>
internal sealed class XenStoreTree
{
    private readonly Lock _gate = new();
    private readonly List<SimulatedXenStore> _connections = [];
    private XenStoreNode _root = new("", 0, null, 0, XenStoreNode.NoChildren);
    private long _changes;

    /// <summary>Serializes everything; connections take it for each call.</summary>
    public Lock Gate => _gate;

    public XenStoreNode Root => _root;

    public SimulatedXenStore Connect(SimulatedHypervisor domain, Action wake)
    {
        SimulatedXenStore connection = new(this, domain, wake);
        lock (_gate)
        {
            _connections.Add(connection);
        }

        return connection;
    }

    public void Disconnect(SimulatedXenStore connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }

    /// <summary>Makes what a toolstack makes for a new domain.</summary>
    public void MakeHome(ushort domain)
    {
        string home = XenStorePath.HomeOf(domain);
        Change(change =>
        {
            change.Write(home, "", 0);
            change.SetPermissions(home, 0, [domain], 0);
            change.Write($"{home}/domid", $"{domain}", 0);
            change.Write($"{home}/device", "", 0);
            change.Write($"{home}/data", "", 0);
            change.SetPermissions($"{home}/data", domain, [], 0);
        });
    }

    /// <summary>Fires every watch of a domain once more.</summary>
    public void FireAll(ushort domain)
    {
        List<SimulatedXenStore> woken = [];
        lock (_gate)
        {
            foreach (SimulatedXenStore connection in _connections)
            {
                if (connection.Domain == domain && connection.FireAll())
                {
                    woken.Add(connection);
                }
            }
        }

        woken.ForEach(connection => connection.Wake());
    }

    /// <summary>Removes the home that a domain had; its connections mean the new one.</summary>
    public void Renumber(ushort old, ushort domain)
    {
        lock (_gate)
        {
            _connections.Where(connection => connection.Domain == domain).ToList().ForEach(connection => connection.Rehome());
        }

        Change(change => change.Remove(XenStorePath.HomeOf(old), 0));
    }

    /// <summary>Changes the tree and fires watches for what changed.</summary>
    public void Change(Action<XenStoreChange> write)
    {
        List<SimulatedXenStore> woken = [];
        lock (_gate)
        {
            XenStoreChange change = new(_root, ++_changes);
            write(change);
            Publish(change, woken);
        }

        woken.ForEach(connection => connection.Wake());
    }

    /// <summary>Ends a transaction.</summary>
    /// <returns>False where something it used has changed since it began.</returns>
    public bool TryCommit(XenStoreTransaction transaction)
    {
        List<SimulatedXenStore> woken = [];
        lock (_gate)
        {
            if (!transaction.IsStillTrueOf(_root))
            {
                return false;
            }

            XenStoreChange change = new(_root, ++_changes);
            transaction.Repeat(change);
            Publish(change, woken);
        }

        woken.ForEach(connection => connection.Wake());
        return true;
    }

    private void Publish(XenStoreChange change, List<SimulatedXenStore> woken)
    {
        XenStoreNode before = _root;
        _root = change.Root;
        foreach ((string path, bool isRemoval) in change.Changed)
        {
            foreach (SimulatedXenStore connection in _connections)
            {
                if (connection.Fire(path, isRemoval, before) && !woken.Contains(connection))
                {
                    woken.Add(connection);
                }
            }
        }
    }
}
