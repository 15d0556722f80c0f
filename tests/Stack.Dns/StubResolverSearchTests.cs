namespace NetStack.Dns.Tests;

/// <summary>Which names a resolver makes of what a user wrote.</summary>
public sealed class StubResolverSearchTests
{
    private readonly ResolverRig _rig = new(new StubResolverOptions
    {
        Servers = ResolverRig.Servers(1),
        SearchDomains = [Messages.Name("corp.example"), Messages.Name("example.net")],
    });

    [Theory]
    [Trait("RFC", "1535 §6")]
    [InlineData("host", "host.corp.example.|host.example.net.|host.")]
    [InlineData("www.host", "www.host.|www.host.corp.example.|www.host.example.net.")]
    [InlineData("www.host.", "www.host.")]
    public void Names_are_tried_in_the_order_their_dots_call_for(string text, string expected)
    {
        _rig.Begin(text);
        List<string> asked = [];
        foreach (string _ in expected.Split('|'))
        {
            _rig.Transmit();
            asked.Add(_rig.Question.Name.ToString());
            _rig.Deny(DnsResponseCode.NameError);
        }

        _rig.ExpectSilence();
        Assert.Equal(expected, string.Join('|', asked));
        Assert.Equal(DnsOutcome.NameError, _rig.Result().Outcome);
    }

    [Fact]
    [Trait("RFC", "1535 §6")]
    public void The_first_name_that_is_found_ends_the_search()
    {
        _rig.Begin("host");
        _rig.Transmit();
        _rig.Deny(DnsResponseCode.NameError);
        _rig.Transmit();
        _rig.Reply(Messages.Address("host.example.net", "198.51.100.7"));

        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(Messages.Name("host.example.net"), result.Question!.Value.Name);
        _rig.ExpectSilence();
    }

    [Fact]
    [Trait("RFC", "2308 §2.2")]
    public void A_name_without_the_type_outweighs_names_that_do_not_exist()
    {
        _rig.Begin("host");
        _rig.Transmit();
        _rig.Deny(DnsResponseCode.NoError);
        for (int i = 0; i < 2; i++)
        {
            _rig.Transmit();
            _rig.Deny(DnsResponseCode.NameError);
        }

        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.NoData, result.Outcome);
        Assert.Equal(Messages.Name("host.corp.example"), result.Question!.Value.Name);
    }

    [Fact]
    [Trait("RFC", "1535 §6")]
    public void A_failing_server_ends_the_search()
    {
        _rig.Begin("host");
        for (int i = 0; i < 2; i++)
        {
            _rig.Transmit();
            Assert.Equal(Messages.Name("host.corp.example"), _rig.Question.Name);
            _rig.Deny(DnsResponseCode.ServerFailure);
        }

        _rig.ExpectSilence();
        Assert.Equal(DnsOutcome.ServerFailure, _rig.Result().Outcome);
    }
}
