using System.Diagnostics.CodeAnalysis;

namespace NetStack.Dns;

/// <summary>
/// An absolute domain name in wire form: labels of 1 to 63 bytes, each behind its length, ended by the empty root
/// label, 255 bytes at most. Immutable; equal to any name that differs only in the case of ASCII letters.
/// </summary>
/// <remarks>RFC 1034 §3.1, RFC 1035 §2.3.4 and §3.1, RFC 4343.</remarks>
public sealed partial class DomainName : IEquatable<DomainName>
{
    /// <summary>The longest label, in bytes, without its length.</summary>
    public const int MaxLabelBytes = 63;

    /// <summary>The longest name on the wire, in bytes, with all lengths and the root label.</summary>
    public const int MaxWireBytes = 255;

    /// <summary>The first two bits of a length that is a compression pointer instead.</summary>
    internal const byte PointerMask = 0xC0;

    // A name has at most 127 labels, so a chain with more pointers leads through pointers that bring nothing.
    private const int MaxPointers = 127;

    private readonly byte[] _wire;
    private readonly int _hash;

    private DomainName(ReadOnlySpan<byte> wire)
    {
        _wire = wire.ToArray();
        _hash = HashOf(wire);
    }

    /// <summary>The root of all names.</summary>
    public static DomainName Root { get; } = new([0]);

    /// <summary>The name as it stands uncompressed on the wire.</summary>
    public ReadOnlySpan<byte> Wire => _wire;

    /// <summary>How many labels the name has, the root label not counted.</summary>
    public int LabelCount
    {
        get
        {
            int count = 0;
            for (int offset = 0; _wire[offset] != 0; offset += _wire[offset] + 1)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>Takes a name from its uncompressed wire form, which must fill the span.</summary>
    /// <returns>Whether the bytes are a name within the limits.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> wire, [NotNullWhen(true)] out DomainName? name)
    {
        name = null;
        if (wire.Length is 0 or > MaxWireBytes)
        {
            return false;
        }

        int offset = 0;
        while (wire[offset] != 0)
        {
            int next = offset + wire[offset] + 1;
            if (wire[offset] > MaxLabelBytes || next >= wire.Length)
            {
                return false;
            }

            offset = next;
        }

        if (offset != wire.Length - 1)
        {
            return false;
        }

        name = new DomainName(wire);
        return true;
    }

    /// <summary>Puts another name behind this one, as a search list does.</summary>
    /// <returns>Whether the result stays within 255 bytes.</returns>
    public bool TryAppend(DomainName suffix, [NotNullWhen(true)] out DomainName? name)
    {
        ArgumentNullException.ThrowIfNull(suffix);
        int length = _wire.Length - 1 + suffix._wire.Length;
        if (length > MaxWireBytes)
        {
            name = null;
            return false;
        }

        Span<byte> wire = stackalloc byte[MaxWireBytes];
        _wire.CopyTo(wire);
        suffix._wire.CopyTo(wire[(_wire.Length - 1)..]);
        name = new DomainName(wire[..length]);
        return true;
    }

    /// <summary>Whether this name is the other one or lies below it.</summary>
    public bool IsAtOrBelow(DomainName ancestor)
    {
        ArgumentNullException.ThrowIfNull(ancestor);
        int offset = 0;
        while (_wire.Length - offset > ancestor._wire.Length)
        {
            offset += _wire[offset] + 1;
        }

        return EqualsIgnoringCase(_wire.AsSpan(offset), ancestor._wire);
    }

    /// <inheritdoc/>
    public bool Equals(DomainName? other) =>
        other is not null && _hash == other._hash && EqualsIgnoringCase(_wire, other._wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DomainName);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>Whether two names are the same but for the case of their letters.</summary>
    public static bool operator ==(DomainName? left, DomainName? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two names differ in more than the case of their letters.</summary>
    public static bool operator !=(DomainName? left, DomainName? right) => !(left == right);

    /// <summary>Reads a name that may be compressed, at an offset of a message.</summary>
    /// <param name="message">The whole message, from its header on.</param>
    /// <param name="offset">Where the name starts, in bytes; behind it when the method returns true.</param>
    /// <param name="name">The name, expanded.</param>
    /// <returns>Whether there is a well-formed name.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> message, ref int offset, [NotNullWhen(true)] out DomainName? name)
    {
        name = null;
        Span<byte> wire = stackalloc byte[MaxWireBytes];
        int length = 0;
        int position = offset;
        int runStart = offset;
        int behind = -1;
        int pointers = 0;
        while (true)
        {
            if ((uint)position >= (uint)message.Length)
            {
                return false;
            }

            int head = message[position];
            if ((head & PointerMask) == PointerMask)
            {
                if (position + 1 >= message.Length || ++pointers > MaxPointers)
                {
                    return false;
                }

                // RFC 1035 §4.1.4: a pointer leads to "a prior occurance of the same name". One that does not lead
                // before the run of labels it ends could lead in a circle; the header holds no names.
                int target = ((head & ~PointerMask) << 8) | message[position + 1];
                if (target >= runStart || target < DnsHeader.LengthBytes)
                {
                    return false;
                }

                behind = behind < 0 ? position + 2 : behind;
                position = runStart = target;
                continue;
            }

            if (head > MaxLabelBytes || length + head + 1 > MaxWireBytes || position + head + 1 > message.Length)
            {
                return false;
            }

            message.Slice(position, head + 1).CopyTo(wire[length..]);
            length += head + 1;
            position += head + 1;
            if (head == 0)
            {
                offset = behind < 0 ? position : behind;
                name = length == 1 ? Root : new DomainName(wire[..length]);
                return true;
            }
        }
    }

    // A length is at most 63, below 'A', so lengths and letters may be folded alike.
    private static byte Fold(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    private static bool EqualsIgnoringCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            if (Fold(left[i]) != Fold(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    // FNV-1a. Tables keyed by names are bounded, so a chosen collision costs a bounded walk.
    private static int HashOf(ReadOnlySpan<byte> wire)
    {
        uint hash = 2166136261;
        foreach (byte value in wire)
        {
            hash = (hash ^ Fold(value)) * 16777619;
        }

        return (int)hash;
    }
}
