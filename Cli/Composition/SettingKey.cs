namespace NetStack.Cli.Composition;

/// <summary>The names of the settings of a stack, the same in options (<c>--name</c>), variables and the file.</summary>
internal static class SettingKey
{
    public const string Device = "if";
    public const string Address = "ip";
    public const string Gateway = "gateway";
    public const string Dns = "dns";
    public const string Mac = "mac";
    public const string Mtu = "mtu";
    public const string Capture = "pcap";
    public const string Offload = "offload";
    public const string Queues = "queues";
    public const string XenOff = "xenoff";
    public const string Congestion = "cc";
    public const string Seed = "seed";
    public const string Json = "json";
    public const string Verbose = "verbose";
    public const string Quiet = "quiet";

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Device, Address, Gateway, Dns, Mac, Mtu, Capture, Offload, Queues, XenOff, Congestion, Seed, Json, Verbose, Quiet,
    ];
}
