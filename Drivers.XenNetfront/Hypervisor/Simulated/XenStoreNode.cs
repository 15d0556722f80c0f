namespace NetStack.Drivers.XenNetfront;

/// <summary>A node of the simulated xenstore. Never changed: a change makes new nodes from here to the root, so that a transaction's tree is a reference.</summary>
/// <param name="Value">Its text.</param>
/// <param name="Owner">The domain that may write it, and make nodes below.</param>
/// <param name="Readers">Who else may read it; null for everybody.</param>
/// <param name="Changed">When its value, its permissions or the list of its children changed last, counted in changes of the tree.</param>
/// <param name="Children">The nodes below by name.</param>
internal sealed record XenStoreNode(
    string Value, ushort Owner, ushort[]? Readers, long Changed, SortedList<string, XenStoreNode> Children)
{
    public static SortedList<string, XenStoreNode> NoChildren { get; } = new(StringComparer.Ordinal);

    public bool IsReadableBy(ushort domain) => domain == 0 || domain == Owner || Readers is null || Readers.Contains(domain);

    public bool IsWritableBy(ushort domain) => domain == 0 || domain == Owner;

    /// <summary>The node with one child set, or removed where that is null.</summary>
    /// <param name="name">The child's name.</param>
    /// <param name="child">The child.</param>
    /// <param name="changed">The number of the change.</param>
    public XenStoreNode With(string name, XenStoreNode? child, long changed)
    {
        SortedList<string, XenStoreNode> children = new(Children, StringComparer.Ordinal);
        bool isListed = children.Remove(name);
        if (child is not null)
        {
            children.Add(name, child);
        }

        return this with { Children = children, Changed = isListed == child is not null ? Changed : changed };
    }
}
