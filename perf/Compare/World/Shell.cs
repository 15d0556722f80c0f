using System.Diagnostics;

namespace NetStack.Compare.World;

/// <summary>Runs commands of the system to their end.</summary>
internal static class Shell
{
    /// <summary>Runs a command and waits for it, whatever is cancelled meanwhile: it is short.</summary>
    /// <exception cref="ComparisonException">It failed.</exception>
    public static void Run(params string[] command)
    {
        using Process process = Process.Start(Describe(command))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new ComparisonException($"{string.Join(' ', command)}: {errors.Result.Trim()}");
        }
    }

    /// <summary>A process to start, with both outputs to be read by us.</summary>
    public static ProcessStartInfo Describe(IEnumerable<string> command)
    {
        ProcessStartInfo start = new(command.First()) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
