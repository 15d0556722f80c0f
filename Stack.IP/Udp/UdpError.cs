namespace NetStack.IP;

/// <summary>What went wrong with a UDP endpoint.</summary>
public enum UdpError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Another endpoint has the port.</summary>
    AddressInUse,

    /// <summary>The address is none of the host's.</summary>
    AddressNotAvailable,

    /// <summary>Every port for random use is taken.</summary>
    PortsExhausted,

    /// <summary>The address or port may not be a destination.</summary>
    InvalidDestination,

    /// <summary>No route leads there, or a router says that none does.</summary>
    NetworkUnreachable,

    /// <summary>The peer's host, or our next hop, does not answer.</summary>
    HostUnreachable,

    /// <summary>Nobody listens at the peer's port.</summary>
    ConnectionRefused,

    /// <summary>A datagram was larger than the path takes, and was not to be fragmented.</summary>
    MessageTooLong,

    /// <summary>A router or firewall refuses to pass our datagrams.</summary>
    Prohibited,

    /// <summary>The peer does not understand what we send.</summary>
    ProtocolError,
}
