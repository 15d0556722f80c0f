namespace NetStack.Peers;

/// <summary>Whether this machine lets tests make network namespaces and TAPs.</summary>
public static class TapRights
{
    /// <summary>Set to 1, lets tests that need a TAP be skipped where the rights are missing. Without it they fail.</summary>
    public const string SkipVariable = "NETSTACK_ALLOW_NO_TAP";

    /// <summary>What is missing and what to do about it, in one line; null where nothing is.</summary>
    public static string? Missing { get; } = Probe();

    /// <summary>Why the tests that need a TAP are skipped; null where they run, be it to fail.</summary>
    public static string? SkipReason { get; } =
        Missing is not null && Environment.GetEnvironmentVariable(SkipVariable) == "1" ? $"{Missing} (skipped because of {SkipVariable}=1)" : null;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "Tests with the kernel as peer need Linux.";
        }

        if (!ProcessRunner.IsInstalled("ip"))
        {
            return "The program ip is missing: type \"apt-get install iproute2\".";
        }

        if (!File.Exists("/dev/net/tun"))
        {
            return "/dev/net/tun is missing: type \"modprobe tun\", or start the container with \"--device /dev/net/tun\".";
        }

        using RunningProcess probe = new("ip", ["netns", "list"]);
        bool isListed = probe.WaitAsync(ProcessRunner.DefaultTimeout).GetAwaiter().GetResult().ExitCode == 0;
        return isListed && Environment.IsPrivilegedProcess
            ? null
            : $"Making network namespaces and TAPs needs root: run as root, or set {SkipVariable}=1 to skip the tests that do.";
    }
}
