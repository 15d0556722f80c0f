using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetStack.Peers;

/// <summary>
/// A network namespace of its own for one test: the kernel's stack with no other interface than its loopback, nothing of
/// which reaches the machine's network. Disposal deletes it and all interfaces in it.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const string Folder = "/var/run/netns";
    private const string Prefix = "ns-";
    private const int CloneNewNetwork = 0x40000000;

    private static int _made;

    private NetworkNamespace(string name) => Name = name;

    /// <summary>The name, as <c>ip netns</c> lists it.</summary>
    public string Name { get; }

    /// <summary>Makes a namespace with its loopback up and IPv6 off, so that no frame comes that the test did not cause.</summary>
    /// <exception cref="PeerException">The rights or the tools are missing.</exception>
    public static async Task<NetworkNamespace> CreateAsync(bool hasIpv6 = false)
    {
        if (TapRights.Missing is { } missing)
        {
            throw new PeerException(missing);
        }

        int number = Interlocked.Increment(ref _made);
        if (number == 1)
        {
            await SweepAsync().ConfigureAwait(false);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{number}");
        (await ProcessRunner.RunAsync("ip", ["netns", "add", name]).ConfigureAwait(false)).Succeeded();
        NetworkNamespace created = new(name);
        try
        {
            await created.IpAsync("link set dev lo up").ConfigureAwait(false);
            if (!hasIpv6)
            {
                created.Enter(DisableIpv6);
            }

            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
    }

    /// <summary>Runs a program in the namespace to its end, whatever its exit code.</summary>
    /// <exception cref="PeerException">It could not be started, or time was up.</exception>
    public Task<ProcessOutcome> RunAsync(
        string program,
        IEnumerable<string> arguments,
        TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string?>? environment = null) =>
        ProcessRunner.RunAsync("ip", Inside(program, arguments), timeout, environment);

    /// <summary>Runs <c>ip</c> in the namespace.</summary>
    /// <param name="arguments">Its arguments with spaces between them, such as <c>link set dev tap0 up</c>.</param>
    /// <exception cref="PeerException">It failed.</exception>
    public async Task<string> IpAsync(string arguments)
    {
        string[] parts = ["-n", Name, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return (await ProcessRunner.RunAsync("ip", parts).ConfigureAwait(false)).Succeeded().Output;
    }

    /// <summary>Makes a TAP that stays until the namespace goes, up and with an address of the kernel's.</summary>
    /// <param name="tap">The interface's name.</param>
    /// <param name="kernelAddress">The kernel's address and prefix, such as <c>10.9.0.1/24</c>.</param>
    /// <param name="mtuBytes">The MTU.</param>
    /// <param name="queues">How many queues it is to be opened with: one, or several.</param>
    /// <exception cref="PeerException">It could not be made.</exception>
    public async Task AddTapAsync(string tap, string kernelAddress, int mtuBytes = 1500, int queues = 1)
    {
        await IpAsync($"tuntap add dev {tap} mode tap{(queues > 1 ? " multi_queue" : "")}").ConfigureAwait(false);
        await IpAsync($"link set dev {tap} mtu {mtuBytes} up").ConfigureAwait(false);
        await IpAsync($"address add {kernelAddress} dev {tap}").ConfigureAwait(false);
    }

    /// <summary>Runs a shell script in the namespace.</summary>
    /// <exception cref="PeerException">It could not be started, or time was up.</exception>
    public Task<ProcessOutcome> ShellAsync(string script, TimeSpan? timeout = null) =>
        RunAsync("sh", ["-euc", script], timeout);

    /// <summary>Starts a program in the namespace that goes on running. Its <see cref="RunningProcess.Id"/> is the program's own.</summary>
    /// <exception cref="PeerException">It could not be started.</exception>
    public RunningProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null) =>
        new("ip", Inside(program, arguments), environment);

    /// <summary>
    /// Runs code on a thread of its own that is in the namespace. Sockets and TAPs opened there stay in it, and can then be
    /// used from any thread.
    /// </summary>
    public T Enter<T>(Func<T> code)
    {
        T result = default!;
        Enter(() => { result = code(); });
        return result;
    }

    /// <summary>Runs code on a thread of its own that is in the namespace.</summary>
    public void Enter(Action code)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                EnterThread();
                code();
            }
            catch (Exception caught)
            {
                failure = ExceptionDispatchInfo.Capture(caught);
            }
        });

        // The thread ends in the namespace it entered: it must not be one of the pool's.
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>Deletes the namespace. Interfaces that a process still holds open go when it lets go.</summary>
    public void Dispose()
    {
        using RunningProcess delete = new("ip", ["netns", "delete", Name]);
        delete.WaitAsync(ProcessRunner.DefaultTimeout).GetAwaiter().GetResult().Succeeded();
    }

    private string[] Inside(string program, IEnumerable<string> arguments) => ["netns", "exec", Name, program, .. arguments];

    /// <summary>Deletes what runs that were killed left behind: the names carry the number of a process that is no more.</summary>
    private static async Task SweepAsync()
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(Folder, Prefix + "*-*"))
        {
            string name = Path.GetFileName(path);
            string owner = name[Prefix.Length..name.LastIndexOf('-')];
            if (int.TryParse(owner, CultureInfo.InvariantCulture, out int process) && !Directory.Exists($"/proc/{process}"))
            {
                // Another run may sweep at the same time: whoever comes second fails, and may.
                await ProcessRunner.RunAsync("ip", ["netns", "delete", name]).ConfigureAwait(false);
            }
        }
    }

    private static void DisableIpv6()
    {
        foreach (string scope in new[] { "all", "default" })
        {
            // Which namespace's setting this is depends on the thread that opens it.
            string setting = $"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6";
            if (File.Exists(setting))
            {
                File.WriteAllText(setting, "1");
            }
        }
    }

    private void EnterThread()
    {
        using SafeFileHandle space = File.OpenHandle(Path.Combine(Folder, Name));
        if (SetNamespace((int)space.DangerousGetHandle(), CloneNewNetwork) != 0)
        {
            throw new PeerException(
                $"The namespace {Name} could not be entered: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int kind);
}
