using System.Buffers.Binary;

namespace NetStack.IP;

/// <summary>
/// A view of the eight bytes every ICMP message starts with.
/// <code>
///   0         1         2                   4                   6                   8
///   +---------+---------+-------------------+-------------------+-------------------+
///   |  type   |  code   |     checksum      |  identifier, or   |  sequence number, |
///   |         |         |                   |  pointer, or 0    |  next-hop MTU or 0|
///   +---------+---------+-------------------+-------------------+-------------------+
/// </code>
/// </summary>
/// <remarks>RFC 792, RFC 1191 §4.</remarks>
internal readonly ref struct IcmpHeader
{
    /// <summary>The length of the header.</summary>
    public const int LengthBytes = 8;

    /// <summary>Where the checksum stands.</summary>
    public const int ChecksumOffset = 2;

    private const int IdentifierOffset = 4;
    private const int SequenceOffset = 6;

    private readonly ReadOnlySpan<byte> _bytes;

    private IcmpHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The type.</summary>
    public IcmpType Type => (IcmpType)_bytes[0];

    /// <summary>The code within the type.</summary>
    public byte Code => _bytes[1];

    /// <summary>The checksum of the whole message.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[ChecksumOffset..]);

    /// <summary>Of an echo message: which endpoint it belongs to.</summary>
    public ushort Identifier => BinaryPrimitives.ReadUInt16BigEndian(_bytes[IdentifierOffset..]);

    /// <summary>Of an echo message: its number.</summary>
    public ushort Sequence => BinaryPrimitives.ReadUInt16BigEndian(_bytes[SequenceOffset..]);

    /// <summary>Of "fragmentation needed": the MTU of the next hop; 0 from old routers.</summary>
    public ushort NextHopMtuBytes => BinaryPrimitives.ReadUInt16BigEndian(_bytes[SequenceOffset..]);

    /// <summary>Views a message's header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out IcmpHeader header)
    {
        header = message.Length < LengthBytes ? default : new IcmpHeader(message[..LengthBytes]);
        return message.Length >= LengthBytes;
    }

    /// <summary>Writes a header with a zero checksum into at least 8 bytes.</summary>
    public static void Write(Span<byte> destination, IcmpType type, byte code, ushort identifier, ushort sequence)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, ((uint)type << 24) | ((uint)code << 16));
        BinaryPrimitives.WriteUInt16BigEndian(destination[IdentifierOffset..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(destination[SequenceOffset..], sequence);
    }
}
