using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Holds the command to how it fails: one line on standard error, in words, and an exit code.</summary>
internal static class AssertLine
{
    /// <summary>Checks the exit code, and that standard error is one line which has a fragment in it and no trace.</summary>
    public static void Is(ProcessOutcome outcome, int exitCode, string fragment)
    {
        Assert.True(outcome.ExitCode == exitCode, $"{outcome.Command}: exit code {outcome.ExitCode}, not {exitCode}.\n{outcome.Error}{outcome.Output}");
        string line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("netstack: ", line, StringComparison.Ordinal);
        Assert.Contains(fragment, line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error + outcome.Output, StringComparison.Ordinal);
    }
}
