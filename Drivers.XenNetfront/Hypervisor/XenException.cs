namespace NetStack.Drivers.XenNetfront;

/// <summary>Something of Xen could not be opened or is lost. The message is one line: where, what, and what to do about it.</summary>
public sealed class XenException : Exception
{
    internal XenException(XenError error, string message, int errorNumber = 0)
        : base(message)
    {
        Error = error;
        ErrorNumber = errorNumber;
    }

    /// <summary>What went wrong.</summary>
    public XenError Error { get; }

    /// <summary>The number (<c>errno</c>) of the system call that failed; zero where none did.</summary>
    public int ErrorNumber { get; }
}
