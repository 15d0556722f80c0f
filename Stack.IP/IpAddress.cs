using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetStack.IP;

/// <summary>
/// An IPv4 or IPv6 address in 16 bytes. An IPv4 address is held in the IPv4-mapped form, <c>::ffff:a.b.c.d</c>, which
/// never appears on a wire, so the two families share one key for tables and one type for ports.
/// </summary>
/// <remarks>RFC 4291 §2.5.5.2.</remarks>
public readonly record struct IpAddress : IComparable<IpAddress>
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;

    /// <summary>Makes an address from its 128 bits, the first byte on the wire in the highest place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IpAddress(ulong high, ulong low)
    {
        _high = high;
        _low = low;
    }

    /// <summary>Makes an IPv4 address from its 32 bits, the first byte on the wire in the highest place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IpAddress(uint ipv4)
    {
        _high = 0;
        _low = MappedPrefix | ipv4;
    }

    /// <summary>0.0.0.0.</summary>
    public static IpAddress AnyV4 => new(0u);

    /// <summary>The IPv6 unspecified address, <c>::</c>.</summary>
    public static IpAddress AnyV6 => default;

    /// <summary>255.255.255.255.</summary>
    public static IpAddress BroadcastV4 => new(0xFFFF_FFFFu);

    /// <summary>127.0.0.1.</summary>
    public static IpAddress LoopbackV4 => new(0x7F00_0001u);

    /// <summary>The upper 64 bits.</summary>
    public ulong High => _high;

    /// <summary>The lower 64 bits.</summary>
    public ulong Low => _low;

    /// <summary>Whether this is an IPv4 address.</summary>
    public bool IsIPv4
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _high == 0 && (_low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;
    }

    /// <summary>The 32 bits of an IPv4 address.</summary>
    public uint ValueV4 => (uint)_low;

    /// <summary>The family of the address.</summary>
    public AddressFamily Family => IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;

    /// <summary>The number of bytes on the wire: 4 or 16.</summary>
    public int LengthBytes => IsIPv4 ? 4 : 16;

    /// <summary>Whether this is the unspecified address of its family.</summary>
    public bool IsAny
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _high == 0 && (_low == 0 || _low == MappedPrefix);
    }

    /// <summary>Whether this is 127.0.0.0/8 or ::1.</summary>
    public bool IsLoopback => IsIPv4 ? (ValueV4 >> 24) == 127 : _high == 0 && _low == 1;

    /// <summary>Whether this is 224.0.0.0/4 or ff00::/8.</summary>
    public bool IsMulticast => IsIPv4 ? (ValueV4 >> 28) == 14 : (_high >> 56) == 0xFF;

    /// <summary>Whether this is 255.255.255.255.</summary>
    public bool IsLimitedBroadcast => IsIPv4 && ValueV4 == 0xFFFF_FFFF;

    /// <summary>Reads an address of 4 or 16 bytes.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static IpAddress Read(ReadOnlySpan<byte> source) => source.Length switch
    {
        4 => new IpAddress(BinaryPrimitives.ReadUInt32BigEndian(source)),
        16 => new IpAddress(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..])),
        _ => throw new ArgumentException($"An address has 4 or 16 bytes, not {source.Length}.", nameof(source)),
    };

    /// <summary>Writes the 4 or 16 bytes of the address.</summary>
    public void Write(Span<byte> destination)
    {
        if (IsIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, ValueV4);
            return;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <summary>Converts from the platform's type. An IPv4-mapped IPv6 address becomes the IPv4 address; scope ids are not kept.</summary>
    public static IpAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return Read(bytes[..written]);
    }

    /// <summary>Converts to the platform's type.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        Write(bytes);
        return new IPAddress(bytes[..LengthBytes]);
    }

    /// <summary>Reads the text form of either family.</summary>
    /// <remarks>IPv4 takes four decimal parts only: <c>10.1</c>, <c>0x7f.1</c> and the like are refused.</remarks>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpAddress address)
    {
        address = default;

        // The platform also reads a port or a scope behind an IPv6 address; neither is part of an address here.
        if (text is null || text.AsSpan().ContainsAny('[', ']', '%') || !IPAddress.TryParse(text, out IPAddress? parsed))
        {
            return false;
        }

        if (parsed.AddressFamily == AddressFamily.InterNetwork && (text.Split('.').Length != 4 || parsed.ToString() != text))
        {
            return false;
        }

        address = From(parsed);
        return true;
    }

    /// <summary>Reads the text form of either family.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static IpAddress Parse(string text) =>
        TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is no IP address.");

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(IpAddress other) => ((_low ^ other._low) | (_high ^ other._high)) == 0;

    /// <inheritdoc/>
    public override int GetHashCode() => (_high.GetHashCode() * -1521134295) + _low.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(IpAddress other)
    {
        int high = _high.CompareTo(other._high);
        return high != 0 ? high : _low.CompareTo(other._low);
    }

    /// <summary>Whether the left address sorts first.</summary>
    public static bool operator <(IpAddress left, IpAddress right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left address sorts last.</summary>
    public static bool operator >(IpAddress left, IpAddress right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left address does not sort last.</summary>
    public static bool operator <=(IpAddress left, IpAddress right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left address does not sort first.</summary>
    public static bool operator >=(IpAddress left, IpAddress right) => left.CompareTo(right) >= 0;

    /// <summary>The text form: dotted decimal, or that of RFC 5952.</summary>
    public override string ToString() => ToIPAddress().ToString();
}
