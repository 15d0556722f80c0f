namespace NetStack.Dns;

/// <summary>The type of a resource record or of a question. Numbers without a name here are valid and carried raw.</summary>
/// <remarks>RFC 1035 §3.2.2 and §3.2.3; RFC 3596, RFC 2782, RFC 6891, RFC 8659.</remarks>
public enum DnsRecordType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>An authoritative name server.</summary>
    NS = 2,

    /// <summary>The canonical name of an alias.</summary>
    Cname = 5,

    /// <summary>The start of a zone of authority.</summary>
    Soa = 6,

    /// <summary>A pointer to another name.</summary>
    Ptr = 12,

    /// <summary>A mail exchange.</summary>
    MX = 15,

    /// <summary>Text strings.</summary>
    Txt = 16,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>The location of a service.</summary>
    Srv = 33,

    /// <summary>The pseudo record of EDNS.</summary>
    Opt = 41,

    /// <summary>A question for every record of a name.</summary>
    Any = 255,

    /// <summary>A certification authority that may issue for a name.</summary>
    Caa = 257,
}
