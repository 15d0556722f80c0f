namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>How the checksums of one protocol turned out.</summary>
/// <param name="Protocol">The protocol, by its name in <see cref="InspectionNames"/>.</param>
/// <param name="Good">Right ones.</param>
/// <param name="Bad">Wrong ones.</param>
/// <param name="Unverified">Those of packets that are cut or fragmented.</param>
/// <param name="Absent">Packets without one.</param>
public sealed record ChecksumCount(string Protocol, long Good, long Bad, long Unverified, long Absent);
