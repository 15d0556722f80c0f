using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.XenNetfront;

/// <summary>A domain's connection to the simulated xenstore.</summary>
internal sealed class SimulatedXenStore(XenStoreTree tree, SimulatedHypervisor owner, Action wake) : IXenStore
{
    private readonly Dictionary<uint, XenStoreTransaction> _transactions = [];
    private readonly List<(string Path, string Given, string Token)> _watches = [];
    private readonly Queue<(string Path, string Token)> _fired = new();
    private uint _lastTransaction;

    public SafeFileHandle? Handle => null;

    public ushort Domain => owner.Domain;

    public string? Read(string path, uint transaction = 0)
    {
        lock (tree.Gate)
        {
            return Find(path, transaction)?.Value;
        }
    }

    public void Write(string path, string value, uint transaction = 0)
    {
        if (value.Length > IXenStore.MaximumPayloadBytes)
        {
            throw new XenException(XenError.CallFailed, $"xenstore: the value for {path} is longer than a message.", XenStorePath.InvalidArgument);
        }

        string node = Resolve(path);
        ushort domain = Domain;
        Change(node, change => change.Write(node, value, domain), transaction);
    }

    public void Remove(string path, uint transaction = 0)
    {
        string node = Resolve(path);
        ushort domain = Domain;
        Change(node, change => change.Remove(node, domain), transaction);
    }

    public IReadOnlyList<string>? List(string path, uint transaction = 0)
    {
        lock (tree.Gate)
        {
            return Find(path, transaction) is { } node ? [.. node.Children.Keys] : null;
        }
    }

    public void PermitReading(string path, ushort domain, uint transaction = 0)
    {
        string node = Resolve(path);
        ushort own = Domain;
        Change(node, change => change.SetPermissions(node, own, [domain], own), transaction);
    }

    /// <summary>Gives a node to a domain, as a toolstack does.</summary>
    public void SetOwner(string path, ushort owner, ushort reader)
    {
        string node = Resolve(path);
        Change(node, change => change.SetPermissions(node, owner, [reader], 0), 0);
    }

    public uint Begin()
    {
        lock (tree.Gate)
        {
            _transactions.Add(++_lastTransaction, new XenStoreTransaction(tree.Root));
            return _lastTransaction;
        }
    }

    public bool End(uint transaction, bool commits)
    {
        XenStoreTransaction ended;
        lock (tree.Gate)
        {
            ended = Running(transaction);
            _transactions.Remove(transaction);
        }

        return !commits || tree.TryCommit(ended);
    }

    public void Watch(string path, string token)
    {
        string resolved = path.StartsWith('@') ? path : Resolve(path);
        lock (tree.Gate)
        {
            if (_watches.Contains((resolved, path, token)))
            {
                throw new XenException(XenError.CallFailed, $"xenstore: {path} is watched with the token {token} already.", XenStorePath.Exists);
            }

            _watches.Add((resolved, path, token));
            _fired.Enqueue((path, token));
        }

        wake();
    }

    public void Unwatch(string path, string token)
    {
        lock (tree.Gate)
        {
            _watches.RemoveAll(watch => watch.Given == path && watch.Token == token);
        }
    }

    public bool TryTakeFired(out string path, out string token)
    {
        lock (tree.Gate)
        {
            bool isThere = _fired.TryDequeue(out (string Path, string Token) fired);
            (path, token) = isThere ? fired : ("", "");
            return isThere;
        }
    }

    public void Dispose()
    {
        tree.Disconnect(this);
        owner.Forget(this);
    }

    internal void Wake() => wake();

    /// <summary>Under the tree's lock: fires the watches that a change concerns.</summary>
    internal bool Fire(string changed, bool isRemoval, XenStoreNode before)
    {
        bool hasFired = false;
        foreach ((string path, string given, string token) in _watches)
        {
            if (XenStorePath.IsWithin(changed, path))
            {
                // Told in the terms the watch was set in.
                _fired.Enqueue((given + changed[(path == "/" ? 0 : path.Length)..], token));
                hasFired = true;
            }
            else if (isRemoval && XenStorePath.IsWithin(path, changed) && XenStoreChange.Find(before, path) is not null)
            {
                _fired.Enqueue((given, token));
                hasFired = true;
            }
        }

        return hasFired;
    }

    /// <summary>Under the tree's lock.</summary>
    internal bool FireAll()
    {
        _watches.ForEach(watch => _fired.Enqueue((watch.Given, watch.Token)));
        return _watches.Count > 0;
    }

    /// <summary>Under the tree's lock: relative paths mean the new home.</summary>
    internal void Rehome()
    {
        for (int i = 0; i < _watches.Count; i++)
        {
            if (!_watches[i].Given.StartsWith('@'))
            {
                _watches[i] = (Resolve(_watches[i].Given), _watches[i].Given, _watches[i].Token);
            }
        }
    }

    private string Resolve(string path) => XenStorePath.Resolve(path, Domain);

    private XenStoreNode? Find(string path, uint transaction)
    {
        string node = Resolve(path);
        XenStoreNode? found = transaction == 0 ? XenStoreChange.Find(tree.Root, node) : Running(transaction).Read(node);
        return found is not null && found.IsReadableBy(Domain) ? found : null;
    }

    private void Change(string node, Action<XenStoreChange> write, uint transaction)
    {
        if (transaction == 0)
        {
            tree.Change(write);
            return;
        }

        lock (tree.Gate)
        {
            Running(transaction).Write(node, write);
        }
    }

    private XenStoreTransaction Running(uint transaction) => _transactions.GetValueOrDefault(transaction)
        ?? throw new XenException(XenError.CallFailed, $"xenstore: there is no transaction {transaction}: begin one.", XenStorePath.NoSuchTransaction);
}
