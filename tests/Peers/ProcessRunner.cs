namespace NetStack.Peers;

/// <summary>Runs commands to their end.</summary>
public static class ProcessRunner
{
    /// <summary>How long a command may take unless its caller says otherwise.</summary>
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end, whatever its exit code.</summary>
    /// <param name="fileName">The program.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="timeout">How long it may take; <see cref="DefaultTimeout"/> where null.</param>
    /// <param name="environment">Variables to set, or to remove where null, beside the inherited ones.</param>
    /// <exception cref="PeerException">It could not be started, or time was up.</exception>
    public static async Task<ProcessOutcome> RunAsync(
        string fileName,
        IEnumerable<string> arguments,
        TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        using RunningProcess process = new(fileName, arguments, environment);
        process.Input.Close();
        return await process.WaitAsync(timeout ?? DefaultTimeout).ConfigureAwait(false);
    }

    /// <summary>Whether a program of that name is installed.</summary>
    public static bool IsInstalled(string program)
    {
        // System programs often live outside an ordinary user's path.
        string path = (Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/local/sbin:/usr/sbin:/sbin";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));
    }
}
