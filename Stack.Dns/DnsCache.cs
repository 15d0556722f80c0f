using System.Diagnostics.CodeAnalysis;
using NetStack.Core;

namespace NetStack.Dns;

/// <summary>Record sets and denials until they expire. Full, it forgets what was used longest ago.</summary>
/// <remarks>RFC 1035 §7.4, RFC 2181 §5.2 and §5.4.1, RFC 2308 §5.</remarks>
internal sealed class DnsCache
{
    // Type 0 is reserved (RFC 6895 §3.1): it keys the denial of a whole name, which holds for all types.
    private const DnsRecordType WholeName = 0;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Dictionary<DnsQuestion, LinkedListNode<DnsCacheEntry>> _entries = [];
    private readonly LinkedList<DnsCacheEntry> _byUse = new();
    private readonly int _capacity;
    private readonly Duration _maxPositiveTtl;
    private readonly Duration _maxNegativeTtl;

    public DnsCache(int capacity, Duration maxPositiveTtl, Duration maxNegativeTtl)
    {
        _capacity = capacity;
        _maxPositiveTtl = maxPositiveTtl;
        _maxNegativeTtl = maxNegativeTtl;
    }

    /// <summary>How many entries there are, expired ones that were not yet met among them.</summary>
    public int Count => _entries.Count;

    /// <summary>Finds what is known of a type at a name; a denial of the whole name counts.</summary>
    public bool TryFind(DomainName name, DnsRecordType type, Instant now, [NotNullWhen(true)] out DnsCacheEntry? entry) =>
        TryFindExactly(new DnsQuestion(name, type), now, out entry)
        || TryFindExactly(new DnsQuestion(name, WholeName), now, out entry);

    /// <summary>Keeps a record set, for as long as its shortest time to live.</summary>
    public void Keep(DomainName name, DnsRecordType type, IReadOnlyList<DnsRecord> records, Instant now)
    {
        uint ttl = uint.MaxValue;
        foreach (DnsRecord record in records)
        {
            ttl = Math.Min(ttl, record.TtlSeconds);
        }

        Keep(new DnsQuestion(name, type), DnsOutcome.Success, records, Duration.Min(Duration.FromSeconds(ttl), _maxPositiveTtl), now);
    }

    /// <summary>Keeps a denial for as long as the SOA record that came with it allows.</summary>
    public void KeepDenial(DomainName name, DnsRecordType type, DnsOutcome outcome, DnsRecord authority, Instant now)
    {
        if (!authority.TryGetStartOfAuthority(out StartOfAuthority soa))
        {
            return;
        }

        // RFC 2308 §3: "The TTL of this record is set from the minimum of the MINIMUM field of the SOA record and the
        // TTL of the SOA itself, and indicates how long a resolver may cache the negative answer."
        Duration ttl = Duration.FromSeconds(Math.Min(soa.MinimumSeconds, authority.TtlSeconds));
        DnsQuestion key = new(name, outcome == DnsOutcome.NameError ? WholeName : type);
        Keep(key, outcome, [], Duration.Min(ttl, _maxNegativeTtl), now);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _entries.Clear();
        _byUse.Clear();
    }

    private bool TryFindExactly(DnsQuestion key, Instant now, [NotNullWhen(true)] out DnsCacheEntry? entry)
    {
        entry = null;
        if (!_entries.TryGetValue(key, out LinkedListNode<DnsCacheEntry>? node))
        {
            return false;
        }

        if (node.Value.Expiry <= now)
        {
            Forget(node);
            return false;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        entry = node.Value;
        return true;
    }

    private void Keep(DnsQuestion key, DnsOutcome outcome, IReadOnlyList<DnsRecord> records, Duration ttl, Instant now)
    {
        if (_entries.TryGetValue(key, out LinkedListNode<DnsCacheEntry>? known))
        {
            Forget(known);
        }

        // RFC 1035 §3.2.1: "Zero values are interpreted to mean that the RR can only be used for the transaction in
        // progress, and should not be cached."
        if (ttl.Nanoseconds < NanosecondsPerSecond || _capacity <= 0)
        {
            return;
        }

        while (_entries.Count >= _capacity)
        {
            Forget(_byUse.Last!);
        }

        _entries.Add(key, _byUse.AddFirst(new DnsCacheEntry(key, outcome, records, now + ttl)));
    }

    private void Forget(LinkedListNode<DnsCacheEntry> node)
    {
        _entries.Remove(node.Value.Key);
        _byUse.Remove(node);
    }
}
