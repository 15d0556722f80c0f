namespace NetStack.Drivers.Pcap.Tests;

/// <summary>The recorded captures beside the tests.</summary>
internal static class Captures
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Captures");

    /// <summary>All of them, sound and malformed, relative to their folder.</summary>
    public static string[] All { get; } = [.. Directory
        .EnumerateFiles(Root, "*.pcap*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path))
        .Order(StringComparer.Ordinal)];

    /// <summary>
    /// Those on which we and tshark have the same subject: tunnels, whose inner packets tshark counts too, and protocols
    /// it guesses from the payload are left out.
    /// </summary>
    public static string[] Judged { get; } = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "JudgedCaptures.txt"));

    public static string PathOf(string capture) => Path.Combine(Root, capture);
}
