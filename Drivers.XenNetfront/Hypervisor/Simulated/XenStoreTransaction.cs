namespace NetStack.Drivers.XenNetfront;

/// <summary>What a transaction has read and written since it began.</summary>
internal sealed class XenStoreTransaction(XenStoreNode root)
{
    private readonly Dictionary<string, long> _used = new(StringComparer.Ordinal);
    private readonly List<Action<XenStoreChange>> _writes = [];
    private readonly XenStoreNode _began = root;
    private XenStoreNode _own = root;

    public XenStoreNode? Read(string path)
    {
        Use(path);
        return XenStoreChange.Find(_own, path);
    }

    public void Write(string path, Action<XenStoreChange> write)
    {
        Use(path);
        XenStoreChange change = new(_own, long.MaxValue);
        write(change);
        _own = change.Root;
        _writes.Add(write);
    }

    /// <summary>Whether everything it used stands in a tree as it stood when it began.</summary>
    public bool IsStillTrueOf(XenStoreNode root)
    {
        foreach ((string path, long changed) in _used)
        {
            if (ChangedIn(root, path) != changed)
            {
                return false;
            }
        }

        return true;
    }

    public void Repeat(XenStoreChange change) => _writes.ForEach(write => write(change));

    private void Use(string path) => _used.TryAdd(path, ChangedIn(_began, path));

    private static long ChangedIn(XenStoreNode root, string path) => XenStoreChange.Find(root, path)?.Changed ?? -1;
}
