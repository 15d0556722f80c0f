namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>A UDP conversation or a TCP connection, by its five-tuple. Side A sent the first packet.</summary>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="AddressA">The address of side A.</param>
/// <param name="PortA">The port of side A.</param>
/// <param name="AddressB">The address of side B.</param>
/// <param name="PortB">The port of side B.</param>
/// <param name="FromA">What side A sent.</param>
/// <param name="FromB">What side B sent.</param>
/// <param name="FirstNanoseconds">When the first packet was captured, in nanoseconds since 1970-01-01 UTC.</param>
/// <param name="LastNanoseconds">When the last packet was captured, in nanoseconds since 1970-01-01 UTC.</param>
public sealed record CaptureFlow(
    string Protocol,
    string AddressA,
    int PortA,
    string AddressB,
    int PortB,
    CaptureFlowSide FromA,
    CaptureFlowSide FromB,
    long? FirstNanoseconds,
    long? LastNanoseconds);
