namespace NetStack.IP;

/// <summary>What an ICMP error says, for both families.</summary>
/// <remarks>RFC 792, RFC 1122 §3.2.2, RFC 4443 §3.</remarks>
public enum IcmpErrorKind
{
    /// <summary>The network cannot be reached.</summary>
    NetworkUnreachable,

    /// <summary>The host cannot be reached.</summary>
    HostUnreachable,

    /// <summary>The host does not speak the protocol.</summary>
    ProtocolUnreachable,

    /// <summary>Nobody listens on the port.</summary>
    PortUnreachable,

    /// <summary>The packet is larger than a link on the path takes; the error carries that link's MTU.</summary>
    PacketTooBig,

    /// <summary>A router or firewall refuses to pass it.</summary>
    Prohibited,

    /// <summary>The hop limit ran out.</summary>
    HopLimitExceeded,

    /// <summary>The receiver gave up waiting for the packet's other fragments.</summary>
    ReassemblyTimeExceeded,

    /// <summary>A header field is wrong.</summary>
    ParameterProblem,
}
