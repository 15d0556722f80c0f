namespace NetStack.Dns;

/// <summary>The kind of a message.</summary>
/// <remarks>RFC 1035 §4.1.1, RFC 1996, RFC 2136.</remarks>
public enum DnsOpCode : byte
{
    /// <summary>A standard query.</summary>
    Query = 0,

    /// <summary>An inverse query, obsolete.</summary>
    InverseQuery = 1,

    /// <summary>A question for the server's status.</summary>
    Status = 2,

    /// <summary>A notice that a zone changed.</summary>
    Notify = 4,

    /// <summary>A change to a zone.</summary>
    Update = 5,
}
