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

    private readonly CaptureInput _input;
    private readonly ByteOrder _order;
    private readonly int _recordHeaderBytes;
    private readonly ulong _nanosecondsPerFraction;
    private readonly bool _lengthsMayBeSwapped;
    private readonly CaptureInterface[] _interfaces;
    private bool _finished;

    private PcapReader(CaptureInput input, ReadOnlySpan<byte> header, uint magic, ByteOrder order)
        : base(input)
    {
        _input = input;
        _order = order;
        _recordHeaderBytes = magic == MagicPatched ? PatchedRecordHeaderBytes : RecordHeaderBytes;
        _nanosecondsPerFraction = magic == MagicNanoseconds ? 1u : 1000u;
        // Up to version 2.3 some writers put the original length before the captured one.
        _lengthsMayBeSwapped = order.Read16(header[4..]) == 2 && order.Read16(header[6..]) <= 3;
        // The upper half of the field holds the length of the frame check sequence and reserved bits.
        var linkType = (CaptureLinkType)(order.Read32(header[20..]) & 0xFFFF);
        _interfaces = [new CaptureInterface(0, linkType, order.Read32(header[16..]), null)];
    }

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcap;

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

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
        if (_finished)
        {
            return false;
        }

        long offset = _input.Offset;
        ReadOnlySpan<byte> header = _input.Peek(_recordHeaderBytes);
        if (header.Length < _recordHeaderBytes)
        {
            return header.IsEmpty ? Finish(null) : Finish(Truncated(offset, header.Length, _recordHeaderBytes));
        }

        uint seconds = _order.Read32(header);
        uint fraction = _order.Read32(header[4..]);
        uint captured = _order.Read32(header[8..]);
        uint original = _order.Read32(header[12..]);
        if (_lengthsMayBeSwapped && captured > original)
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

        int total = _recordHeaderBytes + (int)captured;
        ReadOnlySpan<byte> whole = _input.Peek(total);
        if (whole.Length < total)
        {
            return Finish(Truncated(offset, whole.Length, total));
        }

        record = new CaptureRecord
        {
            TimestampNanoseconds = (long)(seconds * 1_000_000_000UL + fraction * _nanosecondsPerFraction),
            HasTimestamp = true,
            LinkType = _interfaces[0].LinkType,
            OriginalLength = original,
            Data = _input.Take(total)[_recordHeaderBytes..],
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
        _finished = true;
        Error = error;
        return false;
    }
}
