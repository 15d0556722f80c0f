using NetStack.Core;
using NetStack.IP;

namespace NetStack.Dns.Tests;

/// <summary>A resolver, a clock that the test turns, and servers that say what the test says.</summary>
internal sealed class ResolverRig
{
    private readonly byte[] _buffer = new byte[StubResolver.MaxQueryBytes];

    public ResolverRig(StubResolverOptions? options = null, ulong seed = 1)
    {
        Options = options ?? new StubResolverOptions { Servers = Servers(2) };
        Resolver = new StubResolver(Options, new SeededEntropy(seed));
    }

    public StubResolverOptions Options { get; }

    public StubResolver Resolver { get; }

    public Instant Now { get; set; } = new(5_000_000_000);

    /// <summary>The query transmitted last.</summary>
    public DnsQuery Query { get; private set; }

    public byte[] Message { get; private set; } = [];

    public DnsHeader Header => DnsHeader.TryParse(Message, out DnsHeader header) ? header : default;

    public DnsQuestion Question
    {
        get
        {
            List<DnsQuestion> questions = [];
            Messages.Read(Message, questions, []);
            return Assert.Single(questions);
        }
    }

    public static IpEndPoint[] Servers(int count) =>
        Enumerable.Range(1, count).Select(i => new IpEndPoint(IpAddress.Parse($"192.0.2.{i}"), StubResolver.DefaultPort)).ToArray();

    public DnsLookupHandle Begin(string name, DnsRecordType type = DnsRecordType.A)
    {
        Assert.True(Resolver.TryBegin(name, type, Now, out DnsLookupHandle handle));
        return handle;
    }

    public DnsQuery Transmit()
    {
        Assert.True(Resolver.TryTransmit(Now, _buffer, out DnsQuery query), "nothing to transmit");
        Query = query;
        Message = _buffer[..query.LengthBytes];
        return query;
    }

    public void ExpectSilence() => Assert.False(Resolver.TryTransmit(Now, _buffer, out _));

    public void Expire()
    {
        Now = Resolver.NextDeadline;
        Assert.NotEqual(Instant.Never, Now);
        Resolver.TimerExpired(Now);
    }

    /// <summary>An answer to the last query.</summary>
    public byte[] Answer(
        IEnumerable<DnsRecord> answers,
        DnsResponseCode code = DnsResponseCode.NoError,
        DnsRecord[]? authorities = null,
        ushort flags = DnsHeader.ResponseFlag | DnsHeader.RecursionDesiredFlag | DnsHeader.RecursionAvailableFlag,
        ushort? id = null,
        DnsQuestion? question = null)
    {
        byte[] buffer = new byte[4096];
        DnsMessageWriter writer = new(buffer, id ?? Header.Id, (ushort)(flags | (ushort)code));
        Messages.Write(
            ref writer,
            [question ?? Question],
            [.. answers.Select(record => (DnsSection.Answer, record)), .. (authorities ?? []).Select(record => (DnsSection.Authority, record))]);
        return buffer[..writer.LengthBytes];
    }

    public DnsAnswerVerdict Deliver(byte[] message) => Resolver.Receive(Query.Token, Query.Server, message, Now);

    public void Reply(params DnsRecord[] answers) => Assert.Equal(DnsAnswerVerdict.Accepted, Deliver(Answer(answers)));

    public void Deny(DnsResponseCode code, params DnsRecord[] authorities) =>
        Assert.Equal(DnsAnswerVerdict.Accepted, Deliver(Answer([], code, authorities)));

    public DnsResult Result()
    {
        Assert.True(Resolver.TryTakeResult(out DnsResult? result), "no result");
        return result;
    }

    public void ExpectNoResult() => Assert.False(Resolver.TryTakeResult(out _));

    /// <summary>Looks a name up whose answer comes at once.</summary>
    public DnsResult Resolve(string name, params DnsRecord[] answers)
    {
        Begin(name);
        Transmit();
        Reply(answers);
        return Result();
    }
}
