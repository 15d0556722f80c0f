namespace NetStack.Ethernet;

/// <summary>Work a device takes over. Where a flag is missing the stack does the work before <see cref="IEthernetDevice.Transmit"/>.</summary>
[Flags]
public enum DeviceOffloads
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Fills in a TCP or UDP checksum marked <see cref="Core.ChecksumState.ToBeFilled"/>, IPv4.</summary>
    TransmitChecksumV4 = 1,

    /// <summary>The same for IPv6.</summary>
    TransmitChecksumV6 = 2,

    /// <summary>Segments TCP over IPv4. Goes with <see cref="TransmitChecksumV4"/>: the checksum of each part is the device's.</summary>
    SegmentTcpV4 = 4,

    /// <summary>Segments TCP over IPv6. Goes with <see cref="TransmitChecksumV6"/>.</summary>
    SegmentTcpV6 = 8,

    /// <summary>Cuts UDP payloads into datagrams.</summary>
    SegmentUdp = 16,
}
