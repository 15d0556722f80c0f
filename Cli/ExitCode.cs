namespace NetStack.Cli;

/// <summary>What the command tells the script that called it.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The thing asked for failed: no reply, no such name, a mismatch.</summary>
    public const int Failed = 1;

    /// <summary>The options or the configuration are wrong.</summary>
    public const int Usage = 2;

    /// <summary>A right or a device is missing.</summary>
    public const int Missing = 3;
}
