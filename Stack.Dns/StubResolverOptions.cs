using NetStack.Core;
using NetStack.IP;

namespace NetStack.Dns;

/// <summary>How a <see cref="StubResolver"/> works.</summary>
public sealed class StubResolverOptions
{
    /// <summary>How many servers are used; further ones are ignored.</summary>
    public const int MaxServers = 5;

    /// <summary>How many domains of the search list are used; further ones are ignored.</summary>
    public const int MaxSearchDomains = 6;

    /// <summary>The recursive servers, in order of preference; their port is <see cref="StubResolver.DefaultPort"/> as a rule.</summary>
    public IReadOnlyList<IpEndPoint> Servers { get; init; } = [];

    /// <summary>The domains that are tried behind a name that was not written with its last dot.</summary>
    public IReadOnlyList<DomainName> SearchDomains { get; init; } = [];

    /// <summary>From how many dots on a name is tried as it stands before the search list. 1 by default.</summary>
    public int MinimumDots { get; init; } = 1;

    /// <summary>How often each server is asked. 2 by default.</summary>
    public int AttemptsPerServer { get; init; } = 2;

    /// <summary>How long a server has to answer the first time; each further round over the servers doubles it. 2 s by default.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>The longest UDP answer asked for by EDNS, in bytes; 0 sends queries without EDNS. 1232 by default.</summary>
    /// <remarks>RFC 6891 §6.2.3; 1232 fits a datagram into the least MTU of IPv6.</remarks>
    public ushort UdpPayloadBytes { get; init; } = 1232;

    /// <summary>How many lookups may be under way, or done with their result not yet taken. 256 by default.</summary>
    public int MaxLookups { get; init; } = 256;

    /// <summary>How many record sets and denials are kept; 0 keeps none. 512 by default.</summary>
    public int CacheCapacity { get; init; } = 512;

    /// <summary>The longest a record set is kept. One day by default.</summary>
    public Duration MaxPositiveTtl { get; init; } = Duration.FromSeconds(86_400);

    /// <summary>The longest a denial is kept. Three hours by default.</summary>
    /// <remarks>RFC 2308 §5: "Values of one to three hours have been found to work well".</remarks>
    public Duration MaxNegativeTtl { get; init; } = Duration.FromSeconds(10_800);
}
