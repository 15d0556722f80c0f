using System.Buffers.Binary;

namespace NetStack.Dns;

/// <summary>The data of an SOA record.</summary>
/// <param name="PrimaryServer">The zone's primary server (MNAME).</param>
/// <param name="Mailbox">The mailbox of whoever is responsible, as a name (RNAME).</param>
/// <param name="Serial">The version of the zone.</param>
/// <param name="RefreshSeconds">How often a secondary asks for news.</param>
/// <param name="RetrySeconds">How soon it asks again after a failure.</param>
/// <param name="ExpireSeconds">When it gives the zone up.</param>
/// <param name="MinimumSeconds">How long an answer that says "there is none" may be kept, at most.</param>
/// <remarks>RFC 1035 §3.3.13, RFC 2308 §4.</remarks>
public readonly record struct StartOfAuthority(
    DomainName PrimaryServer,
    DomainName Mailbox,
    uint Serial,
    uint RefreshSeconds,
    uint RetrySeconds,
    uint ExpireSeconds,
    uint MinimumSeconds)
{
    /// <summary>Reads the uncompressed data of an SOA record.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> data, out StartOfAuthority authority)
    {
        authority = default;
        int length = RecordShape.Of(DnsRecordType.Soa).SuffixBytes;
        if (data.Length <= length)
        {
            return false;
        }

        ReadOnlySpan<byte> names = data[..^length];
        int second = 0;
        while (names[second] != 0)
        {
            second += names[second] + 1;
        }

        second++;
        if (!DomainName.TryCreate(names[..second], out DomainName? primary)
            || !DomainName.TryCreate(names[second..], out DomainName? mailbox))
        {
            return false;
        }

        ReadOnlySpan<byte> numbers = data[^length..];
        authority = new StartOfAuthority(
            primary,
            mailbox,
            BinaryPrimitives.ReadUInt32BigEndian(numbers),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[16..]));
        return true;
    }
}
