using System.Diagnostics.CodeAnalysis;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Dns;

/// <summary>
/// Looks names up at recursive servers, over UDP. A machine: it has no socket, no clock and no thread. After every
/// command and event its outputs are pulled: <see cref="TryTransmit"/>, <see cref="TryTakeEndedTry"/>,
/// <see cref="TryTakeResult"/>, <see cref="NextDeadline"/>.
/// </summary>
/// <remarks>
/// RFC 1034 §5.3.1, RFC 1035 §7, RFC 5452 §9, RFC 2308. Every try has an id and a port of its own, both random; a try
/// ends when the next begins, so a late answer is not waited for and a forger has one window at a time.
/// </remarks>
public sealed partial class StubResolver
{
    /// <summary>The longest query this resolver writes, in bytes.</summary>
    public const int MaxQueryBytes = DnsHeader.LengthBytes + DomainName.MaxWireBytes + 4 + ExtensionBytes;

    /// <summary>The longest chain of aliases followed.</summary>
    public const int MaxAliases = 16;

    /// <summary>The port on which servers listen.</summary>
    /// <remarks>RFC 1035 §4.2.1.</remarks>
    public const ushort DefaultPort = 53;

    private const int ExtensionBytes = 11;

    private readonly StubResolverOptions _options;
    private readonly SeededEntropy _entropy;
    private readonly IpEndPoint[] _servers;
    private readonly bool[] _isPlain;
    private readonly DnsCache _cache;
    private readonly Dictionary<DnsLookupHandle, Lookup> _lookups = [];
    private readonly Dictionary<DnsTryToken, Lookup> _tries = [];
    private readonly Queue<Lookup> _toSend = new();
    private readonly Queue<DnsTryToken> _ended = new();
    private readonly Queue<DnsResult> _results = new();
    private readonly List<Lookup> _expired = [];
    private long _lastHandle;
    private long _lastToken;
    private int _preferredServer;

    /// <summary>Makes a resolver.</summary>
    /// <param name="options">How it works.</param>
    /// <param name="entropy">Where ids come from; from a secret seed, or answers can be forged.</param>
    public StubResolver(StubResolverOptions options, SeededEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(entropy);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.AttemptsPerServer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout.Nanoseconds, 0);
        _options = options;
        _entropy = entropy;
        _servers = new IpEndPoint[Math.Min(options.Servers.Count, StubResolverOptions.MaxServers)];
        for (int i = 0; i < _servers.Length; i++)
        {
            _servers[i] = options.Servers[i];
        }

