using System.Text;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// Reads pcapng: any number of sections in either byte order, any number of interfaces, enhanced, simple and obsolete
/// packet blocks; other blocks are passed over.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcapng §3, §4.</remarks>
internal sealed class PcapngReader : CaptureReader
{
    private const int BlockHeadBytes = 8;
    private const int BlockOverheadBytes = 12;
    private const int SectionHeaderBytes = 28;
    private const int MaximumInterfaces = 65_536;

    // The largest packet with room for its comments; other blocks may be of any length, since they are not kept.
    private const uint MaximumKeptBlock = PcapngFormat.MaximumCapturedLength + 1024 * 1024;

    private readonly CaptureInput _input;
    private readonly List<CaptureInterface> _interfaces = [];
    private ByteOrder _order;
    private int _sectionInterfaces;
    private bool _finished;

    private PcapngReader(CaptureInput input)
        : base(input) => _input = input;

    /// <inheritdoc/>
    public override CaptureFormat Format => CaptureFormat.Pcapng;

    /// <inheritdoc/>
    public override IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

    /// <summary>Opens the input if it begins with a section header; otherwise takes nothing and leaves the error null.</summary>
    public static PcapngReader? TryOpen(CaptureInput input, ref CaptureError? error)
    {
        ReadOnlySpan<byte> head = input.Peek(BlockHeadBytes);
        if (head.Length < 4 || new ByteOrder(false).Read32(head) != PcapngFormat.SectionHeaderBlock)
        {
            return null;
        }

        var reader = new PcapngReader(input);
        if (reader.TryReadSection(0))
        {
            return reader;
        }

        error = reader.Error;
        return null;
    }

    /// <inheritdoc/>
    public override bool TryRead(out CaptureRecord record)
    {
        record = default;
        while (!_finished)
        {
            long offset = _input.Offset;
            ReadOnlySpan<byte> head = _input.Peek(BlockHeadBytes);
            if (head.Length < BlockHeadBytes)
            {
                return Finish(head.IsEmpty ? null : Truncated(offset));
            }

            uint type = _order.Read32(head);
            if (type == PcapngFormat.SectionHeaderBlock)
            {
                TryReadSection(offset);
                continue;
            }

            uint length = _order.Read32(head[4..]);
            if (length < BlockOverheadBytes || length % 4 != 0)
            {
                return Finish(BadBlock(offset, $"a block's length is {length}"));
            }

            bool kept = type is PcapngFormat.EnhancedPacketBlock or PcapngFormat.PacketBlock
                or PcapngFormat.SimplePacketBlock or PcapngFormat.InterfaceDescriptionBlock;
            if (!kept)
            {
                PassOver(offset, length);
                continue;
            }

            if (!TryTakeBody(offset, length, out ReadOnlySpan<byte> body))
            {
                return false;
            }

            switch (type)
            {
                case PcapngFormat.InterfaceDescriptionBlock:
                    AddInterface(offset, body);
                    continue;
                case PcapngFormat.EnhancedPacketBlock:
                    return TryReadEnhanced(offset, body, out record);
                case PcapngFormat.PacketBlock:
                    return TryReadObsolete(offset, body, out record);
                default:
                    return TryReadSimple(offset, body, out record);
            }
        }

        return false;
    }

    private static CaptureError Truncated(long offset) => new(
        CaptureErrorKind.TruncatedRecord,
        offset,
        "the file ends inside its last block",
        "the packets before were read; capture or copy the file again for the rest");

    private static CaptureError BadBlock(long offset, FormattableString what) => new(
        CaptureErrorKind.BadBlock,
        offset,
        FormattableString.Invariant(what),
        "the file is damaged from here on; the packets before were read");

    private bool Finish(CaptureError? error)
    {
        _finished = true;
        Error = error;
        return false;
    }

