namespace NetStack.IP;

/// <summary>What became of a packet given to <see cref="IpHost.Transmit(NetStack.Core.PacketBuffer, IpPath, IpProtocol, in IpSendOptions, NetStack.Core.Instant)"/>.</summary>
public enum TransmitStatus
{
    /// <summary>It stands in the queue of a port, or of the loopback.</summary>
    Sent,

    /// <summary>It waits until the neighbour's link address is known.</summary>
    WaitsForNeighbor,

    /// <summary>Dropped: the port and its device are full.</summary>
    NoRoom,

    /// <summary>Dropped: larger than the path takes, and not to be fragmented.</summary>
    TooBig,

    /// <summary>Dropped: the pool had no block left for what had to be copied.</summary>
    OutOfMemory,
}
