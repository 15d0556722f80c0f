using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>How a capture is played.</summary>
public sealed class PcapDeviceOptions
{
    /// <summary>
    /// The station the stack plays. Frames of the capture that come from this address are the station's own and are not
    /// received; nor is anything else changed about the others, so a stack that is to answer them needs the address they
    /// are sent to.
    /// </summary>
    public MacAddress Address { get; set; }

    /// <summary>When the first packet is due, on the clock of whoever drives the stack.</summary>
    public Instant Start { get; set; } = Instant.Origin;

    /// <summary>The largest network-layer packet the stack may send, in bytes.</summary>
    public int MtuBytes { get; set; } = 1500;

    /// <summary>
    /// Takes every frame that is received or transmitted, as an interface of its own, with timestamps that continue
    /// the capture's. Null for none. The writer stays the caller's.
    /// </summary>
    public PcapngWriter? Recording { get; set; }

    /// <summary>Whether the device keeps a copy of what the stack transmits in <see cref="PcapDevice.TransmittedFrames"/>.</summary>
    public bool KeepsTransmittedFrames { get; set; }
}
