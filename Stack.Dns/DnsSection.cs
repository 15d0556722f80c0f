namespace NetStack.Dns;

/// <summary>The part of a message a record stands in, in the order of the wire.</summary>
/// <remarks>RFC 1035 §4.1.</remarks>
public enum DnsSection
{
    /// <summary>Records that answer the question.</summary>
    Answer,

    /// <summary>Records that point toward an authority, or say why there is no answer.</summary>
    Authority,

    /// <summary>Records that may be of use.</summary>
    Additional,
}
