using NetStack.Core;

namespace NetStack.IP;

/// <summary>A received datagram.</summary>
/// <param name="Packet">Its data, without headers: the taker's, who returns it to the pool or sends it on.</param>
/// <param name="Source">Who sent it.</param>
/// <param name="Destination">The address, of ours or of a group, and the port it came to.</param>
/// <param name="Interface">Where it arrived.</param>
/// <param name="TrafficClass">The TOS or traffic class byte.</param>
/// <param name="HopLimit">The TTL or hop limit it arrived with.</param>
public readonly record struct UdpDatagram(
    PacketBuffer Packet,
    IpEndPoint Source,
    IpEndPoint Destination,
    IpInterface Interface,
    byte TrafficClass,
    byte HopLimit);
