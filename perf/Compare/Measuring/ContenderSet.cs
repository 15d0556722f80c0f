namespace NetStack.Compare.Measuring;

/// <summary>Who takes part.</summary>
internal static class ContenderSet
{
    public const string ServerAddress = "10.9.0.2";
    public const string ClientAddress = "10.9.0.1";
    public const string ServerStation = "02:00:5e:10:00:01";
    public const string PrefixLength = "24";
    public const string Tap = "tap0";

    /// <summary>The one the tables and the chart compare with.</summary>
    public const string Baseline = "kernel";

    /// <summary>All of them, in the order in which they are told.</summary>
    /// <param name="programs">Where the programs are: see <c>perf/compare</c>.</param>
    public static IReadOnlyList<Contender> All(string programs)
    {
        string kernel = Path.Combine(programs, "kernel-server");
        return
        [
            new(Baseline, "kernel, veth", Family.Kernel, LinkKind.Veth, kernel, [kernel], Everything, IsManaged: false),
            new("kernel-plain", "kernel, veth, no offload", Family.Kernel, LinkKind.VethPlain, kernel, [kernel], Everything, IsManaged: false),
            OnTap("lwip", "lwIP, TAP", Family.Lwip, Path.Combine(programs, "lwip-server")),
            OnTap("gvisor", "gVisor, TAP", Family.Gvisor, Path.Combine(programs, "gvisor-server")),
            Kestrel(programs, isNative: false),
            Kestrel(programs, isNative: true),
            Ours(programs, isNative: false, hasOffload: true),
            Ours(programs, isNative: true, hasOffload: true),
            Ours(programs, isNative: false, hasOffload: false),
            Ours(programs, isNative: true, hasOffload: false),
            Pipes(programs, isNative: false),
            Pipes(programs, isNative: true),
            AtDevice("loop-c", "loop in C, TAP", Family.Kernel, Path.Combine(programs, "reflector-server"), isManaged: false),
            Loop(programs, isNative: false),
            Loop(programs, isNative: true),
        ];
    }

    private static Contender OnTap(string name, string title, Family family, string program) =>
        new(name, title, family, LinkKind.Tap, program, [program, Tap, ServerAddress, PrefixLength, ClientAddress], Everything, IsManaged: false);

    private static Contender Kestrel(string programs, bool isNative)
    {
        (string program, string[] command) = Managed(programs, "page-server", isNative);
        return new(
            isNative ? "kestrel-aot" : "kestrel",
            $"Kestrel, kernel, {Build(isNative)}",
            Family.Kestrel,
            LinkKind.Veth,
            program,
            [.. command, "kestrel"],
            PagesOnly,
            IsManaged: true);
    }

    private static Contender Ours(string programs, bool isNative, bool hasOffload)
    {
        (string program, string[] command) = Managed(programs, "netstack", isNative);
        return new(
            $"ours{(isNative ? "-aot" : "")}{(hasOffload ? "" : "-plain")}",
            $"ours, TAP, {(hasOffload ? "" : "no offload, ")}{Build(isNative)}",
            Family.Ours,
            LinkKind.Tap,
            program,
            [
                .. command, "serve", "--if", $"tap:{Tap}", "--ip", $"{ServerAddress}/{PrefixLength}", "--offload", hasOffload ? "on" : "off",
                "--echo", "--discard", "--chargen", "--http",
            ],
            Everything,
            IsManaged: true);
    }

    private static Contender Pipes(string programs, bool isNative)
    {
        (string program, string[] command) = Managed(programs, "page-server", isNative);
        return new(
            isNative ? "pipes-aot" : "pipes",
            $"our pipes, TAP, {Build(isNative)}",
            Family.Pipes,
            LinkKind.Tap,
            program,
            [.. command, "pipes", "--if", Tap, "--ip", $"{ServerAddress}/{PrefixLength}"],
            PagesOnly,
            IsManaged: true);
    }

    private static Contender Loop(string programs, bool isNative)
    {
        (string program, string[] command) = Managed(programs, "reflector", isNative);
        return AtDevice(isNative ? "loop-aot" : "loop", $"our loop, TAP, {Build(isNative)}", Family.Ours, program, isManaged: true, command);
    }

    private static Contender AtDevice(string name, string title, Family family, string program, bool isManaged, string[]? command = null) =>
        new(name, title, family, LinkKind.TapAlone, program, [.. command ?? [program], Tap], work => work.IsOfDevice, isManaged);

    private static (string Program, string[] Command) Managed(string programs, string name, bool isNative)
    {
        string program = isNative ? Path.Combine(programs, "aot", name, name) : Path.Combine(programs, "jit", name, $"{name}.dll");
        return (program, isNative ? [program] : ["dotnet", program]);
    }

    private static string Build(bool isNative) => isNative ? "AOT" : "JIT";

    private static bool Everything(Work work) => !work.IsOfDevice;

    private static bool PagesOnly(Work work) => work.IsPages;
}
