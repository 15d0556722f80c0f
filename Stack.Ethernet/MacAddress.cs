using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace NetStack.Ethernet;

/// <summary>A 48-bit link-layer address.</summary>
/// <remarks>IEEE Std 802, clause 8.</remarks>
public readonly record struct MacAddress
{
    /// <summary>The number of bytes of an address on the wire.</summary>
    public const int LengthBytes = 6;

    private readonly ulong _value;

    /// <summary>Makes an address from its 48 bits, the first byte on the wire in the highest place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MacAddress(ulong value) => _value = value & 0xFFFF_FFFF_FFFF;

    /// <summary>All ones: every station.</summary>
    public static MacAddress Broadcast => new(0xFFFF_FFFF_FFFF);

    /// <summary>The 48 bits, the first byte on the wire in the highest place.</summary>
    public ulong Value => _value;

    /// <summary>Whether the address names a group: multicast or broadcast.</summary>
    public bool IsGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_value & 0x0100_0000_0000) != 0;
    }

    /// <summary>Whether the address is the broadcast address.</summary>
    public bool IsBroadcast => _value == 0xFFFF_FFFF_FFFF;

    /// <summary>Whether the address was given out locally, not by a manufacturer.</summary>
    public bool IsLocal => (_value & 0x0200_0000_0000) != 0;

    /// <summary>Whether all bits are zero.</summary>
    public bool IsZero => _value == 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(MacAddress other) => _value == other._value;

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    /// <summary>Reads an address. The span must hold at least 6 bytes.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> source) =>
        new(((ulong)BinaryPrimitives.ReadUInt16BigEndian(source) << 32) | BinaryPrimitives.ReadUInt32BigEndian(source[2..]));

    /// <summary>Writes the address. The span must hold at least 6 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(_value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..], (uint)_value);
    }

    /// <summary>Makes a locally administered unicast address from arbitrary bits.</summary>
    public static MacAddress MakeLocal(ulong bits) => new((bits & 0xFCFF_FFFF_FFFF) | 0x0200_0000_0000);

    /// <summary>Reads the text form, six pairs of hexadecimal digits with <c>:</c> or <c>-</c> between them.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MacAddress address)
    {
        address = default;
        if (text is null || text.Length != 17)
        {
            return false;
        }

        ulong value = 0;
        for (int i = 0; i < LengthBytes; i++)
        {
            if (i > 0 && text[(i * 3) - 1] is not (':' or '-'))
            {
                return false;
            }

            if (!byte.TryParse(text.AsSpan(i * 3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte part))
            {
                return false;
            }

            value = (value << 8) | part;
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary>The text form, such as <c>02:00:5e:10:00:01</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(byte)(_value >> 40):x2}:{(byte)(_value >> 32):x2}:{(byte)(_value >> 24):x2}:{(byte)(_value >> 16):x2}:{(byte)(_value >> 8):x2}:{(byte)_value:x2}");
}
