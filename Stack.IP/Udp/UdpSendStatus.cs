namespace NetStack.IP;

/// <summary>What became of a datagram. In every case but <see cref="WouldBlock"/> its buffer was taken.</summary>
public enum UdpSendStatus
{
    /// <summary>Sent, as far as UDP knows.</summary>
    Sent,

    /// <summary>The port is full. The buffer is still the caller's; <see cref="UdpEvents.Writable"/> tells when to try again.</summary>
    WouldBlock,

    /// <summary>Larger than a datagram can be, or than the path takes where it may not be fragmented.</summary>
    MessageTooLong,

    /// <summary>No route leads to the destination, or not from the source.</summary>
    NoRoute,

    /// <summary>The destination is a broadcast address, which the endpoint was not allowed.</summary>
    BroadcastRefused,

    /// <summary>The destination is no address and port, or differs from that of the connected endpoint.</summary>
    InvalidDestination,

    /// <summary>The pool has no block left.</summary>
    OutOfMemory,

    /// <summary>The endpoint is closed.</summary>
    Closed,
}
