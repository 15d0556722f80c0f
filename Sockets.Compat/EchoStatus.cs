namespace NetStack.Sockets;

/// <summary>What came of an echo request.</summary>
public enum EchoStatus
{
    /// <summary>It was answered.</summary>
    Replied,

    /// <summary>No answer came in time.</summary>
    TimedOut,

    /// <summary>A host on the way, or our own, reports that it cannot be delivered.</summary>
    Refused,

    /// <summary>No route leads there: nothing was sent.</summary>
    NoRoute,

    /// <summary>It is larger than a packet can be, or the device or the memory was full: nothing was sent.</summary>
    NotSent,
}
