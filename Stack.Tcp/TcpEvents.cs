namespace NetStack.Tcp;

/// <summary>What has happened to a connection since its owner last looked (<see cref="TcpConnection.TakeEvents"/>).</summary>
[Flags]
public enum TcpEvents : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The handshake is complete. Connections that were accepted are born connected and do not report it.</summary>
    Connected = 1,

    /// <summary>There is payload to take, or the peer has finished sending.</summary>
    Readable = 2,

    /// <summary>Room has opened in a send buffer that was full.</summary>
    Writable = 4,

    /// <summary>The last event: the connection is in CLOSED or TIME-WAIT; <see cref="TcpConnection.Error"/> tells why.</summary>
    Closed = 8,

    /// <summary>The peer has sent urgent data, or more of it, or is about to: <see cref="TcpConnection.UrgentBytes"/> tells where it ends.</summary>
    Urgent = 16,

    /// <summary>There is trouble on the way to the peer, which has not ended the connection: <see cref="TcpConnection.SoftError"/>. Whoever does not care need not look.</summary>
    SoftError = 32,
}
