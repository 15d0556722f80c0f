using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace NetStack.Ethernet;

/// <summary>
/// Formats frames as pcapng blocks with nanosecond timestamps and appends them to a sink. It does no input or output and
/// reads no clock: the sink decides what becomes of the bytes (<see cref="CaptureSink"/> hands them to a stream). One
/// section, little-endian, any number of interfaces. Not thread-safe.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcapng §4.1, §4.2, §4.3.</remarks>
public sealed class PcapngWriter
{
    private const int EnhancedFixedBytes = 28;
    private const int FlagsOptionBytes = 8;
    private const byte NanosecondResolution = 9;

    // Three bytes are the most a UTF-16 unit takes, so a text this long always fits the 16-bit length of an option.
    private const int MaximumTextChars = 21_840;

    private readonly IBufferWriter<byte> _sink;
    private int _interfaceCount;
    private uint _blockLength;
    private uint _frameRemaining;
    private int _framePadding;
    private CaptureDirection _frameDirection;
    private string? _frameComment;
    private bool _inFrame;

    /// <summary>Writes the section header.</summary>
    /// <param name="sink">Takes the bytes; owned by the caller.</param>
    /// <param name="application">The name of the program that captures, for the section's <c>shb_userappl</c>.</param>
    public PcapngWriter(IBufferWriter<byte> sink, string application)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(application);
        _sink = sink;

