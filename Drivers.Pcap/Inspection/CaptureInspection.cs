namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>
/// What a capture holds. Counts are of packets as they were on the wire: each counts for the layers of its outermost
/// headers, for at most one conversation, and for at most one reason to drop it.
/// </summary>
/// <param name="Format"><c>pcap</c> or <c>pcapng</c>.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">Their bytes on the wire, from the link header on.</param>
/// <param name="CapturedBytes">The bytes the file keeps of them.</param>
/// <param name="FirstNanoseconds">The earliest packet, in nanoseconds since 1970-01-01 UTC; null where no packet has a time.</param>
/// <param name="LastNanoseconds">The latest packet, in nanoseconds since 1970-01-01 UTC; null where no packet has a time.</param>
/// <param name="LinkTypes">Packets by link type.</param>
/// <param name="Protocols">Packets by protocol; only protocols that occur.</param>
/// <param name="Checksums">Checksums by protocol; only protocols that occur.</param>
/// <param name="Flows">Conversations in the order of their first packets. A TCP connection that reuses the ports of an
/// earlier one with another initial sequence number is a flow of its own.</param>
/// <param name="UntrackedFlowPackets">Packets of conversations beyond the most that are told apart.</param>
/// <param name="Drops">Packets a stack would drop, by reason (<see cref="CaptureFault"/>); only reasons that occur.</param>
/// <param name="Error">What ended the reading before the end of the file; null where the file is sound.</param>
public sealed record CaptureInspection(
    string Format,
    long Packets,
    long Bytes,
    long CapturedBytes,
    long? FirstNanoseconds,
    long? LastNanoseconds,
    IReadOnlyList<CaptureCount> LinkTypes,
    IReadOnlyList<CaptureCount> Protocols,
    IReadOnlyList<ChecksumCount> Checksums,
    IReadOnlyList<CaptureFlow> Flows,
    long UntrackedFlowPackets,
    IReadOnlyList<CaptureCount> Drops,
    CaptureError? Error)
{
    /// <summary>Reads a capture to its end, or to the damage, and counts what it holds.</summary>
    /// <param name="reader">An open capture; it stays the caller's.</param>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static CaptureInspection Of(CaptureReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var tally = new CaptureTally();
        while (reader.TryRead(out CaptureRecord record))
        {
            tally.Count(in record);
        }

        return tally.ToResult(reader);
    }

    /// <summary>Opens a capture file and counts what it holds.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file could not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="CaptureFormatException">The file is no capture, or its header is damaged.</exception>
    public static CaptureInspection Of(string path)
    {
        using var reader = CaptureReader.Open(path);
        return Of(reader);
    }
}
