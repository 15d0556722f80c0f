using System.Runtime.CompilerServices;

namespace NetStack.IP;

/// <summary>
/// Rules for the packets that a host receives and forwards, asked in their order: the first that matches decides. It
/// remembers nothing of the packets before. Give it to <see cref="IpHost.Filter"/> of one host; others get a
/// <see cref="Copy"/>, for what it said of a flow is at hand for the next packet, and that is of one thread.
/// </summary>
/// <remarks>Answers to what was sent need rules of their own. Fragments: RFC 1858, RFC 3128.</remarks>
public sealed class PacketFilter
{
    private readonly FilterRule[] _rules;
    private readonly CompiledRules _receive;
    private readonly CompiledRules _forward;

    /// <summary>Makes a filter.</summary>
    /// <param name="rules">The rules, which must be of IPv4.</param>
    /// <param name="otherwise">What becomes of packets that none matches.</param>
    /// <exception cref="ArgumentException">A prefix is not of IPv4, or a rule with ports names a protocol that has none.</exception>
    public PacketFilter(IEnumerable<FilterRule> rules, FilterVerdict otherwise = FilterVerdict.Accept)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _rules = [.. rules];
        foreach (FilterRule rule in _rules)
        {
            Check(rule);
        }

        Otherwise = otherwise;
        _receive = Compile(FilterWay.Receive);
        _forward = Compile(FilterWay.Forward);
    }

    /// <summary>What becomes of packets that no rule matches.</summary>
    public FilterVerdict Otherwise { get; }

    /// <summary>A filter of the same rules, for another host.</summary>
    public PacketFilter Copy() => new(_rules, Otherwise);

    /// <summary>Asks the rules of one way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal FilterVerdict Decide(FilterWay way, in FilterKey key) => (way == FilterWay.Forward ? _forward : _receive).Decide(key);

    private CompiledRules Compile(FilterWay way) => new(
        Array.ConvertAll(Array.FindAll(_rules, rule => (rule.Way & way) != 0), rule => new CompiledRule(rule)), Otherwise);

    private static void Check(FilterRule rule)
    {
        if (rule.Source is { Address.IsIPv4: false } || rule.Destination is { Address.IsIPv4: false })
        {
            throw new ArgumentException("A rule names a prefix that is not of IPv4.", nameof(rule));
        }

        if ((rule.SourcePorts is not null || rule.DestinationPorts is not null)
            && rule.Protocol is not (null or IpProtocol.Tcp or IpProtocol.Udp))
        {
            throw new ArgumentException($"A rule names ports, which {rule.Protocol} does not have.", nameof(rule));
        }
    }
}