    private bool TryReadSection(long offset)
    {
        ReadOnlySpan<byte> head = _input.Peek(SectionHeaderBytes);
        if (head.Length < SectionHeaderBytes)
        {
            return Finish(offset > 0
                ? Truncated(offset)
                : new CaptureError(CaptureErrorKind.TruncatedHeader, 0, "the file ends inside its section header", "capture again or copy the file again"));
        }

        var little = new ByteOrder(IsBig: false);
        var big = new ByteOrder(IsBig: true);
        if (little.Read32(head[8..]) != PcapngFormat.ByteOrderMagic && big.Read32(head[8..]) != PcapngFormat.ByteOrderMagic)
        {
            return Finish(BadBlock(offset, $"a section header has no byte-_order magic"));
        }

        _order = little.Read32(head[8..]) == PcapngFormat.ByteOrderMagic ? little : big;
        uint length = _order.Read32(head[4..]);
        ushort major = _order.Read16(head[12..]);
        if (length < SectionHeaderBytes || length % 4 != 0)
        {
            return Finish(BadBlock(offset, $"a section header's length is {length}"));
        }

        if (major != 1)
        {
            return Finish(new CaptureError(
                CaptureErrorKind.UnsupportedVersion,
                offset + 12,
                FormattableString.Invariant($"the section is pcapng version {major}.{_order.Read16(head[14..])}"),
                "convert the file to version 1.0"));
        }

        // Interfaces are numbered anew in each section.
        _sectionInterfaces = _interfaces.Count;
        return PassOver(offset, length);
    }

    /// <summary>Passes over a block of any length and checks that its two lengths agree.</summary>
    private bool PassOver(long offset, uint length)
    {
        if (!_input.TrySkip(length - 4L) || _input.Peek(4).Length < 4)
        {
            return Finish(Truncated(offset));
        }

        uint second = _order.Read32(_input.Take(4));
        return second == length || Finish(BadBlock(offset, $"a block's lengths disagree, {length} and {second}"));
    }

    /// <summary>Takes a block and gives what lies between its head and its second length.</summary>
    private bool TryTakeBody(long offset, uint length, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (length > MaximumKeptBlock)
        {
            return Finish(new CaptureError(
                CaptureErrorKind.RecordTooLong,
                offset,
                FormattableString.Invariant($"a packet's block claims {length} bytes; none has more than {MaximumKeptBlock}"),
                "the file is damaged from here on; the packets before were read"));
        }

        if (_input.Peek((int)length).Length < length)
        {
            return Finish(Truncated(offset));
        }

        ReadOnlySpan<byte> block = _input.Take((int)length);
        uint second = _order.Read32(block[^4..]);
        if (second != length)
        {
            return Finish(BadBlock(offset, $"a block's lengths disagree, {length} and {second}"));
        }

        body = block[BlockHeadBytes..^4];
        return true;
    }

    private bool AddInterface(long offset, ReadOnlySpan<byte> body)
    {
        if (body.Length < 8 || _interfaces.Count == MaximumInterfaces)
        {
            return Finish(BadBlock(offset, body.Length < 8
                ? (FormattableString)$"an interface description has {body.Length} bytes of the 8 it needs"
                : $"the file describes more than {MaximumInterfaces} _interfaces"));
        }

        string? name = null;
        byte resolution = 6;
        long offsetSeconds = 0;
        var options = new PcapngOptions(body[8..], _order);
        while (options.TryNext())
        {
            switch (options.Code)
            {
                case PcapngFormat.OptionInterfaceName:
                    name = Encoding.UTF8.GetString(options.Value);
                    break;
                case PcapngFormat.OptionInterfaceResolution when options.Value.Length >= 1:
                    resolution = options.Value[0];
                    break;
                case PcapngFormat.OptionInterfaceOffset when options.Value.Length >= 8:
                    offsetSeconds = _order.Read64(options.Value);
                    break;
            }
        }

        var linkType = (CaptureLinkType)_order.Read16(body);
        _interfaces.Add(new CaptureInterface(_interfaces.Count, linkType, _order.Read32(body[4..]), name)
        {
            Scale = new TimestampScale(resolution, offsetSeconds),
        });
        return true;
    }

    private bool TryReadEnhanced(long offset, ReadOnlySpan<byte> body, out CaptureRecord record)
    {
        record = default;
        if (body.Length < 20)
        {
            return Finish(BadBlock(offset, $"a packet's block has {body.Length} bytes of the 20 it needs"));
        }

        return TryReadPacket(offset, body, _order.Read32(body), out record);
    }

