namespace NetStack.Testing;

/// <summary>A simulation broke a law that holds for all of them; the message lists the violations.</summary>
public sealed class OracleException : Exception
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public OracleException()
    {
    }

    /// <summary>Makes an exception.</summary>
    public OracleException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception that tells what failed.</summary>
    public OracleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
