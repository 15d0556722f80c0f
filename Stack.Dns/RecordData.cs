using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace NetStack.Dns;

/// <summary>Takes the data of records from messages: names expanded, everything checked against its type's layout.</summary>
internal static class RecordData
{
    // Of a multicast answer's class the top bit says "flush what you knew" (RFC 6762 §10.2).
    private const int ClassMask = 0x7FFF;

    /// <summary>Copies the data of a record out of a message in the uncompressed form.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the data starts.</param>
    /// <param name="lengthBytes">The data's length on the wire, within the message.</param>
    /// <param name="type">The record's type.</param>
    /// <param name="class">The record's class.</param>
    /// <param name="data">The data, which no longer refers to the message.</param>
    /// <returns>Whether the data is well formed for its type.</returns>
    public static bool TryExpand(
        ReadOnlySpan<byte> message,
        int offset,
        int lengthBytes,
        DnsRecordType type,
        DnsClass @class,
        [NotNullWhen(true)] out byte[]? data)
    {
        data = null;
        RecordShape shape = RecordShape.Of(type);
        if (shape.NameCount == 0 || IsAbsent(@class, lengthBytes))
        {
            ReadOnlySpan<byte> plain = message.Slice(offset, lengthBytes);
            data = IsWellFormed(type, @class, plain) ? plain.ToArray() : null;
            return data is not null;
        }

        int end = offset + lengthBytes;
        if (lengthBytes < shape.PrefixBytes + shape.NameCount + shape.SuffixBytes)
        {
            return false;
        }

        Span<byte> expanded = stackalloc byte[shape.PrefixBytes + (shape.NameCount * DomainName.MaxWireBytes) + shape.SuffixBytes];
        message.Slice(offset, shape.PrefixBytes).CopyTo(expanded);
        int length = shape.PrefixBytes;
        offset += shape.PrefixBytes;
        for (int i = 0; i < shape.NameCount; i++)
        {
            // The name may point back anywhere, but its own bytes end within the data.
            if (!DomainName.TryRead(message[..end], ref offset, out DomainName? name))
            {
                return false;
            }

            name.Wire.CopyTo(expanded[length..]);
            length += name.Wire.Length;
        }

        if (end - offset != shape.SuffixBytes)
        {
            return false;
        }

        message.Slice(offset, shape.SuffixBytes).CopyTo(expanded[length..]);
        data = expanded[..(length + shape.SuffixBytes)].ToArray();
        return true;
    }

    /// <summary>Whether uncompressed data is well formed for its type. Types not known here are always.</summary>
    public static bool IsWellFormed(DnsRecordType type, DnsClass @class, ReadOnlySpan<byte> data)
    {
        if (data.Length > ushort.MaxValue)
        {
            return false;
        }

        if (IsAbsent(@class, data.Length))
        {
            return true;
        }

        bool isInternet = ((int)@class & ClassMask) == (int)DnsClass.Internet;
        return type switch
        {
            DnsRecordType.A => !isInternet || data.Length == 4,
            DnsRecordType.Aaaa => !isInternet || data.Length == 16,
            DnsRecordType.Txt => AreStrings(data),
            DnsRecordType.Opt => AreOptions(data),
            DnsRecordType.Caa => data.Length >= 3 && data[1] > 0 && data.Length >= 2 + data[1],
            _ => HasShape(RecordShape.Of(type), data),
        };
    }

    // RFC 2136 §2.4: a prerequisite or deletion names a type, with no data.
    private static bool IsAbsent(DnsClass @class, int lengthBytes) =>
        lengthBytes == 0 && @class is DnsClass.Any or DnsClass.None;

    private static bool HasShape(RecordShape shape, ReadOnlySpan<byte> data)
    {
        if (shape.NameCount == 0)
        {
            return true;
        }

        int offset = shape.PrefixBytes;
        for (int i = 0; i < shape.NameCount; i++)
        {
            int start = offset;
            while (offset < data.Length && data[offset] is > 0 and <= DomainName.MaxLabelBytes)
            {
                offset += data[offset] + 1;
            }

            if (offset >= data.Length || data[offset++] != 0 || offset - start > DomainName.MaxWireBytes)
            {
                return false;
            }
        }

        return data.Length - offset == shape.SuffixBytes;
    }

    private static bool AreStrings(ReadOnlySpan<byte> data)
    {
        int offset = 0;
        while (offset < data.Length)
        {
            offset += data[offset] + 1;
        }

        return offset == data.Length && offset > 0;
    }

    private static bool AreOptions(ReadOnlySpan<byte> data)
    {
        while (data.Length >= 4)
        {
            int next = 4 + BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (next > data.Length)
            {
                return false;
            }

            data = data[next..];
        }

        return data.IsEmpty;
    }
}
