using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>An interface that packets of a capture were taken from.</summary>
/// <param name="Id">Its index in <see cref="CaptureReader.Interfaces"/>, counted over all sections of the file.</param>
/// <param name="LinkType">What its packets begin with.</param>
/// <param name="SnapLengthBytes">The most bytes kept of a packet, as the file says; 0 for no limit.</param>
/// <param name="Name">Its name, where the file tells.</param>
public sealed record CaptureInterface(int Id, CaptureLinkType LinkType, uint SnapLengthBytes, string? Name)
{
    /// <summary>How the interface counts time.</summary>
    internal TimestampScale Scale { get; init; }
}
