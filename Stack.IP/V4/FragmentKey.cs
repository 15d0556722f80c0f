namespace NetStack.IP;

/// <summary>What the fragments of one packet have in common.</summary>
/// <remarks>RFC 791 §3.2: "The internet identification field is used together with the source and destination address, and the protocol fields".</remarks>
internal readonly record struct FragmentKey(uint Source, uint Destination, ushort Identification, IpProtocol Protocol);
