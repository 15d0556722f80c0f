namespace NetStack.Drivers.XenNetfront;

/// <summary>Changes to a tree that nobody else sees yet.</summary>
/// <param name="root">The tree they start from.</param>
/// <param name="number">The number of the change, which the changed nodes carry.</param>
internal sealed class XenStoreChange(XenStoreNode root, long number)
{
    private static readonly char[] Slash = ['/'];

    /// <summary>The tree with the changes.</summary>
    public XenStoreNode Root { get; private set; } = root;

    /// <summary>The paths changed, in order.</summary>
    public List<(string Path, bool IsRemoval)> Changed { get; } = [];

    public static string[] Split(string path) => path.Split(Slash, StringSplitOptions.RemoveEmptyEntries);

    public static XenStoreNode? Find(XenStoreNode root, string path)
    {
        XenStoreNode? node = root;
        foreach (string name in Split(path))
        {
            node = node!.Children.GetValueOrDefault(name);
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    public void Write(string path, string value, ushort domain)
    {
        Root = Set(Root, Split(path), 0, value, domain, path);
        Changed.Add((path, false));
    }

    public void Remove(string path, ushort domain)
    {
        string[] names = Split(path);
        if (names.Length > 0 && Find(Root, path) is { } node)
        {
            Refuse(path, !node.IsWritableBy(domain));
            Root = Cut(Root, names, 0);
            Changed.Add((path, true));
        }
    }

    public void SetPermissions(string path, ushort owner, ushort[]? readers, ushort domain)
    {
        XenStoreNode? node = Find(Root, path);
        Refuse(path, node is null || !node.IsWritableBy(domain));
        Root = Replace(Root, Split(path), 0, node! with { Owner = owner, Readers = readers, Changed = number });
        Changed.Add((path, false));
    }

    private XenStoreNode Set(XenStoreNode node, string[] names, int depth, string value, ushort domain, string path)
    {
        if (depth == names.Length)
        {
            Refuse(path, !node.IsWritableBy(domain));
            return node with { Value = value, Changed = number };
        }

        string name = names[depth];
        XenStoreNode? child = node.Children.GetValueOrDefault(name);
        if (child is null)
        {
            Refuse(path, !node.IsWritableBy(domain));
            // A new node has the permissions of the one above; who makes it owns it, unless that is the toolstack.
            child = new XenStoreNode("", domain == 0 ? node.Owner : domain, node.Readers, number, XenStoreNode.NoChildren);
        }

        return node.With(name, Set(child, names, depth + 1, value, domain, path), number);
    }

    private XenStoreNode Replace(XenStoreNode node, string[] names, int depth, XenStoreNode replacement) => depth == names.Length
        ? replacement
        : node.With(names[depth], Replace(node.Children[names[depth]], names, depth + 1, replacement), number);

    private XenStoreNode Cut(XenStoreNode node, string[] names, int depth) => depth == names.Length - 1
        ? node.With(names[depth], null, number)
        : node.With(names[depth], Cut(node.Children[names[depth]], names, depth + 1), number);

    private static void Refuse(string path, bool isRefused)
    {
        if (isRefused)
        {
            throw new XenException(
                XenError.NotPermitted, $"xenstore: {path} is not the domain's to change.", XenStorePath.AccessDenied);
        }
    }
}
