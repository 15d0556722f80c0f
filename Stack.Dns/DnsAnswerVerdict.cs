namespace NetStack.Dns;

/// <summary>
/// What became of a datagram handed to the resolver. All but <see cref="Accepted"/> and <see cref="Malformed"/> leave
/// the lookup waiting for the true answer, so that a forger cannot end it.
/// </summary>
/// <remarks>RFC 5452 §9.1.</remarks>
public enum DnsAnswerVerdict
{
    /// <summary>It answers the query.</summary>
    Accepted,

    /// <summary>It arrived for a try that has ended.</summary>
    UnknownTry,

    /// <summary>It came from another address or port than the query went to.</summary>
    WrongSource,

    /// <summary>It is too short for a header, or its question cannot be read.</summary>
    Unreadable,

    /// <summary>It is a query.</summary>
    NotAResponse,

    /// <summary>It has another id.</summary>
    WrongId,

    /// <summary>It answers another kind of query.</summary>
    WrongOpCode,

    /// <summary>It answers another question.</summary>
    WrongQuestion,

    /// <summary>It answers the query, but its records cannot be read; the next server is asked.</summary>
    Malformed,
}
