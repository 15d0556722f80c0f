using System.Diagnostics.CodeAnalysis;

namespace NetStack.Dns;

/// <summary>The records of an answer, sorted by what a resolver wants of them.</summary>
internal sealed class AnswerSections
{
    private readonly List<DnsRecord> _answers = [];
    private readonly List<DnsRecord> _authorities = [];
    private DnsExtension? _extension;

    private AnswerSections()
    {
    }

    /// <summary>Whether the authority section names servers to ask instead.</summary>
    public bool HasReferral { get; private set; }

    /// <summary>Reads all records behind the question.</summary>
    /// <returns>Whether they are well formed.</returns>
    public static bool TryRead(ref DnsMessageReader reader, [NotNullWhen(true)] out AnswerSections? sections)
    {
        AnswerSections read = new();
        while (reader.TryReadRecord(out DnsSection section, out DnsRecord? record))
        {
            read.Take(section, record);
        }

        sections = reader.IsMalformed ? null : read;
        return sections is not null;
    }

    /// <summary>The whole response code.</summary>
    public DnsResponseCode ResponseCode(DnsHeader header) => _extension?.ResponseCode(header) ?? header.ResponseCode;

    /// <summary>The records of a type at a name; of every type where any is wanted.</summary>
    public List<DnsRecord> Find(DomainName name, DnsRecordType type)
    {
        List<DnsRecord> found = [];
        foreach (DnsRecord record in _answers)
        {
            if ((record.Type == type || type == DnsRecordType.Any) && record.Name == name)
            {
                found.Add(record);
            }
        }

        return found;
    }

    /// <summary>The SOA record that makes "there is none" of a missing answer, if its zone can hold the name.</summary>
    /// <remarks>RFC 2308 §2.1 and §2.2.</remarks>
    public DnsRecord? FindAuthorityOver(DomainName name)
    {
        foreach (DnsRecord record in _authorities)
        {
            if (record.Type == DnsRecordType.Soa && name.IsAtOrBelow(record.Name))
            {
                return record;
            }
        }

        return null;
    }

    private void Take(DnsSection section, DnsRecord record)
    {
        if (section == DnsSection.Additional)
        {
            if (record.TryGetExtension(out DnsExtension extension))
            {
                _extension ??= extension;
            }

            return;
        }

        if (record.Class != DnsClass.Internet)
        {
            return;
        }

        if (section == DnsSection.Answer)
        {
            _answers.Add(record);
            return;
        }

        _authorities.Add(record);
        HasReferral |= record.Type == DnsRecordType.NS;
    }
}
