namespace NetStack.Drivers.XenNetfront;

/// <summary>How far the interface has come with its backend.</summary>
internal enum LinkPhase
{
    /// <summary>No backend is there that waits for us.</summary>
    Waiting,

    /// <summary>The queues make their rings.</summary>
    Attaching,

    /// <summary>The backend was told of the rings.</summary>
    Announced,

    /// <summary>Frames pass.</summary>
    Connected,

    /// <summary>We are to end, and the backend was asked to let go of the rings.</summary>
    Closing,

    /// <summary>The queues give up their rings.</summary>
    Detaching,

    /// <summary>We have ended.</summary>
    Closed,
}
