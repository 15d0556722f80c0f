namespace NetStack.Core;

/// <summary>Why a packet went no further. Every packet that a device delivers is taken in by a protocol or counted here once.</summary>
public enum DropReason
{
    /// <summary>The memory budget of the loop is used up.</summary>
    PoolExhausted,

    /// <summary>What the device tells of the frame's checksum or segmentation does not fit the frame.</summary>
    OffloadFactsMalformed,

    /// <summary>The other side of the device could not put the frame, or a part of it, into our memory.</summary>
    DeviceReceiveFailed,

    /// <summary>The frame is shorter than its link header.</summary>
    EthernetTooShort,

    /// <summary>The frame is meant for another station.</summary>
    EthernetNotForUs,

    /// <summary>The frame's source address is a group address.</summary>
    EthernetBadSource,

    /// <summary>Nobody here speaks the frame's EtherType.</summary>
    EtherTypeUnknown,

    /// <summary>The frame carries a VLAN tag of a network we are not on.</summary>
    VlanNotOurs,

    /// <summary>The frame belongs to another shard of the stack, whose loop does not take frames as fast as they come.</summary>
    ShardRingFull,

    /// <summary>The ring of outgoing frames is full.</summary>
    TransmitRingFull,

    /// <summary>The device refused the frame or is gone.</summary>
    DeviceTransmitFailed,

    /// <summary>The device took the frame, and reported afterwards that the other side did not.</summary>
    DeviceTransmitRefused,

    /// <summary>The ARP message is too short or not for Ethernet and IPv4.</summary>
    ArpMalformed,

    /// <summary>The ARP message asks for, or tells of, addresses that are none of our concern.</summary>
    ArpNotForUs,

    /// <summary>The packet waited for a neighbour's link address that never came.</summary>
    NeighborUnreachable,

    /// <summary>Too many packets already wait for the neighbour's link address.</summary>
    NeighborQueueFull,

    /// <summary>Too many packets to ourselves wait for the next turn.</summary>
    LoopbackQueueFull,

    /// <summary>A packet still waited, for a neighbour, for fragments or in the loopback queue, when its host was closed.</summary>
    HostClosed,

    /// <summary>No route leads to the destination.</summary>
    NoRoute,

    /// <summary>The packet may not go on to another link: it came in a link-layer broadcast, or its addresses mean nothing there.</summary>
    ForwardRefused,

    /// <summary>The packet has passed as many routers as it may.</summary>
    HopLimitExceeded,

    /// <summary>A rule of the filter drops the packet.</summary>
    FilterDropped,

    /// <summary>A rule of the filter rejects the packet: its sender is told.</summary>
    FilterRejected,

    /// <summary>A fragment that hides from the filter what it carries (RFC 1858).</summary>
    FilterFragment,

    /// <summary>The packet is larger than the MTU and may not be fragmented.</summary>
    PacketTooBig,

    /// <summary>The packet is shorter than an IPv4 header.</summary>
    Ipv4TooShort,

    /// <summary>The version field is not 4.</summary>
    Ipv4BadVersion,

    /// <summary>The header length is below 20 bytes or beyond the packet.</summary>
    Ipv4BadHeaderLength,

    /// <summary>The total length is below the header's or beyond the frame.</summary>
    Ipv4BadTotalLength,

    /// <summary>The header checksum is wrong.</summary>
    Ipv4BadChecksum,

    /// <summary>The source address may not be one (multicast, broadcast, loopback from outside).</summary>
    Ipv4BadSource,

    /// <summary>The destination is none of our addresses, and we do not forward.</summary>
    Ipv4NotForUs,

    /// <summary>The packet came in a link-layer broadcast or multicast, but is addressed to us alone.</summary>
    Ipv4UnicastInLinkGroup,

    /// <summary>An option is malformed.</summary>
    Ipv4BadOptions,

    /// <summary>The packet asks for source routing, which is refused.</summary>
    Ipv4SourceRoute,

    /// <summary>The fragment cannot be part of any packet (beyond 65,535 bytes, or a length no multiple of 8).</summary>
    FragmentMalformed,

