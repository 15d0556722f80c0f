namespace NetStack.IP;

/// <summary>The type of an ICMP message for IPv4.</summary>
/// <remarks>RFC 792; IANA "ICMP Type Numbers".</remarks>
internal enum IcmpType : byte
{
    /// <summary>The answer to an echo request.</summary>
    EchoReply = 0,

    /// <summary>A packet did not reach its destination; the code says why.</summary>
    DestinationUnreachable = 3,

    /// <summary>Deprecated by RFC 6633.</summary>
    SourceQuench = 4,

    /// <summary>A router knows a better first hop.</summary>
    Redirect = 5,

    /// <summary>To be sent back as it is.</summary>
    EchoRequest = 8,

    /// <summary>The time to live, or the time to reassemble, ran out.</summary>
    TimeExceeded = 11,

    /// <summary>A header field is wrong.</summary>
    ParameterProblem = 12,
}
