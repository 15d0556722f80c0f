namespace NetStack.Drivers.Pcap;

/// <summary>What is wrong with a capture file.</summary>
public enum CaptureErrorKind
{
    /// <summary>The file begins with no signature of pcap or pcapng.</summary>
    NotACapture,

    /// <summary>The file is compressed.</summary>
    Compressed,

    /// <summary>The file is of a version that is not known.</summary>
    UnsupportedVersion,

    /// <summary>The file ends inside its header.</summary>
    TruncatedHeader,

    /// <summary>The file ends inside a record; everything before it was read.</summary>
    TruncatedRecord,

    /// <summary>A record claims more bytes than any capture keeps of a packet.</summary>
    RecordTooLong,

    /// <summary>A pcapng block contradicts itself.</summary>
    BadBlock,

    /// <summary>A packet names an interface that the file does not describe.</summary>
    UnknownInterface,
}