        int options = TextOptionLength(application) + 4;
        uint length = (uint)(28 + options);
        Span<byte> head = sink.GetSpan(24);
        BinaryPrimitives.WriteUInt32LittleEndian(head, PcapngFormat.SectionHeaderBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], PcapngFormat.ByteOrderMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(head[12..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(head[14..], 0);
        // "-1 (0xFFFFFFFFFFFFFFFF) means that the size of the section is not specified".
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], -1);
        Commit(24);
        WriteTextOption(PcapngFormat.OptionSectionApplication, application);
        WriteTail(length);
    }

    /// <summary>Bytes appended to the sink so far.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Describes an interface.</summary>
    /// <param name="name">The interface's name, for <c>if_name</c>.</param>
    /// <param name="linkType">What its frames begin with.</param>
    /// <param name="snapLengthBytes">The most bytes kept of a frame; 0 for no limit.</param>
    /// <returns>The id to write frames with, counted from 0.</returns>
    /// <exception cref="InvalidOperationException">A frame is open.</exception>
    public int AddInterface(string name, CaptureLinkType linkType = CaptureLinkType.Ethernet, int snapLengthBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(snapLengthBytes);
        ThrowIfInFrame();

        uint length = (uint)(20 + TextOptionLength(name) + 8 + 4);
        Span<byte> head = _sink.GetSpan(16);
        BinaryPrimitives.WriteUInt32LittleEndian(head, PcapngFormat.InterfaceDescriptionBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[8..], (ushort)linkType);
        BinaryPrimitives.WriteUInt16LittleEndian(head[10..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], (uint)snapLengthBytes);
        Commit(16);
        WriteTextOption(PcapngFormat.OptionInterfaceName, name);

        Span<byte> resolution = _sink.GetSpan(8);
        resolution[..8].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(resolution, PcapngFormat.OptionInterfaceResolution);
        BinaryPrimitives.WriteUInt16LittleEndian(resolution[2..], 1);
        resolution[4] = NanosecondResolution;
        Commit(8);
        WriteTail(length);
        return _interfaceCount++;
    }

    /// <summary>Writes one frame that lies in one piece.</summary>
    /// <param name="interfaceId">An id from <see cref="AddInterface"/>.</param>
    /// <param name="timestampNanoseconds">Nanoseconds since 1970-01-01 UTC; a negative value is written as 0.</param>
    /// <param name="direction">The way the frame went.</param>
    /// <param name="frame">The bytes kept of the frame.</param>
    /// <param name="originalLengthBytes">The frame's length on the wire; 0 for the length of <paramref name="frame"/>.</param>
    /// <param name="comment">A remark shown beside the frame, cut at about 21,000 characters.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such interface, or the frame is longer than
    /// <see cref="PcapngFormat.MaximumCapturedLength"/>.</exception>
    public void Write(
        int interfaceId,
        long timestampNanoseconds,
        CaptureDirection direction,
        ReadOnlySpan<byte> frame,
        int originalLengthBytes = 0,
        string? comment = null)
    {
        Begin(interfaceId, timestampNanoseconds, direction, frame.Length, originalLengthBytes, comment);
        Append(frame);
        End();
    }

    /// <summary>Opens a frame that lies in several pieces: <see cref="Append"/> them, then <see cref="End"/>.</summary>
    /// <param name="interfaceId">An id from <see cref="AddInterface"/>.</param>
    /// <param name="timestampNanoseconds">Nanoseconds since 1970-01-01 UTC; a negative value is written as 0.</param>
    /// <param name="direction">The way the frame went.</param>
    /// <param name="capturedLengthBytes">The sum of the lengths of the pieces to come.</param>
    /// <param name="originalLengthBytes">The frame's length on the wire; 0 for the captured length.</param>
    /// <param name="comment">A remark shown beside the frame, cut at about 21,000 characters.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such interface, or the frame is longer than
    /// <see cref="PcapngFormat.MaximumCapturedLength"/>.</exception>
    /// <exception cref="InvalidOperationException">Another frame is open.</exception>
    public void Begin(
        int interfaceId,
        long timestampNanoseconds,
        CaptureDirection direction,
        int capturedLengthBytes,
        int originalLengthBytes = 0,
        string? comment = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(interfaceId);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(interfaceId, _interfaceCount);
        ArgumentOutOfRangeException.ThrowIfNegative(capturedLengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capturedLengthBytes, PcapngFormat.MaximumCapturedLength);
        ArgumentOutOfRangeException.ThrowIfNegative(originalLengthBytes);
        ThrowIfInFrame();

        _inFrame = true;
        _frameDirection = direction;
        _frameComment = comment;
        _frameRemaining = (uint)capturedLengthBytes;
        _framePadding = -capturedLengthBytes & 3;
        int options = (direction == CaptureDirection.Unknown ? 0 : FlagsOptionBytes)
            + (comment is null ? 0 : TextOptionLength(comment));
        _blockLength = (uint)(EnhancedFixedBytes + capturedLengthBytes + _framePadding + 4 + (options == 0 ? 0 : options + 4));

        ulong timestamp = (ulong)Math.Max(0, timestampNanoseconds);
        Span<byte> head = _sink.GetSpan(EnhancedFixedBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(head, PcapngFormat.EnhancedPacketBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], _blockLength);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)interfaceId);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], (uint)(timestamp >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], (uint)timestamp);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], (uint)capturedLengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(head[24..], (uint)Math.Max(originalLengthBytes, capturedLengthBytes));
        Commit(EnhancedFixedBytes);
    }

    /// <summary>Appends a piece of the open frame; borrows it.</summary>
    /// <exception cref="InvalidOperationException">No frame is open, or the pieces exceed the length it was opened with.</exception>
    public void Append(ReadOnlySpan<byte> piece)
    {
        if (!_inFrame || (uint)piece.Length > _frameRemaining)
        {
            throw new InvalidOperationException("The pieces of a frame must add up to the length it was begun with.");
        }

        _sink.Write(piece);
        WrittenBytes += piece.Length;
        _frameRemaining -= (uint)piece.Length;
    }

    /// <summary>Closes the open frame.</summary>
    /// <exception cref="InvalidOperationException">No frame is open, or pieces of it are missing.</exception>
    public void End()
    {
        if (!_inFrame || _frameRemaining != 0)
        {
            throw new InvalidOperationException("The pieces of a frame must add up to the length it was begun with.");
        }

        WriteZeros(_framePadding);
        bool options = false;
        if (_frameDirection != CaptureDirection.Unknown)
        {
            options = true;
            Span<byte> flags = _sink.GetSpan(FlagsOptionBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, PcapngFormat.OptionPacketFlags);
            BinaryPrimitives.WriteUInt16LittleEndian(flags[2..], 4);
            BinaryPrimitives.WriteUInt32LittleEndian(flags[4..], (uint)_frameDirection);
            Commit(FlagsOptionBytes);
        }

        if (_frameComment is not null)
        {
            options = true;
            WriteTextOption(PcapngFormat.OptionComment, _frameComment);
        }

        _inFrame = false;
        _frameComment = null;
        if (options)
        {
            WriteTail(_blockLength);
            return;
        }

        Span<byte> tail = _sink.GetSpan(4);
        BinaryPrimitives.WriteUInt32LittleEndian(tail, _blockLength);
        Commit(4);
    }

    private static ReadOnlySpan<char> Cut(string text)
    {
        if (text.Length <= MaximumTextChars)
        {
            return text;
        }

        int length = char.IsHighSurrogate(text[MaximumTextChars - 1]) ? MaximumTextChars - 1 : MaximumTextChars;
        return text.AsSpan(0, length);
    }

    private static int TextOptionLength(string text) => 4 + ((Encoding.UTF8.GetByteCount(Cut(text)) + 3) & ~3);

    private void WriteTextOption(ushort code, string text)
    {
        ReadOnlySpan<char> chars = Cut(text);
        int length = Encoding.UTF8.GetByteCount(chars);
        Span<byte> option = _sink.GetSpan(4 + length);
        BinaryPrimitives.WriteUInt16LittleEndian(option, code);
        BinaryPrimitives.WriteUInt16LittleEndian(option[2..], (ushort)length);
        Encoding.UTF8.GetBytes(chars, option[4..]);
        Commit(4 + length);
        WriteZeros(-length & 3);
    }

    /// <summary>The end of the options, then the block's length a second time.</summary>
    private void WriteTail(uint length)
    {
        Span<byte> tail = _sink.GetSpan(8);
        BinaryPrimitives.WriteUInt32LittleEndian(tail, PcapngFormat.OptionEnd);
        BinaryPrimitives.WriteUInt32LittleEndian(tail[4..], length);
        Commit(8);
    }

    private void WriteZeros(int count)
    {
        if (count > 0)
        {
            _sink.GetSpan(count)[..count].Clear();
            Commit(count);
        }
    }

    private void Commit(int count)
    {
        _sink.Advance(count);
        WrittenBytes += count;
    }

    private void ThrowIfInFrame()
    {
        if (_inFrame)
        {
            throw new InvalidOperationException("A frame is open: End it first.");
        }
    }
}
