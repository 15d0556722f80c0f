using System.Globalization;

namespace NetStack.Cli.Verbs.Doctor;

/// <summary>What the kernel tells of the machine in its files.</summary>
/// <param name="root">Where the file system begins: <c>/</c>, or a folder that stands for it in a test.</param>
internal sealed class Machine(string root)
{
    private const string TunPath = "dev/net/tun";
    private const int NetworkAdministration = 12;
    private const int TapFlag = 2;

    /// <summary>Whether <c>/dev/net/tun</c> exists.</summary>
    public bool HasTun => File.Exists(At(TunPath));

    /// <summary>Whether this process may open <c>/dev/net/tun</c>.</summary>
    public bool MayOpenTun
    {
        get
        {
            try
            {
                // Opening it makes no interface: that takes a further call.
                using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(
                    At(TunPath), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                return true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>The effective user, from <c>/proc/self/status</c>; null where that cannot be read.</summary>
    public uint? EffectiveUser =>
        uint.TryParse(StatusField("Uid:")?.Split('\t', StringSplitOptions.RemoveEmptyEntries)[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
            ? user
            : null;

    /// <summary>Whether the process has the right CAP_NET_ADMIN.</summary>
    public bool HasNetworkAdministration =>
        ulong.TryParse(StatusField("CapEff:")?.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong rights)
        && (rights >> NetworkAdministration & 1) != 0;

    /// <summary>The TAP interfaces that exist, by name.</summary>
    public IReadOnlyList<TapInterface> Taps
    {
        get
        {
            string network = At("sys/class/net");
            if (!Directory.Exists(network))
            {
                return [];
            }

            return
            [
                .. Directory.EnumerateFileSystemEntries(network)
                    .Where(IsTap)
                    .Order(StringComparer.Ordinal)
                    .Select(folder => new TapInterface(
                        Path.GetFileName(folder),
                        uint.TryParse(ReadLine(Path.Combine(folder, "owner")), NumberStyles.None, CultureInfo.InvariantCulture, out uint owner) ? owner : null,
                        (ParseHex(ReadLine(Path.Combine(folder, "flags"))) & 1) != 0)),
            ];
        }
    }

    /// <summary>Whether the machine is a Xen domain.</summary>
    public bool IsXenDomain => ReadLine(At("sys/hypervisor/type")) == "xen";

    /// <summary>The Xen device nodes without which no network interface of Xen's can be opened.</summary>
    public static IReadOnlyList<string> NeededXenNodes { get; } = ["/dev/xen/evtchn", "/dev/xen/gntalloc", "/dev/xen/xenbus"];

    /// <summary>The Xen device nodes that exist.</summary>
    public IReadOnlyList<string> XenNodes =>
    [
        .. ((string[])["dev/xen/evtchn", "dev/xen/gntdev", "dev/xen/gntalloc", "dev/xen/xenbus", "dev/xen/privcmd"])
            .Where(node => File.Exists(At(node)))
            .Select(node => $"/{node}"),
    ];

    private static bool IsTap(string folder) => (ParseHex(ReadLine(Path.Combine(folder, "tun_flags"))) & TapFlag) != 0;

    private static uint ParseHex(string? text) =>
        text is not null && text.StartsWith("0x", StringComparison.Ordinal)
        && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            ? value
            : 0;

    private static string? ReadLine(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? StatusField(string name) =>
        ReadLine(At("proc/self/status"))?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private string At(string path) => Path.Combine(root, path);
}
