using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace NetStack.IP;

/// <summary>
/// A view of a UDP header.
/// <code>
///   0                   2                   4                   6                   8
///   +-------------------+-------------------+-------------------+-------------------+
///   |    source port    | destination port  |      length       |     checksum      |
///   +-------------------+-------------------+-------------------+-------------------+
/// </code>
/// </summary>
/// <remarks>RFC 768.</remarks>
public readonly ref struct UdpHeader
{
    /// <summary>The length of the header.</summary>
    public const int LengthBytes = 8;

    /// <summary>Where the checksum stands.</summary>
    public const int ChecksumOffset = 6;

    // The four fields in one number, the source port in the highest place.
    private readonly ulong _fields;

    private UdpHeader(ulong fields) => _fields = fields;

    /// <summary>The sender's port; 0 where it expects no answer.</summary>
    public ushort SourcePort => (ushort)(_fields >> 48);

    /// <summary>The receiver's port.</summary>
    public ushort DestinationPort => (ushort)(_fields >> 32);

    /// <summary>The length of header and data in bytes.</summary>
    public int DatagramLengthBytes => (ushort)(_fields >> 16);

    /// <summary>The checksum over pseudo header, header and data; 0 where the sender computed none (IPv4 only).</summary>
    public ushort Checksum => (ushort)_fields;

    /// <summary>Views the first 8 bytes of a datagram.</summary>
    /// <returns>False where there are fewer.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> datagram, out UdpHeader header)
    {
        bool isLongEnough = BinaryPrimitives.TryReadUInt64BigEndian(datagram, out ulong fields);
        header = new UdpHeader(fields);
        return isLongEnough;
    }

    /// <summary>Writes a header into at least 8 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> destination, ushort sourcePort, ushort destinationPort, int datagramLengthBytes, ushort checksum) =>
        BinaryPrimitives.WriteUInt64BigEndian(
            destination,
            ((ulong)sourcePort << 48) | ((ulong)destinationPort << 32) | ((ulong)(ushort)datagramLengthBytes << 16) | checksum);
}
