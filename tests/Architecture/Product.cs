using System.Reflection;

namespace NetStack.Architecture.Tests;

/// <summary>The libraries of the product and where they stand.</summary>
internal static class Product
{
    /// <summary>Each assembly with the assemblies of the product that it may reference: the arrows of ARCHITECTURE.md.</summary>
    public static IReadOnlyDictionary<string, string[]> Arrows { get; } = new Dictionary<string, string[]>
    {
        ["NetStack.Core"] = [],
        ["NetStack.Ethernet"] = ["NetStack.Core"],
        ["NetStack.IP"] = ["NetStack.Core", "NetStack.Ethernet"],
        ["NetStack.Tcp"] = ["NetStack.Core", "NetStack.Ethernet", "NetStack.IP"],
        ["NetStack.Dns"] = ["NetStack.Core", "NetStack.Ethernet", "NetStack.IP", "NetStack.Tcp"],
        ["NetStack.Drivers.Linux"] = ["NetStack.Core", "NetStack.Ethernet"],
        ["NetStack.Drivers.Tap"] = ["NetStack.Core", "NetStack.Ethernet", "NetStack.Drivers.Linux"],
        ["NetStack.Drivers.XenNetfront"] = ["NetStack.Core", "NetStack.Ethernet", "NetStack.Drivers.Linux"],
        ["NetStack.Drivers.Pcap"] = ["NetStack.Core", "NetStack.Ethernet"],
        ["NetStack.Sockets"] = ["NetStack.Core", "NetStack.Ethernet", "NetStack.IP", "NetStack.Tcp", "NetStack.Dns"],
        ["NetStack.AspNetCore"] = ["NetStack.Core", "NetStack.Ethernet", "NetStack.IP", "NetStack.Tcp", "NetStack.Dns", "NetStack.Sockets"],
        ["NetStack.Testing"] =
        [
            "NetStack.Core", "NetStack.Ethernet", "NetStack.IP", "NetStack.Tcp", "NetStack.Dns", "NetStack.Sockets", "NetStack.Drivers.Pcap",
        ],
    };

    /// <summary>The names of the assemblies, for theories.</summary>
    public static TheoryData<string> Names => [.. Arrows.Keys];

    /// <summary>The root of the repository: the folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Loads an assembly of the product.</summary>
    public static Assembly Load(string name) => Assembly.Load(name);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "NetStack.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("NetStack.sln is in no folder above the tests.");
    }
}