        _isPlain = new bool[_servers.Length];
        _cache = new DnsCache(options.CacheCapacity, options.MaxPositiveTtl, options.MaxNegativeTtl);
    }

    /// <summary>What the resolver did so far.</summary>
    public StubResolverCounters Counters { get; } = new();

    /// <summary>When <see cref="TimerExpired"/> is to be called next; <see cref="Instant.Never"/> while nothing waits.</summary>
    public Instant NextDeadline
    {
        get
        {
            Instant next = Instant.Never;
            foreach (Lookup lookup in _tries.Values)
            {
                next = Instant.Min(next, lookup.Deadline);
            }

            return next;
        }
    }

    /// <summary>Takes a datagram that arrived at the port of a try.</summary>
    /// <param name="token">The try whose port it arrived at: that is the check of the destination port.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="message">The datagram's payload.</param>
    /// <param name="now">The time.</param>
    /// <returns>What became of it; counted in <see cref="Counters"/> as well.</returns>
    public DnsAnswerVerdict Receive(DnsTryToken token, IpEndPoint source, ReadOnlySpan<byte> message, Instant now)
    {
        if (!_tries.TryGetValue(token, out Lookup? lookup))
        {
            return Counters.Count(DnsAnswerVerdict.UnknownTry);
        }

        if (source != _servers[lookup.ServerIndex])
        {
            return Counters.Count(DnsAnswerVerdict.WrongSource);
        }

        DnsAnswerVerdict verdict = Match(lookup, message, out DnsMessageReader reader);
        if (verdict == DnsAnswerVerdict.Accepted)
        {
            verdict = Take(lookup, ref reader, now);
        }

        return Counters.Count(verdict);
    }

    /// <summary>Gives up the tries whose time is over.</summary>
    public void TimerExpired(Instant now)
    {
        _expired.Clear();
        foreach (Lookup lookup in _tries.Values)
        {
            if (lookup.Deadline <= now)
            {
                _expired.Add(lookup);
            }
        }

        foreach (Lookup lookup in _expired)
        {
            Counters.Timeouts++;
            AskNextServer(lookup, now);
        }
    }

    /// <summary>Takes the news that a query cannot be delivered: no route, no port, an ICMP error. The next server is asked.</summary>
    public void TransmitFailed(DnsTryToken token, Instant now)
    {
        if (_tries.TryGetValue(token, out Lookup? lookup))
        {
            Counters.Unreachable++;
            AskNextServer(lookup, now);
        }
    }

    /// <summary>
    /// Begins a lookup of a name as a user wrote it. An IP address answers itself; a name without its last dot goes
    /// through the search list; a text that is no name results in <see cref="DnsOutcome.InvalidName"/>.
    /// </summary>
    /// <param name="text">The name or address.</param>
    /// <param name="type">The type of record wanted.</param>
    /// <param name="now">The time.</param>
    /// <param name="handle">Names the lookup.</param>
    /// <returns>False where <see cref="StubResolverOptions.MaxLookups"/> lookups are open.</returns>
    public bool TryBegin(string text, DnsRecordType type, Instant now, out DnsLookupHandle handle)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!TryNextHandle(out handle))
        {
            return false;
        }

        if (!DomainName.TryParse(text, out DomainName? name, out bool isFullyQualified))
        {
            _results.Enqueue(new DnsResult(handle, DnsOutcome.InvalidName));
        }
        else if (IpAddress.TryParse(text, out IpAddress address))
        {
            ConcludeLiteral(handle, new DnsQuestion(name, type), address);
        }
        else
        {
            Begin(handle, Candidates(name, isFullyQualified), type, now);
        }

        return true;
    }

    /// <summary>Begins a lookup of an absolute name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type of record wanted.</param>
    /// <param name="now">The time.</param>
    /// <param name="handle">Names the lookup.</param>
    /// <returns>False where <see cref="StubResolverOptions.MaxLookups"/> lookups are open.</returns>
    public bool TryBegin(DomainName name, DnsRecordType type, Instant now, out DnsLookupHandle handle)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!TryNextHandle(out handle))
        {
            return false;
        }

        Begin(handle, [name], type, now);
        return true;
    }

    /// <summary>Abandons a lookup: it will have no result. Without effect on one that is over.</summary>
    public void Abort(DnsLookupHandle handle)
    {
        if (_lookups.Remove(handle, out Lookup? lookup))
        {
            EndTry(lookup);
            lookup.IsOver = true;
        }
    }

    /// <summary>Forgets all answers.</summary>
    public void ClearCache() => _cache.Clear();

    /// <summary>Writes the next query to be sent.</summary>
    /// <param name="now">The time; the try's time-out runs from here.</param>
    /// <param name="buffer">Where the message goes: at least <see cref="MaxQueryBytes"/> bytes.</param>
    /// <param name="query">Where to send it, and under which token.</param>
    /// <returns>Whether there was a query to send.</returns>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    public bool TryTransmit(Instant now, Span<byte> buffer, out DnsQuery query)
    {
        if (buffer.Length < MaxQueryBytes)
        {
            throw new ArgumentException("A query may need MaxQueryBytes bytes.", nameof(buffer));
        }

        while (_toSend.TryDequeue(out Lookup? lookup))
        {
            if (!lookup.IsOver)
            {
                query = BeginTry(lookup, buffer, now);
                return true;
            }
        }

        query = default;
        return false;
    }

    /// <summary>Takes the token of a try that ended, so that its port can be closed.</summary>
    public bool TryTakeEndedTry(out DnsTryToken token) => _ended.TryDequeue(out token);

    /// <summary>Takes the result of a lookup that ended.</summary>
    public bool TryTakeResult([NotNullWhen(true)] out DnsResult? result) =>
        _results.TryDequeue(out result);
}
