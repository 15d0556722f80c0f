namespace NetStack.Drivers.Linux;

/// <summary>A loop could not be given what it sleeps on. The message is one line: where, what, and what to do about it.</summary>
public sealed class WaiterException : Exception
{
    internal WaiterException(string message, int errorNumber)
        : base(message) => ErrorNumber = errorNumber;

    /// <summary>The number (<c>errno</c>) of the system call that failed.</summary>
    public int ErrorNumber { get; }
}
