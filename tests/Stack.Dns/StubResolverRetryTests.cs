using NetStack.Core;

namespace NetStack.Dns.Tests;

/// <summary>Whom a resolver asks, when, and when it gives up.</summary>
public sealed class StubResolverRetryTests
{
    private const string Name = "www.example.com";

    private static readonly DnsRecord Address = Messages.Address(Name, "198.51.100.7");

    [Fact]
    [Trait("RFC", "1035 §4.1.1")]
    public void A_query_asks_one_question_with_recursion_and_edns()
    {
        ResolverRig rig = new();
        rig.Begin(Name, DnsRecordType.Aaaa);
        rig.Transmit();

        List<(DnsSection, DnsRecord Record)> records = [];
        DnsHeader header = Messages.Read(rig.Message, [], records);
        Assert.Equal(DnsHeader.RecursionDesiredFlag, header.Flags);
        Assert.Equal(new DnsQuestion(Messages.Name(Name), DnsRecordType.Aaaa), rig.Question);
        Assert.True(Assert.Single(records).Record.TryGetExtension(out DnsExtension extension));
        Assert.Equal(1232, extension.UdpPayloadBytes);
        Assert.Equal(rig.Options.Servers[0], rig.Query.Server);
    }

    [Fact]
    [Trait("RFC", "1035 §4.2.1")]
    public void Servers_are_asked_in_turn_and_the_time_doubles_each_round()
    {
        ResolverRig rig = new(new StubResolverOptions { Servers = ResolverRig.Servers(3) });
        Instant begin = rig.Now;
        rig.Begin(Name);
        List<(int Server, long Seconds)> tries = [];
        List<DnsTryToken> ended = [];
        for (int i = 0; i < 6; i++)
        {
            rig.ExpectNoResult();
            tries.Add((rig.Transmit().ServerIndex, (rig.Now - begin).Milliseconds / 1000));
            rig.Expire();
            Assert.True(rig.Resolver.TryTakeEndedTry(out DnsTryToken token));
            ended.Add(token);
        }

        rig.ExpectSilence();
        Assert.Equal([(0, 0), (1, 2), (2, 4), (0, 6), (1, 10), (2, 14)], tries);
        Assert.Equal(6, ended.Distinct().Count());
        DnsResult result = rig.Result();
        Assert.Equal(DnsOutcome.TimedOut, result.Outcome);
        Assert.Equal(Duration.FromSeconds(18), result.Elapsed);
        Assert.Equal(-1, result.ServerIndex);
        Assert.Equal(6, rig.Resolver.Counters.Timeouts);
    }

    [Fact]
    [Trait("RFC", "1035 §7.3")]
    public void An_answer_to_an_earlier_try_comes_too_late()
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        DnsQuery first = rig.Transmit();
        byte[] late = rig.Answer([Address]);
        rig.Expire();
        rig.Transmit();

