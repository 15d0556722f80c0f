namespace NetStack.Tcp;

/// <summary>Why a command failed or a connection ended.</summary>
public enum TcpError : byte
{
    /// <summary>No error; of a connection: both sides finished in good order.</summary>
    None,

    /// <summary>The local address and port, or the pair with the remote one, are taken.</summary>
    AddressInUse,

    /// <summary>The local address is none of ours, or of another family than the remote one.</summary>
    AddressNotAvailable,

    /// <summary>The remote address or port cannot be connected to: unspecified, multicast, broadcast, or port zero.</summary>
    InvalidRemote,

    /// <summary>No route leads to the remote address.</summary>
    NetworkUnreachable,

    /// <summary>The remote host could not be reached.</summary>
    HostUnreachable,

    /// <summary>The remote host answered the SYN with a reset, or reported that nobody listens.</summary>
    ConnectionRefused,

    /// <summary>The peer reset the connection.</summary>
    ConnectionReset,

    /// <summary>The peer did not answer in time.</summary>
    TimedOut,

    /// <summary>The connection was aborted on this side.</summary>
    ConnectionAborted,

    /// <summary>Every ephemeral port is taken for this remote address and port.</summary>
    PortsExhausted,

    /// <summary>The limit of connections is reached.</summary>
    OutOfMemory,
}
