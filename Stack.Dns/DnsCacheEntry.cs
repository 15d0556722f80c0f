using NetStack.Core;

namespace NetStack.Dns;

/// <summary>A record set, or the knowledge that there is none.</summary>
/// <param name="Key">What it is kept under.</param>
/// <param name="Outcome">Success for a record set; else the kind of denial.</param>
/// <param name="Records">The records as they came.</param>
/// <param name="Expiry">From when on it is unknown.</param>
internal sealed record DnsCacheEntry(DnsQuestion Key, DnsOutcome Outcome, IReadOnlyList<DnsRecord> Records, Instant Expiry)
{
    /// <summary>Appends the records with the time they have left to live, in whole seconds.</summary>
    public void CopyTo(List<DnsRecord> records, Instant now)
    {
        uint left = (uint)((Expiry - now).Milliseconds / 1000);
        foreach (DnsRecord record in Records)
        {
            records.Add(record.WithTtl(left));
        }
    }
}
