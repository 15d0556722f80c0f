namespace NetStack.Testing;

/// <summary>A scenario failed: the message tells why, with which seed and conditions, and where its frames are.</summary>
public sealed class ScenarioFailedException : Exception
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public ScenarioFailedException()
    {
    }

    /// <summary>Makes an exception.</summary>
    public ScenarioFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception that tells what failed.</summary>
    public ScenarioFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
