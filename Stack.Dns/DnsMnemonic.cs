using System.Globalization;

namespace NetStack.Dns;

/// <summary>The names of types, classes and response codes in master files and in the output of query tools.</summary>
/// <remarks>RFC 3597 §5 for numbers without a name.</remarks>
public static class DnsMnemonic
{
    private const string TypePrefix = "TYPE";

    private static readonly DnsRecordType[] NamedTypes =
    [
        DnsRecordType.A, DnsRecordType.NS, DnsRecordType.Cname, DnsRecordType.Soa, DnsRecordType.Ptr, DnsRecordType.MX,
        DnsRecordType.Txt, DnsRecordType.Aaaa, DnsRecordType.Srv, DnsRecordType.Opt, DnsRecordType.Any, DnsRecordType.Caa,
    ];

    /// <summary>The name of a type, such as <c>AAAA</c>; <c>TYPE65</c> for one without a name.</summary>
    public static string Of(DnsRecordType type) => type switch
    {
        DnsRecordType.A => "A",
        DnsRecordType.NS => "NS",
        DnsRecordType.Cname => "CNAME",
        DnsRecordType.Soa => "SOA",
        DnsRecordType.Ptr => "PTR",
        DnsRecordType.MX => "MX",
        DnsRecordType.Txt => "TXT",
        DnsRecordType.Aaaa => "AAAA",
        DnsRecordType.Srv => "SRV",
        DnsRecordType.Opt => "OPT",
        DnsRecordType.Any => "ANY",
        DnsRecordType.Caa => "CAA",
        _ => string.Create(CultureInfo.InvariantCulture, $"{TypePrefix}{(ushort)type}"),
    };

    /// <summary>The name of a class, such as <c>IN</c>; <c>CLASS32</c> for one without a name.</summary>
    public static string Of(DnsClass @class) => @class switch
    {
        DnsClass.Internet => "IN",
        DnsClass.Chaos => "CH",
        DnsClass.Hesiod => "HS",
        DnsClass.None => "NONE",
        DnsClass.Any => "ANY",
        _ => string.Create(CultureInfo.InvariantCulture, $"CLASS{(ushort)@class}"),
    };

    /// <summary>The name of a response code, such as <c>NXDOMAIN</c>; <c>RCODE11</c> for one without a name.</summary>
    public static string Of(DnsResponseCode code) => code switch
    {
        DnsResponseCode.NoError => "NOERROR",
        DnsResponseCode.FormatError => "FORMERR",
        DnsResponseCode.ServerFailure => "SERVFAIL",
        DnsResponseCode.NameError => "NXDOMAIN",
        DnsResponseCode.NotImplemented => "NOTIMP",
        DnsResponseCode.Refused => "REFUSED",
        DnsResponseCode.NameExists => "YXDOMAIN",
        DnsResponseCode.RecordSetExists => "YXRRSET",
        DnsResponseCode.RecordSetMissing => "NXRRSET",
        DnsResponseCode.NotAuthoritative => "NOTAUTH",
        DnsResponseCode.NotZone => "NOTZONE",
        DnsResponseCode.BadVersion => "BADVERS",
        DnsResponseCode.BadCookie => "BADCOOKIE",
        _ => string.Create(CultureInfo.InvariantCulture, $"RCODE{(ushort)code}"),
    };

    /// <summary>Reads the name of a type in any case, or <c>TYPE</c> and its number.</summary>
    /// <returns>Whether the text names a type.</returns>
    public static bool TryParseType(ReadOnlySpan<char> text, out DnsRecordType type)
    {
        foreach (DnsRecordType named in NamedTypes)
        {
            if (text.Equals(Of(named), StringComparison.OrdinalIgnoreCase))
            {
                type = named;
                return true;
            }
        }

        bool parsed = ushort.TryParse(
            text.StartsWith(TypePrefix, StringComparison.OrdinalIgnoreCase) ? text[TypePrefix.Length..] : default,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out ushort number);
        type = (DnsRecordType)number;
        return parsed;
    }
}
