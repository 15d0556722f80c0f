using NetStack.IP;

namespace NetStack.Dns.Tests;

/// <summary>What a resolver makes of the records of an answer.</summary>
public sealed class StubResolverAnswerTests
{
    private readonly ResolverRig _rig = new(new StubResolverOptions { Servers = ResolverRig.Servers(1) });

    [Fact]
    [Trait("RFC", "1034 §3.6.2")]
    public void Aliases_are_followed_inside_an_answer_whatever_their_order()
    {
        DnsResult result = _rig.Resolve(
            "www.example.com",
            Messages.Address("c.example.net", "198.51.100.7"),
            Messages.Alias("b.example.net", "c.example.net"),
            Messages.Alias("www.example.com", "b.example.net"));

        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(Messages.Name("c.example.net"), result.CanonicalName);
        Assert.Equal([DnsRecordType.Cname, DnsRecordType.Cname, DnsRecordType.A], result.Records.Select(record => record.Type));
        Assert.Single(result.Addresses);
    }

    [Fact]
    [Trait("RFC", "1034 §5.3.3")]
    public void A_chain_that_ends_early_is_asked_for_again_at_its_end()
    {
        _rig.Begin("www.example.com");
        _rig.Transmit();
        _rig.Reply(Messages.Alias("www.example.com", "b.example.net"));
        _rig.ExpectNoResult();
        _rig.Transmit();
        Assert.Equal(Messages.Name("b.example.net"), _rig.Question.Name);
        _rig.Reply(Messages.Address("b.example.net", "198.51.100.7"));

        DnsResult result = _rig.Result();
        Assert.Equal(2, result.Records.Count);
        Assert.Equal(Messages.Name("www.example.com"), result.Question!.Value.Name);
        Assert.Equal(Messages.Name("b.example.net"), result.CanonicalName);
    }

    [Fact]
    [Trait("RFC", "1034 §3.6.2")]
    public void A_circle_of_aliases_is_an_error()
    {
        DnsResult result = _rig.Resolve(
            "a.example.com",
            Messages.Alias("a.example.com", "b.example.com"),
            Messages.Alias("b.example.com", "a.example.com"));

        Assert.Equal(DnsOutcome.TooManyAliases, result.Outcome);
        _rig.ExpectSilence();
    }

    [Fact]
    [Trait("RFC", "1034 §3.6.2")]
    public void A_circle_of_aliases_over_several_answers_is_an_error()
    {
        _rig.Begin("a.example.com");
        _rig.Transmit();
        _rig.Reply(Messages.Alias("a.example.com", "b.example.com"));
        _rig.Transmit();
        _rig.Reply(Messages.Alias("b.example.com", "a.example.com"));

        Assert.Equal(DnsOutcome.TooManyAliases, _rig.Result().Outcome);
    }

    [Fact]
    [Trait("RFC", "1034 §3.6.2")]
    public void A_chain_longer_than_the_limit_is_an_error_and_one_at_the_limit_is_not()
    {
        foreach (int aliases in new[] { StubResolver.MaxAliases, StubResolver.MaxAliases + 1 })
        {
            ResolverRig rig = new();
            List<DnsRecord> records = [];
            for (int i = 0; i < aliases; i++)
            {
                records.Add(Messages.Alias($"n{i}.example.com", $"n{i + 1}.example.com"));
            }

            records.Add(Messages.Address($"n{aliases}.example.com", "198.51.100.7"));
            DnsResult result = rig.Resolve("n0.example.com", [.. records]);

            Assert.Equal(aliases > StubResolver.MaxAliases ? DnsOutcome.TooManyAliases : DnsOutcome.Success, result.Outcome);
        }
    }

    [Fact]
    [Trait("RFC", "1034 §3.6.2")]
    public void A_question_for_an_alias_itself_is_not_followed()
    {
        _rig.Begin("www.example.com", DnsRecordType.Cname);
        _rig.Transmit();
        _rig.Reply(Messages.Alias("www.example.com", "b.example.net"));

        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(DnsRecordType.Cname, Assert.Single(result.Records).Type);
    }

