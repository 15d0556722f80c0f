using System.Globalization;

namespace NetStack.Peers;

/// <summary>The built <c>netstack</c> command: its NativeAOT build where <c>NETSTACK_AOT</c> is 1, else the one beside the tests.</summary>
public static class NetstackCommand
{
    /// <summary>How long a server may take until it is ready. Generous, for busy machines.</summary>
    public static TimeSpan ReadyTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether the NativeAOT build is meant.</summary>
    public static bool IsNative { get; } = Environment.GetEnvironmentVariable("NETSTACK_AOT") == "1";

    /// <summary>The queues that the command opens each TAP with: <c>NETSTACK_TEST_QUEUES</c>, or 1. Where there are several, the TAP must have been made so.</summary>
    public static int Queues { get; } = Environment.GetEnvironmentVariable("NETSTACK_TEST_QUEUES") is { Length: > 0 } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : 1;

    /// <summary>The program to start, and the arguments before those of the command.</summary>
    /// <exception cref="PeerException">It has not been built.</exception>
    public static (string Program, string[] Arguments) Locate()
    {
        if (IsNative)
        {
            string native = RepositoryRoot.Combine("artifacts", "aot", "netstack");
            return File.Exists(native)
                ? (native, [])
                : throw new PeerException("The NativeAOT build is missing: type \"NETSTACK_AOT=1 NETSTACK_BUILD_ONLY=1 ./netstack\".");
        }

        // The tests' own configuration and framework stand at the end of their path: .../bin/Release/net10.0/.
        string tests = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string framework = Path.GetFileName(tests);
        string configuration = Path.GetFileName(Path.GetDirectoryName(tests))!;
        string managed = RepositoryRoot.Combine("Cli", "bin", configuration, framework, "netstack.dll");
        return File.Exists(managed)
            ? (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [managed])
            : throw new PeerException($"The command is missing: type \"dotnet build Cli -c {configuration}\".");
    }

    /// <summary>Runs the command in a namespace to its end, whatever its exit code.</summary>
    /// <exception cref="PeerException">It could not be started, or time was up.</exception>
    public static Task<ProcessOutcome> RunAsync(NetworkNamespace space, IEnumerable<string> arguments, TimeSpan? timeout = null)
    {
        (string program, string[] before) = Locate();
        return space.RunAsync(program, [.. before, .. WithQueues(arguments)], timeout);
    }

    /// <summary>Runs the command outside of any namespace to its end: for what opens no device.</summary>
    /// <exception cref="PeerException">It could not be started, or time was up.</exception>
    public static Task<ProcessOutcome> RunAsync(IEnumerable<string> arguments, TimeSpan? timeout = null)
    {
        (string program, string[] before) = Locate();
        return ProcessRunner.RunAsync(program, [.. before, .. arguments], timeout);
    }

    /// <summary>Starts the command in a namespace and lets it run.</summary>
    /// <exception cref="PeerException">It could not be started.</exception>
    public static RunningProcess Start(NetworkNamespace space, IEnumerable<string> arguments)
    {
        (string program, string[] before) = Locate();
        return space.Start(program, [.. before, .. WithQueues(arguments)]);
    }

    private static string[] WithQueues(IEnumerable<string> arguments)
    {
        string[] given = [.. arguments];
        return Queues > 1 && !given.Contains("--queues") && Array.Exists(given, argument => argument.StartsWith("tap:", StringComparison.Ordinal))
            ? [.. given, "--queues", string.Create(CultureInfo.InvariantCulture, $"{Queues}")]
            : given;
    }
}
