using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// A view of a TCP header.
/// <code>
///    0                   1                   2                   3
///   +-------------------------------+-------------------------------+
///   |          source port          |       destination port        |
///   +-------------------------------+-------------------------------+
///   |                        sequence number                        |
///   +---------------------------------------------------------------+
///   |                    acknowledgment number                      |
///   +-------+-------+---------------+-------------------------------+
///   | offset|     |     flags       |            window             |
///   +-------+-------+---------------+-------------------------------+
///   |           checksum            |         urgent pointer        |
///   +-------------------------------+-------------------------------+
///   |                          options ...                          |
/// </code>
/// </summary>
/// <remarks>RFC 9293 §3.1.</remarks>
public readonly ref struct TcpHeader
{
    /// <summary>The length without options.</summary>
    public const int MinimumLengthBytes = 20;

    /// <summary>The length with as many options as fit.</summary>
    public const int MaximumLengthBytes = 60;

    /// <summary>The offset of the checksum.</summary>
    public const int ChecksumOffset = 16;

    private const int DestinationPortOffset = 2;
    private const int SequenceOffset = 4;
    private const int AcknowledgmentOffset = 8;
    private const int DataOffsetOffset = 12;
    private const int FlagsMask = 0x1FF;
    private const int WindowOffset = 14;
    private const int UrgentOffset = 18;

    private readonly ReadOnlySpan<byte> _bytes;

    private TcpHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The sender's port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>The receiver's port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[DestinationPortOffset..]);

    /// <summary>The sequence number of the first payload byte, or of the SYN.</summary>
    public SequenceNumber Sequence => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[SequenceOffset..]));

    /// <summary>The next sequence number the sender expects, with ACK.</summary>
    public SequenceNumber Acknowledgment => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[AcknowledgmentOffset..]));

    /// <summary>The length of the header, options included.</summary>
    public int LengthBytes => (_bytes[DataOffsetOffset] >> 4) * 4;

    /// <summary>The control bits.</summary>
    public TcpFlags Flags => (TcpFlags)(BinaryPrimitives.ReadUInt16BigEndian(_bytes[DataOffsetOffset..]) & FlagsMask);

    /// <summary>The window field, not scaled.</summary>
    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(_bytes[WindowOffset..]);

    /// <summary>The checksum.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChecksumOffset..]);

    /// <summary>The urgent pointer, with URG.</summary>
    public ushort UrgentPointer => BinaryPrimitives.ReadUInt16BigEndian(_bytes[UrgentOffset..]);

    /// <summary>The bytes of the options, padding included.</summary>
    public ReadOnlySpan<byte> Options => _bytes[MinimumLengthBytes..];

    /// <summary>Views the header at the start of a segment.</summary>
    /// <param name="segment">The segment, as far as it lies in one piece.</param>
    /// <param name="header">The header, all of its accessors in bounds.</param>
    /// <param name="reason">Why it is none.</param>
    public static bool TryParse(ReadOnlySpan<byte> segment, out TcpHeader header, out DropReason reason)
    {
        header = default;
        reason = DropReason.TcpTooShort;
        if (segment.Length < MinimumLengthBytes)
        {
            return false;
        }

        int lengthBytes = (segment[DataOffsetOffset] >> 4) * 4;
        reason = DropReason.TcpBadHeaderLength;
        if (lengthBytes < MinimumLengthBytes || lengthBytes > segment.Length)
        {
            return false;
        }

        header = new TcpHeader(segment[..lengthBytes]);
        return true;
    }

    /// <summary>Sets the URG bit and the urgent pointer of a header that was written.</summary>
    internal static void WriteUrgentPointer(Span<byte> header, ushort pointer)
    {
        header[DataOffsetOffset + 1] |= (byte)TcpFlags.Urgent;
        BinaryPrimitives.WriteUInt16BigEndian(header[UrgentOffset..], pointer);
    }

    /// <summary>Writes the first 20 bytes of a header, the checksum and the urgent pointer zero.</summary>
    /// <param name="destination">The header, whose length is that of the span: a multiple of 4 from 20 to 60.</param>
    /// <param name="sourcePort">The sender's port.</param>
    /// <param name="destinationPort">The receiver's port.</param>
    /// <param name="sequence">The sequence number.</param>
    /// <param name="acknowledgment">The acknowledgment number.</param>
    /// <param name="flags">The control bits.</param>
    /// <param name="window">The window field.</param>
    public static void Write(
        Span<byte> destination,
        ushort sourcePort,
        ushort destinationPort,
        SequenceNumber sequence,
        SequenceNumber acknowledgment,
        TcpFlags flags,
        ushort window)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination[ChecksumOffset..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(destination[WindowOffset..], window);
        BinaryPrimitives.WriteUInt16BigEndian(
            destination[DataOffsetOffset..], (ushort)(destination.Length / 4 << 12 | (int)flags));
        BinaryPrimitives.WriteUInt32BigEndian(destination[AcknowledgmentOffset..], acknowledgment.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[SequenceOffset..], sequence.Value);
        BinaryPrimitives.WriteUInt16BigEndian(destination[DestinationPortOffset..], destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(destination, sourcePort);
    }
}
