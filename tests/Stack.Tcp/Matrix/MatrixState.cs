namespace NetStack.Tcp.Tests;

/// <summary>The states of the matrix: those of the RFC, told apart where the way into one decides.</summary>
public enum MatrixState
{
    Closed,
    Listen,
    SynSent,
    SynReceivedFromListen,
    SynReceivedFromSynSent,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,

    /// <summary>TIME-WAIT where somebody listens at the port.</summary>
    TimeWaitWithListener,
}