    /// <summary>The fragment overlaps another, or belongs to a packet in which two did.</summary>
    FragmentOverlap,

    /// <summary>The same fragment was received before.</summary>
    FragmentDuplicate,

    /// <summary>The packet's other fragments did not come in time.</summary>
    FragmentTimeout,

    /// <summary>Too many packets already wait for fragments.</summary>
    FragmentQueueFull,

    /// <summary>The packet is an IPv6 packet, and no IPv6 host is attached.</summary>
    Ipv6NotAttached,

    /// <summary>Nobody here speaks the packet's transport protocol.</summary>
    ProtocolUnknown,

    /// <summary>The ICMP message is shorter than its header or its quoted packet.</summary>
    IcmpTooShort,

    /// <summary>The ICMP checksum is wrong.</summary>
    IcmpBadChecksum,

    /// <summary>The ICMP message is of a type or code that we do not act on.</summary>
    IcmpUnknownType,

    /// <summary>The ICMP error quotes no packet that we may have sent, or none that is on its way: it may be forged (RFC 5927 §4.1).</summary>
    IcmpUnmatched,

    /// <summary>The ICMP error calls a packet too big, and names an MTU that it fits (RFC 1191 §4).</summary>
    IcmpBadMtu,

    /// <summary>Nobody here sent the request that the echo reply answers.</summary>
    IcmpEchoUnmatched,

    /// <summary>The queue of the one who asked for echoes is full.</summary>
    IcmpEchoQueueFull,

    /// <summary>Echo requests come faster than they are answered, or to a broadcast address.</summary>
    IcmpEchoRefused,

    /// <summary>The datagram is shorter than a UDP header.</summary>
    UdpTooShort,

    /// <summary>The UDP length does not fit the packet.</summary>
    UdpBadLength,

    /// <summary>The UDP checksum is wrong.</summary>
    UdpBadChecksum,

    /// <summary>The destination port is zero.</summary>
    UdpBadPort,

    /// <summary>No UDP socket is bound to the port.</summary>
    UdpNoSocket,

    /// <summary>The socket's receive queue is full.</summary>
    UdpQueueFull,

    /// <summary>The segment is shorter than a TCP header.</summary>
    TcpTooShort,

    /// <summary>The data offset is below 20 bytes or beyond the segment.</summary>
    TcpBadHeaderLength,

    /// <summary>The TCP checksum is wrong.</summary>
    TcpBadChecksum,

    /// <summary>A port is zero, or an address is no unicast address.</summary>
    TcpBadPort,

    /// <summary>An option is malformed.</summary>
    TcpBadOptions,

    /// <summary>No connection and no listener: answered with a reset.</summary>
    TcpNoConnection,

    /// <summary>A reset for no connection of ours.</summary>
    TcpStrayReset,

    /// <summary>The listener's backlog is full.</summary>
    TcpBacklogFull,

    /// <summary>The segment lies outside the window: answered with an acknowledgment.</summary>
    TcpOutOfWindow,

    /// <summary>A reset or SYN that may be forged: answered with a challenge acknowledgment (RFC 5961).</summary>
    TcpChallenged,

    /// <summary>The acknowledgment acknowledges what was never sent, or is too old.</summary>
    TcpBadAcknowledgment,

    /// <summary>The timestamp is older than one already seen (PAWS, RFC 7323).</summary>
    TcpOldTimestamp,

    /// <summary>The timestamp is missing, although both sides agreed to send it (RFC 7323 §3.2).</summary>
    TcpTimestampMissing,

    /// <summary>The flags make no sense in the connection's state.</summary>
    TcpBadFlags,

    /// <summary>All of the data was received before.</summary>
    TcpDuplicateData,

    /// <summary>Data after the application closed its side of reading.</summary>
    TcpDataAfterClose,

    /// <summary>The connection holds as much out-of-order data as it may.</summary>
    TcpReassemblyFull,

    /// <summary>The connection holds as many blocks as it may that nobody has read: the peer fills them badly.</summary>
    TcpReceiveFull,
}