        Assert.Equal(DnsAnswerVerdict.UnknownTry, rig.Resolver.Receive(first.Token, first.Server, late, rig.Now));
        rig.ExpectNoResult();
    }

    [Theory]
    [Trait("RFC", "1035 §7.2")]
    [InlineData(DnsResponseCode.ServerFailure)]
    [InlineData(DnsResponseCode.Refused)]
    [InlineData(DnsResponseCode.NotAuthoritative)]
    public void A_failing_server_sends_the_resolver_to_the_next_at_once(DnsResponseCode code)
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        rig.Transmit();
        rig.Deny(code);

        Assert.Equal(1, rig.Transmit().ServerIndex);
        rig.Reply(Address);
        Assert.Equal(DnsOutcome.Success, rig.Result().Outcome);
        Assert.Equal(1, rig.Resolver.Counters.ServerFailures);
    }

    [Fact]
    [Trait("RFC", "1035 §7.2")]
    public void When_every_server_fails_the_lookup_fails()
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        for (int i = 0; i < 4; i++)
        {
            rig.Transmit();
            rig.Deny(DnsResponseCode.ServerFailure);
        }

        rig.ExpectSilence();
        DnsResult result = rig.Result();
        Assert.Equal(DnsOutcome.ServerFailure, result.Outcome);
        Assert.Equal(DnsResponseCode.ServerFailure, result.ResponseCode);
    }

    [Fact]
    [Trait("RFC", "1035 §7.2")]
    public void The_server_that_answered_is_asked_first_next_time()
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        rig.Transmit();
        rig.Expire();
        rig.Transmit();
        rig.Reply(Address);
        rig.Begin("other.example.com");

        Assert.Equal(1, rig.Transmit().ServerIndex);
    }

    [Fact]
    [Trait("RFC", "1122 §6.1.3.3")]
    public void A_server_that_cannot_be_reached_is_passed_over_at_once()
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        DnsQuery query = rig.Transmit();
        rig.Resolver.TransmitFailed(query.Token, rig.Now);

        Assert.Equal(1, rig.Transmit().ServerIndex);
        Assert.Equal(1, rig.Resolver.Counters.Unreachable);
    }

    [Theory]
    [Trait("RFC", "6891 §7")]
    [InlineData(DnsResponseCode.FormatError)]
    [InlineData(DnsResponseCode.NotImplemented)]
    public void A_server_that_knows_no_edns_is_asked_again_without_it(DnsResponseCode code)
    {
        ResolverRig rig = new(new StubResolverOptions { Servers = ResolverRig.Servers(2), AttemptsPerServer = 1 });
        rig.Begin(Name);
        rig.Transmit();
        byte[] refusal = new byte[DnsHeader.LengthBytes];
        _ = new DnsMessageWriter(refusal, rig.Header.Id, (ushort)(DnsHeader.ResponseFlag | (ushort)code));
        Assert.Equal(DnsAnswerVerdict.Accepted, rig.Deliver(refusal));

        Assert.Equal(0, rig.Transmit().ServerIndex);
        Assert.Equal(0, rig.Header.AdditionalCount);
        rig.Deny(code);
        Assert.Equal(1, rig.Transmit().ServerIndex);
        Assert.Equal(1, rig.Header.AdditionalCount);
    }

    [Fact]
    [Trait("RFC", "6891 §6.1.3")]
    public void A_response_code_beyond_the_header_is_a_failure()
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        rig.Transmit();
        byte[] buffer = new byte[512];
        DnsMessageWriter writer = new(buffer, rig.Header.Id, DnsHeader.ResponseFlag);
        writer.TryWriteQuestion(rig.Question);
        writer.TryWriteExtension(1232, (uint)DnsResponseCode.BadVersion >> 4 << 24);
        rig.Deliver(buffer[..writer.LengthBytes]);

        rig.ExpectNoResult();
        Assert.Equal(1, rig.Transmit().ServerIndex);
    }

    [Fact]
    [Trait("RFC", "2181 §9")]
    public void A_truncated_answer_asks_for_tcp()
    {
        ResolverRig rig = new();
        rig.Begin(Name);
        rig.Transmit();
        rig.Deliver(rig.Answer([Address], flags: DnsHeader.ResponseFlag | DnsHeader.TruncatedFlag));

        DnsResult result = rig.Result();
        Assert.Equal(DnsOutcome.NeedsTcp, result.Outcome);
        Assert.Equal(0, result.ServerIndex);
        Assert.Empty(result.Records);
    }

    [Fact]
    [Trait("RFC", "1035 §7.1")]
    public void Without_servers_a_lookup_ends_at_once()
    {
        ResolverRig rig = new(new StubResolverOptions());
        rig.Begin(Name);

        rig.ExpectSilence();
        Assert.Equal(DnsOutcome.NoServers, rig.Result().Outcome);
    }

    [Fact]
    [Trait("RFC", "1035 §7.1")]
    public void No_more_lookups_begin_than_allowed()
    {
        ResolverRig rig = new(new StubResolverOptions { Servers = ResolverRig.Servers(1), MaxLookups = 2 });
        rig.Begin(Name);
        DnsLookupHandle second = rig.Begin("b.example.com");
        Assert.False(rig.Resolver.TryBegin("c.example.com", DnsRecordType.A, rig.Now, out _));

        rig.Resolver.Abort(second);

        Assert.True(rig.Resolver.TryBegin("c.example.com", DnsRecordType.A, rig.Now, out _));
    }

    [Fact]
    [Trait("RFC", "1035 §7.1")]
    public void An_abandoned_lookup_has_no_result_and_frees_its_port()
    {
        ResolverRig rig = new();
        DnsLookupHandle handle = rig.Begin(Name);
        DnsQuery query = rig.Transmit();
        byte[] answer = rig.Answer([Address]);
        rig.Resolver.Abort(handle);

        Assert.True(rig.Resolver.TryTakeEndedTry(out DnsTryToken token));
        Assert.Equal(query.Token, token);
        Assert.Equal(DnsAnswerVerdict.UnknownTry, rig.Deliver(answer));
        rig.ExpectNoResult();
        Assert.Equal(Instant.Never, rig.Resolver.NextDeadline);
    }
}
