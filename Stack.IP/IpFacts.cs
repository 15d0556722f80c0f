namespace NetStack.IP;

/// <summary>What the IP layer tells a transport of a received packet, once its own header is stripped.</summary>
/// <param name="Source">Where it came from.</param>
/// <param name="Destination">The address of ours, or the group or broadcast address, it came to.</param>
/// <param name="Interface">The interface it arrived on.</param>
/// <param name="TrafficClass">The TOS or traffic class byte; the lowest two bits are ECN (RFC 3168).</param>
/// <param name="HopLimit">The TTL or hop limit.</param>
/// <param name="IsUnicast">Whether it was sent to an address of ours alone: not multicast, not broadcast, on no level.</param>
public readonly record struct IpFacts(
    IpAddress Source,
    IpAddress Destination,
    IpInterface Interface,
    byte TrafficClass,
    byte HopLimit,
    bool IsUnicast);
