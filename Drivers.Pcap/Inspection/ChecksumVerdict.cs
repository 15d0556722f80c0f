namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>How a checksum turned out.</summary>
internal enum ChecksumVerdict : byte
{
    /// <summary>The packet has no such checksum.</summary>
    Absent,

    /// <summary>It could not be verified: the packet is cut or fragmented.</summary>
    Unverified,

    /// <summary>It is right.</summary>
    Good,

    /// <summary>It is wrong.</summary>
    Bad,
}
