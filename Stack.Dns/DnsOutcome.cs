namespace NetStack.Dns;

/// <summary>How a lookup ended.</summary>
public enum DnsOutcome
{
    /// <summary>Records of the wanted type were found.</summary>
    Success,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    /// <remarks>RFC 2308 §2.1.</remarks>
    NameError,

    /// <summary>The name exists, but has no record of the wanted type.</summary>
    /// <remarks>RFC 2308 §2.2.</remarks>
    NoData,

    /// <summary>Every server was asked, and at least the last that answered reported a failure.</summary>
    ServerFailure,

    /// <summary>Every server was asked as often as allowed, and none answered.</summary>
    TimedOut,

    /// <summary>The answer is too long for UDP: the question is to be put to the same server over TCP.</summary>
    /// <remarks>RFC 1035 §4.2.1, RFC 2181 §9, RFC 7766 §5.</remarks>
    NeedsTcp,

    /// <summary>Aliases led to aliases more often than <see cref="StubResolver.MaxAliases"/> times, or in a circle.</summary>
    TooManyAliases,

    /// <summary>The text is no domain name.</summary>
    InvalidName,

    /// <summary>No server is configured.</summary>
    NoServers,
}