    [Fact]
    [Trait("RFC", "5452 §6")]
    public void Records_of_other_names_are_not_taken()
    {
        DnsResult result = _rig.Resolve(
            "www.example.com",
            Messages.Address("www.example.com", "198.51.100.7"),
            Messages.Address("bank.example", "203.0.113.66"));

        Assert.Single(result.Records);
        _rig.Begin("bank.example");
        _rig.Transmit();
        Assert.Equal(Messages.Name("bank.example"), _rig.Question.Name);
    }

    [Fact]
    [Trait("RFC", "2308 §2.1")]
    public void A_name_that_does_not_exist_is_told_from_one_without_the_type()
    {
        _rig.Begin("none.example.com");
        _rig.Transmit();
        _rig.Deny(DnsResponseCode.NameError, Messages.Authority("example.com", 60, 60));
        DnsResult nameError = _rig.Result();
        _rig.Begin("some.example.com");
        _rig.Transmit();
        _rig.Deny(DnsResponseCode.NoError, Messages.Authority("example.com", 60, 60));
        DnsResult noData = _rig.Result();

        Assert.Equal(DnsOutcome.NameError, nameError.Outcome);
        Assert.Equal(DnsResponseCode.NameError, nameError.ResponseCode);
        Assert.Equal(DnsOutcome.NoData, noData.Outcome);
        Assert.Empty(noData.Records);
    }

    [Fact]
    [Trait("RFC", "6604 §3")]
    public void The_response_code_speaks_of_the_end_of_the_chain()
    {
        _rig.Begin("www.example.com");
        _rig.Transmit();
        _rig.Deliver(_rig.Answer(
            [Messages.Alias("www.example.com", "gone.example.net")],
            DnsResponseCode.NameError,
            [Messages.Authority("example.net", 60, 60)]));

        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.NameError, result.Outcome);
        Assert.Equal(Messages.Name("gone.example.net"), result.CanonicalName);
    }

    [Fact]
    [Trait("RFC", "2308 §2.2")]
    public void An_empty_answer_without_authority_is_no_data_but_a_referral_is_a_failure()
    {
        _rig.Begin("a.example.com");
        _rig.Transmit();
        _rig.Deny(DnsResponseCode.NoError);
        Assert.Equal(DnsOutcome.NoData, _rig.Result().Outcome);

        _rig.Begin("b.example.com");
        _rig.Transmit();
        _rig.Deny(DnsResponseCode.NoError, Messages.Alias("com", "ns.example", type: DnsRecordType.NS));
        _rig.ExpectNoResult();
        _rig.Transmit();
        Assert.Equal(1, _rig.Resolver.Counters.ServerFailures);
    }

    [Theory]
    [Trait("RFC", "6761 §6.3")]
    [InlineData("localhost", DnsRecordType.A, "127.0.0.1")]
    [InlineData("LocalHost.", DnsRecordType.Aaaa, "::1")]
    [InlineData("app.localhost", DnsRecordType.A, "127.0.0.1")]
    [InlineData("192.0.2.9", DnsRecordType.A, "192.0.2.9")]
    [InlineData("2001:db8::9", DnsRecordType.Aaaa, "2001:db8::9")]
    public void Localhost_and_addresses_answer_themselves(string text, DnsRecordType type, string address)
    {
        _rig.Begin(text, type);

        _rig.ExpectSilence();
        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(IpAddress.Parse(address), Assert.Single(result.Addresses));
    }

    [Theory]
    [Trait("RFC", "6761 §6.3")]
    [InlineData("localhost", DnsRecordType.MX, DnsOutcome.NoData)]
    [InlineData("192.0.2.9", DnsRecordType.Aaaa, DnsOutcome.NoData)]
    [InlineData("any.invalid", DnsRecordType.A, DnsOutcome.NameError)]
    [InlineData("a..b", DnsRecordType.A, DnsOutcome.InvalidName)]
    [InlineData("", DnsRecordType.A, DnsOutcome.InvalidName)]
    public void What_no_server_can_know_is_not_asked(string text, DnsRecordType type, DnsOutcome outcome)
    {
        _rig.Begin(text, type);

        _rig.ExpectSilence();
        Assert.Equal(outcome, _rig.Result().Outcome);
    }
}
