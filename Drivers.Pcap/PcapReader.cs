using System.Buffers.Binary;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// Reads classic pcap: either byte order, microseconds or nanoseconds, and the variant with longer record headers that
/// patched libpcaps of the 1990s wrote.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcap §4, §5.</remarks>
internal sealed class PcapReader : CaptureReader
{
    private const uint MagicMicroseconds = 0xA1B2C3D4;
    private const uint MagicNanoseconds = 0xA1B23C4D;
    private const uint MagicPatched = 0xA1B2CD34;
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;
    private const int PatchedRecordHeaderBytes = 24;

    private readonly CaptureInput input;
    private readonly ByteOrder order;
    private readonly int recordHeaderBytes;
    private readonly ulong nanosecondsPerFraction;
    private readonly bool lengthsMayBeSwapped;
    private readonly CaptureInterface[] interfaces;
    private bool finished;

    private PcapReader(CaptureInput input, ReadOnlySpan<byte> header, uint magic, ByteOrder order)
        : base(input)
    {
        this.input = input;
        this.order = order;
        recordHeaderBytes = magic == MagicPatched ? PatchedRecordHeaderBytes : RecordHeaderBytes;
        nanosecondsPerFraction = magic == MagicNanoseconds ? 1u : 1000u;
        // Up to version 2.3 some writers put the original length before the captured one.
        lengthsMayBeSwapped = order.Read16(header[4..]) == 2 && order.Read16(header[6..]) <= 3;
        // The upper half of the field holds the length of the frame check sequence and reserved bits.
        var linkType = (CaptureLinkType)(order.Read32(header[20..]) & 0xFFFF);
        interfaces = [new CaptureInterface(0, linkType, order.Read32(header[16..]), null)];
    }

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcap;

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => interfaces;

    /// <summary>Opens the input if it begins with a signature of pcap; otherwise takes nothing and leaves the error null.</summary>
    public static PcapReader? TryOpen(CaptureInput input, ref CaptureError? error)
    {
        ReadOnlySpan<byte> header = input.Peek(FileHeaderBytes);
        if (header.Length < 4)
        {
            return null;
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var order = new ByteOrder(IsBig: false);
        if (!IsMagic(magic))
        {
            magic = BinaryPrimitives.ReverseEndianness(magic);
            order = new ByteOrder(IsBig: true);
        }

        if (!IsMagic(magic))
        {
            return null;
        }

        if (header.Length < FileHeaderBytes)
        {
            error = new CaptureError(
                CaptureErrorKind.TruncatedHeader,
                0,
                FormattableString.Invariant($"the file ends after {header.Length} of the 24 bytes of the pcap header"),
                "capture again or copy the file again");
            return null;
        }

        var reader = new PcapReader(input, header, magic, order);
        ushort major = order.Read16(header[4..]);
        if (major != 2)
        {
            error = new CaptureError(
                CaptureErrorKind.UnsupportedVersion,
                4,
                FormattableString.Invariant($"the file is pcap version {major}.{order.Read16(header[6..])}"),
                "convert it to version 2.4, for instance with editcap -F pcap");
            return null;
        }

        input.Take(FileHeaderBytes);
        return reader;
    }

    /// <inheritdoc/>
    public override bool TryRead(out CaptureRecord record)
    {
        record = default;
        if (finished)
        {
            return false;
        }

        long offset = input.Offset;
        ReadOnlySpan<byte> header = input.Peek(recordHeaderBytes);
        if (header.Length < recordHeaderBytes)
        {
            return header.IsEmpty ? Finish(null) : Finish(Truncated(offset, header.Length, recordHeaderBytes));
        }

        uint seconds = order.Read32(header);
        uint fraction = order.Read32(header[4..]);
        uint captured = order.Read32(header[8..]);
        uint original = order.Read32(header[12..]);
        if (lengthsMayBeSwapped && captured > original)
        {
            (captured, original) = (original, captured);
        }

        if (captured > PcapngFormat.MaximumCapturedLength)
        {
            return Finish(new CaptureError(
                CaptureErrorKind.RecordTooLong,
                offset,
                FormattableString.Invariant($"a packet claims {captured} captured bytes; no packet has more than 262144"),
                "the file is damaged from here on; the packets before were read"));
        }

        int total = recordHeaderBytes + (int)captured;
        ReadOnlySpan<byte> whole = input.Peek(total);
        if (whole.Length < total)
        {
            return Finish(Truncated(offset, whole.Length, total));
        }

        record = new CaptureRecord
        {
            TimestampNanoseconds = (long)(seconds * 1_000_000_000UL + fraction * nanosecondsPerFraction),
            HasTimestamp = true,
            LinkType = interfaces[0].LinkType,
            OriginalLength = original,
            Data = input.Take(total)[recordHeaderBytes..],
        };
        return true;
    }

    private static bool IsMagic(uint value) => value is MagicMicroseconds or MagicNanoseconds or MagicPatched;

    private static CaptureError Truncated(long offset, int have, int want) => new(
        CaptureErrorKind.TruncatedRecord,
        offset,
        FormattableString.Invariant($"the file ends after {have} of the {want} bytes of its last packet"),
        "the packets before were read; capture or copy the file again for the rest");

    private bool Finish(CaptureError? error)
    {
        finished = true;
        Error = error;
        return false;
    }
}
