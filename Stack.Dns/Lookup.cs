using NetStack.Core;

namespace NetStack.Dns;

/// <summary>One lookup under way.</summary>
internal sealed class Lookup
{
    public required DnsLookupHandle Handle { get; init; }

    public required DnsRecordType Type { get; init; }

    public required Instant Begin { get; init; }

    /// <summary>The names to try, in order.</summary>
    public required List<DomainName> Candidates { get; init; }

    /// <summary>Which of them is being tried.</summary>
    public int CandidateIndex { get; set; }

    /// <summary>The first candidate that exists without the wanted type: the search ends with it where nothing is found.</summary>
    public DomainName? WithoutData { get; set; }

    /// <summary>The name being asked for: the candidate, or where its aliases led so far.</summary>
    public required DomainName Name { get; set; }

    /// <summary>The aliases followed from the candidate on.</summary>
    public List<DnsRecord> Aliases { get; } = [];

    /// <summary>Tries made for the name being asked for.</summary>
    public int TryCount { get; set; }

    /// <summary>The server the first try goes to; the others follow in turn.</summary>
    public int FirstServer { get; set; }

    /// <summary>The server of the try under way.</summary>
    public int ServerIndex { get; set; } = -1;

    /// <summary>The try under way; 0 while there is none.</summary>
    public DnsTryToken Token { get; set; }

    /// <summary>The id of the try under way.</summary>
    public ushort Id { get; set; }

    /// <summary>Whether the try under way was sent with EDNS.</summary>
    public bool IsExtended { get; set; }

    /// <summary>When the try under way is given up.</summary>
    public Instant Deadline { get; set; } = Instant.Never;

    /// <summary>Whether a server answered the name being asked for with a failure.</summary>
    public bool SawFailure { get; set; }

    /// <summary>What the server that answered last said.</summary>
    public DnsResponseCode ResponseCode { get; set; }

    /// <summary>The server that answered last, or -1.</summary>
    public int AnsweredBy { get; set; } = -1;

    /// <summary>Whether the lookup is over, by its result or by being abandoned.</summary>
    public bool IsOver { get; set; }

    /// <summary>What is being asked.</summary>
    public DnsQuestion Question => new(Name, Type);
}
