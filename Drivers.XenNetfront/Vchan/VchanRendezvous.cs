using System.Globalization;

namespace NetStack.Drivers.XenNetfront;

/// <summary>How the two sides of a vchan find each other: two nodes below a path of the server's, which the client may read.</summary>
/// <param name="store">Our connection to xenstore.</param>
/// <param name="path">The server's path. Relative ones are below the server's own home.</param>
/// <param name="name">The channel's name in messages.</param>
internal sealed class VchanRendezvous(IXenStore store, string path, string name)
{
    private const int Attempts = 50;
    private const string Token = "vchan";

    private readonly string? _domain = store.Read("domid");
    private string? _watched;

    private string ReferencePath => path + "/ring-ref";

    private string PortPath => path + "/event-channel";

    /// <summary>The path as a client sees it.</summary>
    public static string Resolve(string path, ushort server) =>
        path.StartsWith('/') ? path : string.Create(CultureInfo.InvariantCulture, $"/local/domain/{server}/{path}");

    /// <summary>Whether this domain is another than when the channel was opened: it was saved and restored.</summary>
    public bool IsRestored => store.Read("domid") != _domain;

    /// <summary>Tells a client where to come.</summary>
    /// <exception cref="XenException">xenstore refuses it.</exception>
    public void Publish(ushort client, uint reference, uint port)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            uint transaction = store.Begin();
            try
            {
                Write(ReferencePath, reference, client, transaction);
                Write(PortPath, port, client, transaction);
            }
            catch
            {
                store.End(transaction, commits: false);
                throw;
            }

            if (store.End(transaction, commits: true))
            {
                return;
            }
        }

        throw VchanFailure.Silent(name, Attempts);
    }

    /// <summary>Takes back what was told, and the folder where nothing else is in it.</summary>
    public void Withdraw()
    {
        store.Remove(ReferencePath);
        store.Remove(PortPath);
        if (store.List(path) is { Count: 0 })
        {
            store.Remove(path);
        }
    }

    /// <summary>Has events come for the nodes, as the server comes and goes.</summary>
    public void Watch()
    {
        _watched = ReferencePath;
        store.Watch(_watched, Token);
    }

    /// <summary>Reads where to come.</summary>
    /// <returns>False where no server is there.</returns>
    public bool TryFind(out uint reference, out uint port)
    {
        port = 0;
        return TryRead(ReferencePath, out reference) && TryRead(PortPath, out port);
    }

    /// <summary>Whether the server still publishes the channel.</summary>
    public bool IsPublished(uint reference) => TryRead(ReferencePath, out uint published) && published == reference;

    /// <summary>Takes events of the watch.</summary>
    /// <returns>Whether there were any.</returns>
    public bool TakeEvents()
    {
        // Each is the same news; those beyond are taken in the next turn.
        const int AtOnce = 64;
        int taken = 0;
        while (taken < AtOnce && store.TryTakeFired(out _, out _))
        {
            taken++;
        }

        return taken > 0;
    }

    private void Write(string node, uint value, ushort client, uint transaction)
    {
        store.Write(node, value.ToString(CultureInfo.InvariantCulture), transaction);
        store.PermitReading(node, client, transaction);
    }

    private bool TryRead(string node, out uint value)
    {
        value = 0;
        return store.Read(node) is { } text && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
    }
}
