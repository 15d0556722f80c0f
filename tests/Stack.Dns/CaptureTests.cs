using System.Globalization;
using System.Text;

namespace NetStack.Dns.Tests;

/// <summary>Messages that other people's programs sent, read as tshark reads them.</summary>
public sealed class CaptureTests
{
    [Fact]
    [Trait("RFC", "1035 §4.1")]
    public void Recorded_messages_hold_what_tshark_sees()
    {
        List<CapturedMessage> messages = CapturedMessage.ReadAll("messages.tsv");
        Assert.True(messages.Count > 100, "the table of messages is missing lines");
        List<string> differences = [];
        int records = 0;
        foreach (CapturedMessage message in messages)
        {
            Dictionary<string, List<string>> ours = Dissect(message, differences);
            records += ours["dns.resp.name"].Count;
            foreach ((string field, List<string> values) in ours)
            {
                string expected = string.Join('|', message[field]);
                string actual = string.Join('|', values);
                if (expected != actual && !(field == "dns.resp.type" && HoldsTypeBitmap(values)))
                {
                    differences.Add($"{message.Origin} {field}: tshark '{expected}', read '{actual}'");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
        Assert.True(records > 300, "the messages hold fewer records than they did");
    }

    [Fact]
    [Trait("RFC", "1035 §4.1.4")]
    public void Recorded_messages_written_again_read_the_same()
    {
        byte[] buffer = new byte[ushort.MaxValue];
        foreach (CapturedMessage message in CapturedMessage.ReadAll("messages.tsv"))
        {
            List<DnsQuestion> questions = [];
            List<(DnsSection, DnsRecord)> records = [];
            DnsHeader header = Messages.Read(message.Payload, questions, records);
            DnsMessageWriter writer = new(buffer, header.Id, header.Flags);
            Messages.Write(ref writer, questions, records);

            List<DnsQuestion> questionsAgain = [];
            List<(DnsSection, DnsRecord)> recordsAgain = [];
            DnsHeader headerAgain = Messages.Read(buffer.AsSpan(0, writer.LengthBytes), questionsAgain, recordsAgain);

            Assert.Equal(header, headerAgain);
            Assert.Equal(questions, questionsAgain);
            Assert.Equal(records, recordsAgain);
        }
    }

    [Fact]
    [Trait("RFC", "1035 §4.1.4")]
    public void Recorded_messages_that_lie_or_loop_are_refused()
    {
        // What is wrong with the others lies in data of types that are carried as they are.
        List<CapturedMessage> attacks = CapturedMessage.ReadAll("malformed.tsv")
            .Where(message => !message.Origin.Contains("/loc-") && !message.Origin.Contains("/svcb-"))
            .ToList();
        Assert.True(attacks.Count >= 9, "the table of malformed messages is missing lines");
        foreach (CapturedMessage attack in attacks)
        {
            Assert.True(DnsMessageReader.TryParse(attack.Payload, out DnsMessageReader reader), attack.Origin);
            while (reader.TryReadRecord(out _, out _))
            {
            }

            Assert.True(reader.IsMalformed, attack.Origin);
        }
    }

    private static Dictionary<string, List<string>> Dissect(CapturedMessage message, List<string> differences)
    {
        Dictionary<string, List<string>> fields = [];
        foreach (string field in new[]
        {
            "dns.id", "dns.flags", "dns.qry.name", "dns.qry.type", "dns.resp.name", "dns.resp.type", "dns.resp.ttl",
            "dns.a", "dns.aaaa", "dns.cname", "dns.ns", "dns.ptr.domain_name", "dns.mx.preference",
            "dns.mx.mail_exchange", "dns.soa.mname", "dns.soa.rname", "dns.soa.serial_number",
            "dns.soa.refresh_interval", "dns.soa.minimum_ttl", "dns.txt", "dns.srv.priority", "dns.srv.weight",
            "dns.srv.port", "dns.srv.target",
        })
        {
            fields[field] = [];
        }

        Assert.True(DnsMessageReader.TryParse(message.Payload, out DnsMessageReader reader), message.Origin);
        fields["dns.id"].Add($"0x{reader.Header.Id:x4}");
        fields["dns.flags"].Add($"0x{reader.Header.Flags:x4}");
        while (reader.TryReadQuestion(out DnsQuestion question))
        {
            fields["dns.qry.name"].Add(NameOf(question.Name));
            fields["dns.qry.type"].Add(Number((ushort)question.Type));
        }

        while (reader.TryReadRecord(out _, out DnsRecord? record))
        {
            fields["dns.resp.name"].Add(NameOf(record.Name));
            fields["dns.resp.type"].Add(Number((ushort)record.Type));
            if (record.Type != DnsRecordType.Opt)
            {
                fields["dns.resp.ttl"].Add(Number(record.TtlSeconds));
            }

            DissectData(record, fields);
        }

        if (reader.IsMalformed)
        {
            differences.Add($"{message.Origin} is refused");
        }

        return fields;
    }

    private static void DissectData(DnsRecord record, Dictionary<string, List<string>> fields)
    {
        switch (record.Type)
        {
            case DnsRecordType.A when !record.Data.IsEmpty:
                fields["dns.a"].Add(record.DataText);
                break;
            case DnsRecordType.Aaaa when !record.Data.IsEmpty:
                fields["dns.aaaa"].Add(record.DataText);
                break;
            case DnsRecordType.Cname or DnsRecordType.NS or DnsRecordType.Ptr when record.TryGetTarget(out DomainName? target):
                string field = record.Type switch
                {
                    DnsRecordType.Cname => "dns.cname",
                    DnsRecordType.NS => "dns.ns",
                    _ => "dns.ptr.domain_name",
                };
                fields[field].Add(NameOf(target));
                break;
            case DnsRecordType.Txt:
                for (int offset = 0; offset < record.Data.Length; offset += record.Data[offset] + 1)
                {
                    fields["dns.txt"].Add(Encoding.Latin1.GetString(record.Data.Slice(offset + 1, record.Data[offset])));
                }

                break;
        }

        if (record.TryGetMailExchange(out ushort preference, out DomainName? exchange))
        {
            fields["dns.mx.preference"].Add(Number(preference));
            fields["dns.mx.mail_exchange"].Add(NameOf(exchange));
        }

        if (record.TryGetStartOfAuthority(out StartOfAuthority authority))
        {
            fields["dns.soa.mname"].Add(NameOf(authority.PrimaryServer));
            fields["dns.soa.rname"].Add(NameOf(authority.Mailbox));
            fields["dns.soa.serial_number"].Add(Number(authority.Serial));
            fields["dns.soa.refresh_interval"].Add(Number(authority.RefreshSeconds));
            fields["dns.soa.minimum_ttl"].Add(Number(authority.MinimumSeconds));
        }

        if (record.TryGetServiceLocation(out ServiceLocation location))
        {
            fields["dns.srv.priority"].Add(Number(location.Priority));
            fields["dns.srv.weight"].Add(Number(location.Weight));
            fields["dns.srv.port"].Add(Number(location.Port));
            fields["dns.srv.target"].Add(NameOf(location.Target));
        }
    }

    // tshark puts the types that the bitmap of an NSEC or NSEC3 record lists into the field of the records' types.
    private static bool HoldsTypeBitmap(List<string> types) => types.Contains("47") || types.Contains("50");

    private static string Number(uint value) => value.ToString(CultureInfo.InvariantCulture);

    // tshark prints labels as they are, between dots.
    private static string NameOf(DomainName name)
    {
        List<string> labels = [];
        ReadOnlySpan<byte> wire = name.Wire;
        for (int offset = 0; wire[offset] != 0; offset += wire[offset] + 1)
        {
            labels.Add(Encoding.Latin1.GetString(wire.Slice(offset + 1, wire[offset])));
        }

        return labels.Count == 0 ? "<Root>" : string.Join('.', labels);
    }
}
