namespace NetStack.IP;

/// <summary>One rule of a <see cref="PacketFilter"/>: it matches packets that have all it names. IPv4.</summary>
/// <param name="Verdict">What becomes of them.</param>
/// <param name="Source">The network they come from; any where null.</param>
/// <param name="Destination">The network they go to; any where null.</param>
/// <param name="Protocol">What they carry; anything where null.</param>
/// <param name="SourcePorts">The ports they come from, of TCP and UDP; any where null. Packets without ports do not match a range.</param>
/// <param name="DestinationPorts">The ports they go to.</param>
/// <param name="Way">The ways on which the rule is asked.</param>
/// <remarks>
/// A fragment that is not the first has no ports: a rule that names some does not match it. What such a rule would let
/// through or hold back is decided by the first fragment, without which the others are of no use.
/// </remarks>
public sealed record FilterRule(
    FilterVerdict Verdict,
    IpPrefix? Source = null,
    IpPrefix? Destination = null,
    IpProtocol? Protocol = null,
    PortRange? SourcePorts = null,
    PortRange? DestinationPorts = null,
    FilterWay Way = FilterWay.Both);
