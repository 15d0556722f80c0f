namespace NetStack.Dns;

/// <summary>The class of a record or question.</summary>
/// <remarks>RFC 1035 §3.2.4, RFC 2136 §2.4.</remarks>
public enum DnsClass : ushort
{
    /// <summary>The Internet.</summary>
    Internet = 1,

    /// <summary>Chaos, which today only asks servers about themselves.</summary>
    Chaos = 3,

    /// <summary>Hesiod.</summary>
    Hesiod = 4,

    /// <summary>No class: an update's "must not exist".</summary>
    None = 254,

    /// <summary>Any class.</summary>
    Any = 255,
}
