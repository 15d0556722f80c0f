namespace NetStack.Tcp;

/// <summary>The control bits of a segment.</summary>
/// <remarks>RFC 9293 §3.1.</remarks>
[Flags]
public enum TcpFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>FIN: no more data from the sender.</summary>
    Fin = 0x01,

    /// <summary>SYN: synchronize sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>RST: reset the connection.</summary>
    Reset = 0x04,

    /// <summary>PSH: pass the data on.</summary>
    Push = 0x08,

    /// <summary>ACK: the acknowledgment field counts.</summary>
    Acknowledgment = 0x10,

    /// <summary>URG: the urgent pointer counts.</summary>
    Urgent = 0x20,

    /// <summary>ECE: congestion was experienced (RFC 3168).</summary>
    EcnEcho = 0x40,

    /// <summary>CWR: the congestion window was reduced (RFC 3168).</summary>
    CongestionWindowReduced = 0x80,

    /// <summary>AE: one bit more for accurate ECN (RFC 9768).</summary>
    AccurateEcn = 0x100,
}
