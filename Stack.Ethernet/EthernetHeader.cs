using System.Buffers.Binary;

namespace NetStack.Ethernet;

/// <summary>
/// A view of an Ethernet II header.
/// <code>
///   0                   6                  12       14
///   +-------------------+-------------------+--------+
///   |    destination    |      source       |  type  |
///   +-------------------+-------------------+--------+
/// </code>
/// </summary>
/// <remarks>IEEE Std 802.3, clause 3.1.</remarks>
public readonly ref struct EthernetHeader
{
    /// <summary>The length of the header without tags.</summary>
    public const int LengthBytes = 14;

    /// <summary>The length of one VLAN tag.</summary>
    public const int VlanTagLengthBytes = 4;

    private const int SourceOffset = 6;
    private const int TypeOffset = 12;

    private readonly ReadOnlySpan<byte> _bytes;

    private EthernetHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The station the frame is for.</summary>
    public MacAddress Destination => MacAddress.Read(_bytes);

    /// <summary>The station the frame is from.</summary>
    public MacAddress Source => MacAddress.Read(_bytes[SourceOffset..]);

    /// <summary>What the frame carries. Below 0x0600 it is a length (IEEE 802.3), which names no protocol.</summary>
    public EtherType Type => (EtherType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[TypeOffset..]);

    /// <summary>Views the first 14 bytes of a frame.</summary>
    /// <returns>False where there are fewer.</returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, out EthernetHeader header)
    {
        if (frame.Length < LengthBytes)
        {
            header = default;
            return false;
        }

        header = new EthernetHeader(frame[..LengthBytes]);
        return true;
    }

    /// <summary>Writes a header into 14 bytes.</summary>
    public static void Write(Span<byte> destination, MacAddress to, MacAddress from, EtherType type)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination[TypeOffset..], (ushort)type);
        from.Write(destination[SourceOffset..]);
        to.Write(destination);
    }
}
