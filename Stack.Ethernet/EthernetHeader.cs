using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

    private readonly ref readonly byte _start;

    private EthernetHeader(ref readonly byte start) => _start = ref start;

    /// <summary>The station the frame is for.</summary>
    public MacAddress Destination
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(ReadUInt64(0) >> 16);
    }

    /// <summary>The station the frame is from.</summary>
    public MacAddress Source
    {
        // With the two bytes before it, which the address has no place for.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(ReadUInt64(SourceOffset - 2));
    }

    /// <summary>What the frame carries. Below 0x0600 it is a length (IEEE 802.3), which names no protocol.</summary>
    public EtherType Type
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (EtherType)ReadUInt16(TypeOffset);
    }

    /// <summary>Views the first 14 bytes of a frame.</summary>
    /// <returns>False where there are fewer.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParse(ReadOnlySpan<byte> frame, out EthernetHeader header)
    {
        if (frame.Length < LengthBytes)
        {
            header = default;
            return false;
        }

        header = new EthernetHeader(ref MemoryMarshal.GetReference(frame));
        return true;
    }

    /// <summary>Writes a header into 14 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> destination, MacAddress to, MacAddress from, EtherType type)
    {
        ulong first = (to.Value << 16) | (from.Value >> 32);
        uint second = (uint)from.Value;
        ushort third = (ushort)type;
        ref byte start = ref MemoryMarshal.GetReference(destination[..LengthBytes]);
        Unsafe.WriteUnaligned(ref start, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(first) : first);
        Unsafe.WriteUnaligned(
            ref Unsafe.Add(ref start, SourceOffset + 2), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(second) : second);
        Unsafe.WriteUnaligned(
            ref Unsafe.Add(ref start, TypeOffset), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(third) : third);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong ReadUInt64(int offset)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref Unsafe.AsRef(in _start), offset));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort ReadUInt16(int offset)
    {
        ushort value = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref Unsafe.AsRef(in _start), offset));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }
}
