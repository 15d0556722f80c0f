using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NetStack.Compare.World;

/// <summary>
/// The core that client and server share, and their precedence on it: what else runs on the machine gets next to nothing
/// of the core while they want it. Both have the same precedence, so it takes no side between them.
/// </summary>
internal sealed partial class Core : IDisposable
{
    private const string Autogroup = "/proc/self/autogroup";
    private const int HighestPrecedence = -20;
    private const int TerminationSignal = 15;

    private readonly string? _formerPrecedence;

    /// <summary>Takes precedence for everything of our session, where the scheduler groups by sessions.</summary>
    public Core(int number)
    {
        Number = number;
        if (File.Exists(Autogroup))
        {
            // Such as "/autogroup-26 nice 0".
            _formerPrecedence = File.ReadAllText(Autogroup).Trim().Split(' ')[^1];
            TrySetPrecedence(HighestPrecedence.ToString(CultureInfo.InvariantCulture));
        }
    }

    public int Number { get; }

    /// <summary>A command that runs in a namespace, on the core.</summary>
    public IEnumerable<string> Pin(string space, IEnumerable<string> command) =>
    [
        "ip", "netns", "exec", space,
        "taskset", "-c", Number.ToString(CultureInfo.InvariantCulture),
        "nice", "-n", HighestPrecedence.ToString(CultureInfo.InvariantCulture),
        .. command,
    ];

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(int process)
    {
        if (Kill(process, TerminationSignal) != 0 && Marshal.GetLastPInvokeError() is not 3)
        {
            throw new ComparisonException($"cannot end process {process}: {new Win32Exception().Message}");
        }
    }

    public void Dispose()
    {
        if (_formerPrecedence is not null)
        {
            TrySetPrecedence(_formerPrecedence);
        }
    }

    private static void TrySetPrecedence(string nice)
    {
        try
        {
            File.WriteAllText(Autogroup, nice);
        }
        catch (IOException exception)
        {
            Console.Error.WriteLine($"compare: {Autogroup}: {exception.Message} Others on the core may disturb.");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
