using NetStack.IP;

namespace NetStack.Dns.Tests;

/// <summary>Which answers a resolver believes.</summary>
public sealed class StubResolverMatchingTests
{
    private static readonly DnsRecord Truth = Messages.Address("www.example.com", "198.51.100.7");
    private static readonly DnsRecord Lie = Messages.Address("www.example.com", "203.0.113.66");

    private readonly ResolverRig _rig = new();

    public StubResolverMatchingTests()
    {
        _rig.Begin("www.example.com");
        _rig.Transmit();
    }

    [Fact]
    [Trait("RFC", "1035 §7.1")]
    public void The_true_answer_ends_the_lookup()
    {
        _rig.Reply(Truth);

        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(IpAddress.Parse("198.51.100.7"), Assert.Single(result.Addresses));
        Assert.Equal(0, result.ServerIndex);
        _rig.ExpectSilence();
        Assert.Equal(NetStack.Core.Instant.Never, _rig.Resolver.NextDeadline);
        Assert.True(_rig.Resolver.TryTakeEndedTry(out DnsTryToken ended));
        Assert.Equal(_rig.Query.Token, ended);
    }

    [Fact]
    [Trait("RFC", "5452 §9.1")]
    public void An_answer_with_another_id_is_ignored() =>
        ExpectIgnored(DnsAnswerVerdict.WrongId, _rig.Answer([Lie], id: (ushort)(_rig.Header.Id ^ 1)));

    [Fact]
    [Trait("RFC", "5452 §9.1")]
    public void An_answer_to_another_name_is_ignored() =>
        ExpectIgnored(DnsAnswerVerdict.WrongQuestion, _rig.Answer([Lie], question: new DnsQuestion(Messages.Name("example.com"), DnsRecordType.A)));

    [Fact]
    [Trait("RFC", "5452 §9.1")]
    public void An_answer_to_another_type_is_ignored() =>
        ExpectIgnored(DnsAnswerVerdict.WrongQuestion, _rig.Answer([Lie], question: _rig.Question with { Type = DnsRecordType.Aaaa }));

    [Fact]
    [Trait("RFC", "5452 §9.1")]
    public void An_answer_to_another_class_is_ignored() =>
        ExpectIgnored(DnsAnswerVerdict.WrongQuestion, _rig.Answer([Lie], question: _rig.Question with { Class = DnsClass.Chaos }));

    [Fact]
    [Trait("RFC", "5452 §9.1")]
    public void An_answer_without_a_question_is_ignored()
    {
        byte[] message = new byte[DnsHeader.LengthBytes];
        _ = new DnsMessageWriter(message, _rig.Header.Id, DnsHeader.ResponseFlag);
        ExpectIgnored(DnsAnswerVerdict.WrongQuestion, message);
    }

    [Fact]
    [Trait("RFC", "1035 §7.3")]
    public void A_query_is_no_answer() =>
        ExpectIgnored(DnsAnswerVerdict.NotAResponse, _rig.Answer([Lie], flags: DnsHeader.RecursionDesiredFlag));

    [Fact]
    [Trait("RFC", "1035 §7.3")]
    public void An_answer_of_another_kind_is_ignored() =>
        ExpectIgnored(DnsAnswerVerdict.WrongOpCode, _rig.Answer([Lie], flags: DnsHeader.ResponseFlag | ((ushort)DnsOpCode.Notify << 11)));

    [Fact]
    [Trait("RFC", "1035 §7.3")]
    public void Noise_is_ignored() => ExpectIgnored(DnsAnswerVerdict.Unreadable, [1, 2, 3]);

    [Theory]
    [Trait("RFC", "5452 §9.1")]
    [InlineData("192.0.2.2", 53)]
    [InlineData("192.0.2.1", 54)]
    public void An_answer_from_elsewhere_is_ignored(string address, ushort port)
    {
        IpEndPoint source = new(IpAddress.Parse(address), port);

        Assert.Equal(DnsAnswerVerdict.WrongSource, _rig.Resolver.Receive(_rig.Query.Token, source, _rig.Answer([Lie]), _rig.Now));

        ExpectStillWaiting(DnsAnswerVerdict.WrongSource);
    }

    [Fact]
    [Trait("RFC", "5452 §9.1")]
    public void An_answer_at_another_port_is_ignored()
    {
        // The port stands for its try: one that arrives elsewhere comes with another token.
        DnsTryToken other = new(_rig.Query.Token.Number + 1);

        Assert.Equal(DnsAnswerVerdict.UnknownTry, _rig.Resolver.Receive(other, _rig.Query.Server, _rig.Answer([Lie]), _rig.Now));

        ExpectStillWaiting(DnsAnswerVerdict.UnknownTry);
    }

    [Fact]
    [Trait("RFC", "4343 §3")]
    public void An_answer_may_spell_the_name_in_other_letters()
    {
        byte[] message = _rig.Answer([Truth], question: new DnsQuestion(Messages.Name("WWW.Example.COM"), DnsRecordType.A));

        Assert.Equal(DnsAnswerVerdict.Accepted, _rig.Deliver(message));
        Assert.Equal(DnsOutcome.Success, _rig.Result().Outcome);
    }

    [Fact]
    [Trait("RFC", "1035 §7.3")]
    public void An_answer_that_breaks_off_sends_the_resolver_to_the_next_server()
    {
        byte[] message = _rig.Answer([Truth]);

        Assert.Equal(DnsAnswerVerdict.Malformed, _rig.Deliver(message[..^1]));

        Assert.Equal(1, _rig.Transmit().ServerIndex);
    }

    [Fact]
    [Trait("RFC", "5452 §9.2")]
    public void Ids_follow_no_order_and_tokens_never_return()
    {
        ResolverRig rig = new(new StubResolverOptions { Servers = ResolverRig.Servers(1), CacheCapacity = 0 });
        HashSet<ushort> ids = [];
        HashSet<DnsTryToken> tokens = [];
        HashSet<int> steps = [];
        int last = 0;
        for (int i = 0; i < 1000; i++)
        {
            rig.Resolve("www.example.com", Truth);
            ids.Add(rig.Header.Id);
            tokens.Add(rig.Query.Token);
            steps.Add((ushort)(rig.Header.Id - last));
            last = rig.Header.Id;
        }

        Assert.Equal(1000, tokens.Count);
        Assert.InRange(ids.Count, 950, 1000);
        Assert.InRange(steps.Count, 950, 1000);
    }

    [Fact]
    [Trait("RFC", "5452 §9.2")]
    public void One_seed_gives_one_list_of_queries()
    {
        ResolverRig first = new(seed: 7);
        ResolverRig second = new(seed: 7);
        ResolverRig other = new(seed: 8);
        foreach (ResolverRig rig in new[] { first, second, other })
        {
            rig.Begin("www.example.com");
            rig.Transmit();
        }

        Assert.Equal(first.Message, second.Message);
        Assert.NotEqual(first.Message, other.Message);
    }

    private void ExpectIgnored(DnsAnswerVerdict verdict, byte[] message)
    {
        Assert.Equal(verdict, _rig.Deliver(message));
        ExpectStillWaiting(verdict);
    }

    private void ExpectStillWaiting(DnsAnswerVerdict verdict)
    {
        Assert.Equal(1, _rig.Resolver.Counters.Datagrams(verdict));
        _rig.ExpectNoResult();
        _rig.Reply(Truth);
        Assert.Equal(IpAddress.Parse("198.51.100.7"), Assert.Single(_rig.Result().Addresses));
    }
}
