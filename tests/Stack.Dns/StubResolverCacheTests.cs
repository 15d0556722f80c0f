using NetStack.Core;

namespace NetStack.Dns.Tests;

/// <summary>What a resolver remembers, and for how long.</summary>
public sealed class StubResolverCacheTests
{
    private const string Name = "www.example.com";

    private ResolverRig _rig = new();

    [Fact]
    [Trait("RFC", "1035 §7.4")]
    public void An_answer_is_remembered_until_its_time_is_over()
    {
        _rig.Resolve(Name, Messages.Address(Name, "198.51.100.7", 300));
        _rig.Now += Duration.FromSeconds(299);
        _rig.Begin("WWW.example.com");
        _rig.ExpectSilence();
        DnsResult result = _rig.Result();
        Assert.Equal(DnsOutcome.Success, result.Outcome);
        Assert.Equal(1u, Assert.Single(result.Records).TtlSeconds);
        Assert.Equal(-1, result.ServerIndex);
        Assert.Equal(1, _rig.Resolver.Counters.CacheHits);

        _rig.Now += Duration.FromSeconds(1);
        ExpectQuery(Name);
    }

    [Fact]
    [Trait("RFC", "2181 §5.2")]
    public void A_set_lives_as_long_as_its_shortest_record()
    {
        _rig.Resolve(Name, Messages.Address(Name, "198.51.100.7", 300), Messages.Address(Name, "198.51.100.8", 10));
        _rig.Now += Duration.FromSeconds(9);
        _rig.Begin(Name);
        Assert.Equal(2, _rig.Result().Addresses.Count);

        _rig.Now += Duration.FromSeconds(1);
        ExpectQuery(Name);
    }

    [Theory]
    [Trait("RFC", "1035 §3.2.1")]
    [Trait("RFC", "2181 §8")]
    [InlineData(0u)]
    [InlineData(0x8000_0001u)]
    public void An_answer_with_no_time_to_live_is_not_remembered(uint ttl)
    {
        _rig.Resolve(Name, Messages.Address(Name, "198.51.100.7", ttl));

        ExpectQuery(Name);
    }

    [Fact]
    [Trait("RFC", "1035 §7.4")]
    public void No_answer_is_remembered_longer_than_the_limit()
    {
        _rig = new ResolverRig(new StubResolverOptions { Servers = ResolverRig.Servers(1), MaxPositiveTtl = Duration.FromSeconds(60) });
        _rig.Resolve(Name, Messages.Address(Name, "198.51.100.7", 1_000_000));
        _rig.Now += Duration.FromSeconds(60);

        ExpectQuery(Name);
    }

    [Fact]
    [Trait("RFC", "1034 §3.6.2")]
    public void Aliases_are_remembered_each_for_its_own_time()
    {
        _rig.Resolve(Name, Messages.Alias(Name, "b.example.net", 300), Messages.Address("b.example.net", "198.51.100.7", 10));
        _rig.Begin(Name);
        DnsResult known = _rig.Result();
        Assert.Equal(2, known.Records.Count);
        Assert.Equal(Messages.Name("b.example.net"), known.CanonicalName);

        _rig.Now += Duration.FromSeconds(10);
        ExpectQuery(Name, "b.example.net");
    }

    [Theory]
    [Trait("RFC", "2308 §5")]
    [InlineData(100, 20, 20)]
    [InlineData(20, 100, 20)]
    [InlineData(1_000_000, 1_000_000, 10_800)]
    public void A_denial_is_remembered_as_long_as_its_authority_allows(int ttl, int minimum, int expected)
    {
        Deny(DnsResponseCode.NameError, Messages.Authority("example.com", (uint)ttl, (uint)minimum));
        _rig.Now += Duration.FromSeconds(expected - 1);
        _rig.Begin(Name);
        _rig.ExpectSilence();
        Assert.Equal(DnsOutcome.NameError, _rig.Result().Outcome);

        _rig.Now += Duration.FromSeconds(1);
        ExpectQuery(Name);
    }

    [Fact]
    [Trait("RFC", "2308 §5")]
    public void A_name_that_does_not_exist_has_no_record_of_any_type_but_no_data_denies_one_type()
    {
        Deny(DnsResponseCode.NameError, Messages.Authority("example.com", 60, 60));
        _rig.Begin(Name, DnsRecordType.Aaaa);
        Assert.Equal(DnsOutcome.NameError, _rig.Result().Outcome);

        _rig.Resolver.ClearCache();
        Deny(DnsResponseCode.NoError, Messages.Authority("example.com", 60, 60));
        _rig.Begin(Name);
        Assert.Equal(DnsOutcome.NoData, _rig.Result().Outcome);
        _rig.Begin(Name, DnsRecordType.Aaaa);
        _rig.Transmit();
        Assert.Equal(DnsRecordType.Aaaa, _rig.Question.Type);
    }

    [Fact]
    [Trait("RFC", "2308 §5")]
    public void A_denial_without_authority_is_not_remembered()
    {
        Deny(DnsResponseCode.NameError);
        ExpectQuery(Name);
    }

    [Fact]
    [Trait("RFC", "2308 §5")]
    public void A_denial_by_the_authority_of_another_zone_is_not_remembered()
    {
        Deny(DnsResponseCode.NameError, Messages.Authority("example.org", 60, 60));
        ExpectQuery(Name);
    }

    [Fact]
    [Trait("RFC", "1035 §7.4")]
    public void A_full_memory_forgets_what_was_used_longest_ago()
    {
        _rig = new ResolverRig(new StubResolverOptions { Servers = ResolverRig.Servers(1), CacheCapacity = 2 });
        _rig.Resolve("a.example", Messages.Address("a.example", "198.51.100.1"));
        _rig.Resolve("b.example", Messages.Address("b.example", "198.51.100.2"));
        _rig.Begin("a.example");
        _rig.Result();
        _rig.Resolve("c.example", Messages.Address("c.example", "198.51.100.3"));

        _rig.Begin("a.example");
        _rig.ExpectSilence();
        _rig.Begin("c.example");
        _rig.ExpectSilence();
        ExpectQuery("b.example");
    }

    private void Deny(DnsResponseCode code, params DnsRecord[] authorities)
    {
        _rig.Begin(Name);
        _rig.Transmit();
        _rig.Deny(code, authorities);
        _rig.Result();
    }

    private void ExpectQuery(string begun, string? asked = null)
    {
        _rig.Begin(begun);
        _rig.Transmit();
        Assert.Equal(Messages.Name(asked ?? begun), _rig.Question.Name);
    }
}
