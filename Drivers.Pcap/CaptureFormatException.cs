namespace NetStack.Drivers.Pcap;

/// <summary>A file could not be opened as a capture. Thrown by <c>CaptureReader.Open</c> only.</summary>
public sealed class CaptureFormatException : Exception
{
    /// <summary>Makes an exception without a cause.</summary>
    public CaptureFormatException()
        : this("The file is no capture.")
    {
    }

    /// <summary>Makes an exception from a message.</summary>
    public CaptureFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception from a message and its cause.</summary>
    public CaptureFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception from what is wrong with the file.</summary>
    public CaptureFormatException(CaptureError error)
        : base(error?.ToString())
    {
        Error = error;
    }

    /// <summary>What is wrong with the file, where, and what to do.</summary>
    public CaptureError? Error { get; }
}
