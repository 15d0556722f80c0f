namespace NetStack.Dns;

/// <summary>What a resolver did since it was made.</summary>
public sealed class StubResolverCounters
{
    private readonly long[] _verdicts = new long[(int)DnsAnswerVerdict.Malformed + 1];

    /// <summary>Queries written.</summary>
    public long Queries { get; internal set; }

    /// <summary>Tries that ran into their time-out.</summary>
    public long Timeouts { get; internal set; }

    /// <summary>Tries the network could not deliver.</summary>
    public long Unreachable { get; internal set; }

    /// <summary>Answers of a server that reported a failure or cannot help.</summary>
    public long ServerFailures { get; internal set; }

    /// <summary>Questions answered from the cache.</summary>
    public long CacheHits { get; internal set; }

    /// <summary>How many datagrams got a verdict.</summary>
    public long Datagrams(DnsAnswerVerdict verdict) => _verdicts[(int)verdict];

    /// <summary>Counts a datagram.</summary>
    internal DnsAnswerVerdict Count(DnsAnswerVerdict verdict)
    {
        _verdicts[(int)verdict]++;
        return verdict;
    }
}
