namespace NetStack.Tcp;

/// <summary>What becomes of a SYN by its Fast Open option.</summary>
/// <remarks>RFC 7413 §4.2.2.</remarks>
internal enum FastOpenVerdict : byte
{
    /// <summary>It has none, or we do not speak it.</summary>
    None,

    /// <summary>The cookie is missing or wrong: a good one goes out, the data is not taken.</summary>
    Offer,

    /// <summary>The cookie is good, but there is no room: the data is not taken.</summary>
    Decline,

    /// <summary>The cookie is good: the data is taken, and answers may go out at once.</summary>
    Accept,
}
