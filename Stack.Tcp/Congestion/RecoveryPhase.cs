namespace NetStack.Tcp;

/// <summary>What a connection is recovering from.</summary>
public enum RecoveryPhase : byte
{
    /// <summary>Nothing: nothing is known to be lost.</summary>
    None,

    /// <summary>Marks: the window is being reduced, nothing was lost.</summary>
    Reduction,

    /// <summary>Segments lost, told by acknowledgments (fast recovery).</summary>
    Loss,

    /// <summary>An expired retransmission timer.</summary>
    Timeout,
}
