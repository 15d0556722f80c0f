namespace NetStack.IP;

/// <summary>What an IPv4 header to be written says.</summary>
/// <param name="Source">Who sends.</param>
/// <param name="Destination">Whom it is for.</param>
/// <param name="Protocol">What the packet carries.</param>
/// <param name="TotalLengthBytes">The length of header and payload.</param>
/// <param name="HopLimit">The time to live.</param>
/// <param name="TrafficClass">The TOS byte.</param>
/// <param name="Identification">What tells the fragments of one packet from those of another.</param>
/// <param name="DontFragment">Whether no router may cut the packet.</param>
/// <param name="MoreFragments">Whether another fragment follows.</param>
/// <param name="FragmentOffsetBytes">Where the fragment stands in the packet's payload: a multiple of 8.</param>
/// <remarks>RFC 791 §3.1.</remarks>
public readonly record struct Ipv4Fields(
    uint Source,
    uint Destination,
    IpProtocol Protocol,
    int TotalLengthBytes,
    byte HopLimit,
    byte TrafficClass = 0,
    ushort Identification = 0,
    bool DontFragment = false,
    bool MoreFragments = false,
    int FragmentOffsetBytes = 0);
