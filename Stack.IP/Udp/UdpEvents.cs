namespace NetStack.IP;

/// <summary>What happened to a UDP endpoint since its events were last taken.</summary>
[Flags]
public enum UdpEvents
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A datagram arrived.</summary>
    Readable = 1,

    /// <summary>There is room again after a <see cref="UdpSendStatus.WouldBlock"/>.</summary>
    Writable = 2,

    /// <summary>An error is pending.</summary>
    Error = 4,
}
