using NetStack.Core;
using NetStack.IP;

namespace NetStack.Dns;

/// <summary>The end of a lookup.</summary>
public sealed class DnsResult
{
    internal DnsResult(DnsLookupHandle handle, DnsOutcome outcome)
    {
        Handle = handle;
        Outcome = outcome;
    }

    /// <summary>The lookup that ended.</summary>
    public DnsLookupHandle Handle { get; }

    /// <summary>How it ended.</summary>
    public DnsOutcome Outcome { get; }

    /// <summary>The question as it was put last: of a search list, the name that was found. Null for a text that is no name.</summary>
    public DnsQuestion? Question { get; internal init; }

    /// <summary>The name at the end of all aliases. Null for a text that is no name.</summary>
    public DomainName? CanonicalName { get; internal init; }

    /// <summary>The aliases followed, in order, then the records wanted.</summary>
    public IReadOnlyList<DnsRecord> Records { get; internal init; } = [];

    /// <summary>What the last server that answered said.</summary>
    public DnsResponseCode ResponseCode { get; internal init; }

    /// <summary>The server that answered last, or -1 where none was asked or none answered.</summary>
    public int ServerIndex { get; internal init; } = -1;

    /// <summary>How long the lookup took.</summary>
    public Duration Elapsed { get; internal init; }

    /// <summary>The addresses among the records, in the order of the answer.</summary>
    public IReadOnlyList<IpAddress> Addresses
    {
        get
        {
            List<IpAddress> addresses = [];
            foreach (DnsRecord record in Records)
            {
                if (record.TryGetAddress(out IpAddress address))
                {
                    addresses.Add(address);
                }
            }

            return addresses;
        }
    }
}
