namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>What the fragments of one datagram have in common.</summary>
/// <remarks>RFC 791 §3.2 (source, destination, protocol, identification); RFC 8200 §4.5 (the same without protocol).</remarks>
internal readonly record struct FragmentKey(bool IsIpv6, UInt128 Source, UInt128 Destination, byte Protocol, uint Identification);