    private bool TryReadObsolete(long offset, ReadOnlySpan<byte> body, out CaptureRecord record)
    {
        record = default;
        if (body.Length < 20)
        {
            return Finish(BadBlock(offset, $"a packet's block has {body.Length} bytes of the 20 it needs"));
        }

        // The same layout as the enhanced block but for the first word: a 16-bit interface and a count of drops.
        return TryReadPacket(offset, body, _order.Read16(body), out record);
    }

    private bool TryReadPacket(long offset, ReadOnlySpan<byte> body, uint interfaceId, out CaptureRecord record)
    {
        record = default;
        if (!TryFindInterface(offset, interfaceId, out CaptureInterface? source))
        {
            return false;
        }

        uint captured = _order.Read32(body[12..]);
        if (!IsCapturedLengthSane(offset, captured, body.Length - 20))
        {
            return false;
        }

        ReadOnlySpan<byte> comment = default;
        var direction = CaptureDirection.Unknown;
        int padded = (int)Math.Min(body.Length, 20 + (captured + 3L & ~3L));
        var options = new PcapngOptions(body[padded..], _order);
        while (options.TryNext())
        {
            if (options.Code == PcapngFormat.OptionComment && comment.IsEmpty)
            {
                comment = options.Value;
            }
            else if (options.Code == PcapngFormat.OptionPacketFlags && options.Value.Length >= 4)
            {
                direction = (CaptureDirection)(_order.Read32(options.Value) & 3);
            }
        }

        ulong ticks = (ulong)_order.Read32(body[4..]) << 32 | _order.Read32(body[8..]);
        record = new CaptureRecord
        {
            TimestampNanoseconds = source!.Scale.ToNanoseconds(ticks),
            HasTimestamp = true,
            InterfaceId = source.Id,
            LinkType = source.LinkType,
            Direction = direction > CaptureDirection.Outbound ? CaptureDirection.Unknown : direction,
            OriginalLength = _order.Read32(body[16..]),
            Data = body.Slice(20, (int)captured),
            CommentUtf8 = comment,
        };
        return true;
    }

    private bool TryReadSimple(long offset, ReadOnlySpan<byte> body, out CaptureRecord record)
    {
        record = default;
        if (body.Length < 4)
        {
            return Finish(BadBlock(offset, $"a packet's block has {body.Length} bytes of the 4 it needs"));
        }

        // "the Simple Packet Block ... refers to the first interface of the section", whose limit tells what was kept.
        if (!TryFindInterface(offset, 0, out CaptureInterface? source))
        {
            return false;
        }

        uint original = _order.Read32(body);
        uint captured = source!.SnapLengthBytes == 0 ? original : Math.Min(original, source.SnapLengthBytes);
        if (!IsCapturedLengthSane(offset, captured, body.Length - 4))
        {
            return false;
        }

        record = new CaptureRecord
        {
            InterfaceId = source.Id,
            LinkType = source.LinkType,
            OriginalLength = original,
            Data = body.Slice(4, (int)captured),
        };
        return true;
    }

    private bool TryFindInterface(long offset, uint interfaceId, out CaptureInterface? source)
    {
        source = null;
        if (interfaceId >= (uint)(_interfaces.Count - _sectionInterfaces))
        {
            return Finish(new CaptureError(
                CaptureErrorKind.UnknownInterface,
                offset,
                FormattableString.Invariant($"a packet names interface {interfaceId}, which its section does not describe"),
                "the file is damaged from here on; the packets before were read"));
        }

        source = _interfaces[_sectionInterfaces + (int)interfaceId];
        return true;
    }

    private bool IsCapturedLengthSane(long offset, uint captured, int room)
    {
        if (captured > PcapngFormat.MaximumCapturedLength)
        {
            return Finish(new CaptureError(
                CaptureErrorKind.RecordTooLong,
                offset,
                FormattableString.Invariant($"a packet claims {captured} captured bytes; no packet has more than 262144"),
                "the file is damaged from here on; the packets before were read"));
        }

        return captured <= (uint)room
            || Finish(BadBlock(offset, $"a packet claims {captured} captured bytes, its block has room for {room}"));
    }
}
