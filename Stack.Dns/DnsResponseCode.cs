namespace NetStack.Dns;

/// <summary>What a server says of a query. Codes above 15 exist only with EDNS, whose record carries their upper bits.</summary>
/// <remarks>RFC 1035 §4.1.1, RFC 2136 §2.2, RFC 6891 §9, RFC 7873 §8.</remarks>
public enum DnsResponseCode : ushort
{
    /// <summary>No error.</summary>
    NoError = 0,

    /// <summary>The server could not read the query.</summary>
    FormatError = 1,

    /// <summary>The server failed.</summary>
    ServerFailure = 2,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NameError = 3,

    /// <summary>The server does not know this kind of query.</summary>
    NotImplemented = 4,

    /// <summary>The server will not answer.</summary>
    Refused = 5,

    /// <summary>A name exists that should not.</summary>
    NameExists = 6,

    /// <summary>A record set exists that should not.</summary>
    RecordSetExists = 7,

    /// <summary>A record set that should exist does not.</summary>
    RecordSetMissing = 8,

    /// <summary>The server is not authoritative for the zone.</summary>
    NotAuthoritative = 9,

    /// <summary>A name is not within the zone.</summary>
    NotZone = 10,

    /// <summary>The server does not speak this version of EDNS.</summary>
    BadVersion = 16,

    /// <summary>The server cookie was bad or missing.</summary>
    BadCookie = 23,
}
