using NetStack.Core;

namespace NetStack.Drivers.Pcap;

/// <summary>A frame the stack transmitted into a <see cref="PcapDevice"/>.</summary>
/// <param name="Time">When, on the clock of the one who drives the stack.</param>
/// <param name="Bytes">The frame, from the link header on.</param>
public sealed record TransmittedFrame(Instant Time, ReadOnlyMemory<byte> Bytes);
