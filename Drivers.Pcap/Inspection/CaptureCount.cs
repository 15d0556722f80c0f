namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>How many packets share something.</summary>
/// <param name="Name">What they share, by its name in <see cref="InspectionNames"/>.</param>
/// <param name="Packets">How many packets.</param>
/// <param name="Bytes">Their bytes on the wire, from the link header on.</param>
public sealed record CaptureCount(string Name, long Packets, long Bytes);
