using NetStack.Compare.Measuring;

namespace NetStack.Compare.World;

/// <summary>
/// The network namespaces of one contender: one for the client, which a TAP's server shares, and one behind a veth pair
/// where the kernel is the server. Whatever is inside goes with them.
/// </summary>
internal sealed class NetworkSpace : IDisposable
{
    private const string NamePrefix = "nl-compare-";
    private const string Folder = "/var/run/netns";
    private const string ClientEnd = "veth0";
    private const string ServerEnd = "veth1";

    private readonly List<string> _made = [];

    private NetworkSpace(string name, LinkKind link)
    {
        Client = $"{NamePrefix}{Environment.ProcessId}-{name}";
        Server = link is LinkKind.Tap or LinkKind.TapAlone ? Client : $"{Client}-s";
    }

    /// <summary>The namespace of the client.</summary>
    public string Client { get; }

    /// <summary>The namespace of the server.</summary>
    public string Server { get; }

    /// <summary>Makes the namespaces and the link.</summary>
    /// <exception cref="ComparisonException">It is not permitted, or a program is missing.</exception>
    public static NetworkSpace Make(string name, LinkKind link)
    {
        NetworkSpace space = new(name, link);
        try
        {
            space.AddNamespace(space.Client);
            if (link is LinkKind.Tap or LinkKind.TapAlone)
            {
                space.AddTap();
                if (link == LinkKind.TapAlone)
                {
                    space.AddNeighbor();
                }
            }
            else
            {
                space.AddNamespace(space.Server);
                space.AddVeth(hasOffload: link == LinkKind.Veth);
            }

            return space;
        }
        catch
        {
            space.Dispose();
            throw;
        }
    }

    /// <summary>Removes what runs that were killed have left behind.</summary>
    public static void Sweep()
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFileSystemEntries(Folder, $"{NamePrefix}*"))
        {
            string name = Path.GetFileName(path);
            if (int.TryParse(name[NamePrefix.Length..].Split('-')[0], out int owner) && !Directory.Exists($"/proc/{owner}"))
            {
                Shell.Run("ip", "netns", "delete", name);
            }
        }
    }

    public void Dispose()
    {
        foreach (string name in _made)
        {
            try
            {
                Shell.Run("ip", "netns", "delete", name);
            }
            catch (ComparisonException exception)
            {
                Console.Error.WriteLine(exception.Message);
            }
        }

        _made.Clear();
    }

    private void AddNamespace(string name)
    {
        Shell.Run("ip", "netns", "add", name);
        _made.Add(name);

        // No chatter on the link, and nothing learned from one connection for the next.
        Shell.Run(
            "ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1",
            "net.ipv4.tcp_no_metrics_save=1");
        Shell.Run("ip", "-n", name, "link", "set", "lo", "up");
    }

    private void AddTap()
    {
        Shell.Run("ip", "-n", Client, "tuntap", "add", ContenderSet.Tap, "mode", "tap");
        Settle(Client, ContenderSet.Tap, ContenderSet.ClientAddress);
    }

    private void AddNeighbor() => Shell.Run(
        "ip", "-n", Client, "neighbor", "add", ContenderSet.ServerAddress, "lladdr", ContenderSet.ServerStation, "dev", ContenderSet.Tap, "nud", "permanent");

    private void AddVeth(bool hasOffload)
    {
        Shell.Run("ip", "-n", Client, "link", "add", ClientEnd, "type", "veth", "peer", "name", ServerEnd, "netns", Server);
        if (!hasOffload)
        {
            RemoveOffloads(Client, ClientEnd);
            RemoveOffloads(Server, ServerEnd);
        }

        Settle(Client, ClientEnd, ContenderSet.ClientAddress);
        Settle(Server, ServerEnd, ContenderSet.ServerAddress);
    }

    private static void RemoveOffloads(string space, string device) =>
        Shell.Run("ip", "netns", "exec", space, "ethtool", "-K", device, "rx", "off", "tx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off");

    private static void Settle(string space, string device, string address)
    {
        Shell.Run("ip", "-n", space, "address", "add", $"{address}/{ContenderSet.PrefixLength}", "dev", device);
        Shell.Run("ip", "-n", space, "link", "set", device, "up");
    }
}
