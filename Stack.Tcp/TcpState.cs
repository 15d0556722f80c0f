namespace NetStack.Tcp;

/// <summary>The state of a connection.</summary>
/// <remarks>RFC 9293 §3.3.2.</remarks>
public enum TcpState : byte
{
    /// <summary>No connection: not yet opened, or over.</summary>
    Closed,

    /// <summary>Waits for a SYN from any peer.</summary>
    Listen,

    /// <summary>A SYN was sent.</summary>
    SynSent,

    /// <summary>A SYN was received and one was sent; its acknowledgment is awaited.</summary>
    SynReceived,

    /// <summary>Data flows both ways.</summary>
    Established,

    /// <summary>We have finished sending; the FIN is not acknowledged.</summary>
    FinWait1,

    /// <summary>We have finished sending, and the peer knows; it may still send.</summary>
    FinWait2,

    /// <summary>The peer has finished sending; we may still send.</summary>
    CloseWait,

    /// <summary>Both have finished at the same time; our FIN is not acknowledged.</summary>
    Closing,

    /// <summary>The peer finished first, then we; our FIN is not acknowledged.</summary>
    LastAck,

    /// <summary>Over, but remembered until all segments of the connection have left the network.</summary>
    TimeWait,
}
