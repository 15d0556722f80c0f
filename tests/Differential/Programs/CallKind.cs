namespace NetStack.Differential.Tests;

/// <summary>A call of the application.</summary>
internal enum CallKind
{
    /// <summary>Listen on the port.</summary>
    Listen,

    /// <summary>Connect from the port to the peer.</summary>
    Connect,

    /// <summary>Accept a connection.</summary>
    Accept,

    /// <summary>Send so many bytes.</summary>
    Send,

    /// <summary>Finish sending.</summary>
    Shutdown,

    /// <summary>Close.</summary>
    Close,

    /// <summary>Close with a reset (linger of zero).</summary>
    Abort,

    /// <summary>Nagle's algorithm off.</summary>
    NoDelayOn,

    /// <summary>Nagle's algorithm on.</summary>
    NoDelayOff,

    /// <summary>Hold back segments that are not full.</summary>
    CorkOn,

    /// <summary>Hold back no longer.</summary>
    CorkOff,
}
