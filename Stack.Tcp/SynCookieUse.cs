namespace NetStack.Tcp;

/// <summary>When a listen endpoint answers a SYN with a cookie, and keeps nothing, instead of holding a half-open connection.</summary>
/// <remarks>RFC 4987 §3.6.</remarks>
public enum SynCookieUse : byte
{
    /// <summary>Never: a SYN that finds the queue full is dropped.</summary>
    Never,

    /// <summary>When the queue of half-open connections is full.</summary>
    WhenFull,

    /// <summary>For every SYN.</summary>
    Always,
}
