namespace NetStack.Drivers.Tap;

/// <summary>A TAP could not be opened or is lost. The message is one line: where, what, and what to do about it.</summary>
public sealed class TapException : Exception
{
    internal TapException(TapError error, string message, int errorNumber = 0)
        : base(message)
    {
        Error = error;
        ErrorNumber = errorNumber;
    }

    /// <summary>What went wrong.</summary>
    public TapError Error { get; }

    /// <summary>The number (<c>errno</c>) of the system call that failed; zero where none did.</summary>
    public int ErrorNumber { get; }
}
