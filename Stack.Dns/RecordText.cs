using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace NetStack.Dns;

/// <summary>The presentation form of record data.</summary>
/// <remarks>RFC 1035 §5.1, RFC 2782, RFC 8659 §4.1.1, RFC 3597 §5.</remarks>
internal static class RecordText
{
    /// <summary>The data of a record as query tools print it.</summary>
    public static string Of(DnsRecord record)
    {
        ReadOnlySpan<byte> data = record.Data;
        switch (record.Type)
        {
            case DnsRecordType.A when data.Length == 4:
            case DnsRecordType.Aaaa when data.Length == 16:
                return new IPAddress(data).ToString();
            case DnsRecordType.Txt when !data.IsEmpty:
                return OfStrings(data);
            case DnsRecordType.Caa when !data.IsEmpty:
                return OfAuthorization(data);
            default:
                break;
        }

        if (record.TryGetMailExchange(out ushort preference, out DomainName? exchange))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{preference} {exchange}");
        }

        if (record.TryGetServiceLocation(out ServiceLocation location))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{location.Priority} {location.Weight} {location.Port} {location.Target}");
        }

        if (record.TryGetStartOfAuthority(out StartOfAuthority soa))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{soa.PrimaryServer} {soa.Mailbox} {soa.Serial} {soa.RefreshSeconds} {soa.RetrySeconds} {soa.ExpireSeconds} {soa.MinimumSeconds}");
        }

        return record.TryGetTarget(out DomainName? target) ? target.ToString() : OfUnknown(data);
    }

    private static string OfStrings(ReadOnlySpan<byte> data)
    {
        StringBuilder text = new(data.Length + 8);
        for (int offset = 0; offset < data.Length; offset += data[offset] + 1)
        {
            if (offset > 0)
            {
                text.Append(' ');
            }

            AppendQuoted(text, data.Slice(offset + 1, data[offset]));
        }

        return text.ToString();
    }

    private static string OfAuthorization(ReadOnlySpan<byte> data)
    {
        StringBuilder text = new(data.Length + 8);
        text.Append(CultureInfo.InvariantCulture, $"{data[0]} ");
        int valueStart = 2 + data[1];
        foreach (byte value in data[2..valueStart])
        {
            // A tag is letters and digits; anything else is escaped, so that hostile data cannot forge the text.
            AppendEscaped(text, value, escapeSpace: true);
        }

        AppendQuoted(text.Append(' '), data[valueStart..]);
        return text.ToString();
    }

    private static string OfUnknown(ReadOnlySpan<byte> data) => data.IsEmpty
        ? "\\# 0"
        : string.Create(CultureInfo.InvariantCulture, $"\\# {data.Length} {Convert.ToHexString(data)}");

    private static void AppendQuoted(StringBuilder text, ReadOnlySpan<byte> value)
    {
        text.Append('"');
        foreach (byte character in value)
        {
            AppendEscaped(text, character, escapeSpace: false);
        }

        text.Append('"');
    }

    private static void AppendEscaped(StringBuilder text, byte value, bool escapeSpace)
    {
        if (value is (byte)'"' or (byte)'\\')
        {
            text.Append('\\').Append((char)value);
        }
        else if (value is > (byte)' ' and < 0x7F || (value == (byte)' ' && !escapeSpace))
        {
            text.Append((char)value);
        }
        else
        {
            text.Append('\\').Append(value.ToString("D3", CultureInfo.InvariantCulture));
        }
    }
}
