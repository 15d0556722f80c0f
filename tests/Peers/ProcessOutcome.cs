namespace NetStack.Peers;

/// <summary>What a command that has ended left behind.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code; 128 and the signal's number where a signal ended it.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
public sealed record ProcessOutcome(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Returns this outcome where the command exited with zero.</summary>
    /// <exception cref="PeerException">It did not; the message has all it wrote.</exception>
    public ProcessOutcome Succeeded() => ExitCode == 0
        ? this
        : throw new PeerException($"\"{Command}\" exited with {ExitCode}.\n{Error}{Output}");
}
