using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Dns.Tests;

public sealed class MessageRoundTripTests
{
    [Fact]
    [Trait("RFC", "1035 §4.1")]
    public void A_written_message_reads_back_whole()
    {
        Prop.ForAll(Generators.Message.ToArbitrary(), message =>
        {
            byte[] buffer = new byte[ushort.MaxValue];
            DnsMessageWriter writer = new(buffer, 0x1234, DnsHeader.ResponseFlag | DnsHeader.AuthenticDataFlag);
            Messages.Write(ref writer, message.Questions, message.Records);
            List<DnsQuestion> questions = [];
            List<(DnsSection, DnsRecord)> records = [];
            DnsHeader header = Messages.Read(buffer.AsSpan(0, writer.LengthBytes), questions, records);
            return header.Id == 0x1234
                && header.Flags == (DnsHeader.ResponseFlag | DnsHeader.AuthenticDataFlag)
                && questions.SequenceEqual(message.Questions)
                && records.SequenceEqual(message.Records)
                && SpellingOf(questions, records) == SpellingOf(message.Questions, message.Records);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait("RFC", "2181 §9")]
    public void A_message_without_room_keeps_what_was_written_and_stays_valid()
    {
        Prop.ForAll(Generators.Message.ToArbitrary(), Gen.Choose(12, 400).ToArbitrary(), (message, room) =>
        {
            byte[] buffer = new byte[room];
            DnsMessageWriter writer = new(buffer, 1, 0);
            List<DnsQuestion> questionsWritten = [];
            List<(DnsSection, DnsRecord)> recordsWritten = [];
            foreach (DnsQuestion question in message.Questions)
            {
                if (writer.TryWriteQuestion(question))
                {
                    questionsWritten.Add(question);
                }
            }

            foreach ((DnsSection section, DnsRecord record) in message.Records)
            {
                if (writer.TryWriteRecord(section, record))
                {
                    recordsWritten.Add((section, record));
                }
            }

            writer.MarkTruncated();
            List<DnsQuestion> questions = [];
            List<(DnsSection, DnsRecord)> records = [];
            DnsHeader header = Messages.Read(buffer.AsSpan(0, writer.LengthBytes), questions, records);
            return header.IsTruncated && questions.SequenceEqual(questionsWritten) && records.SequenceEqual(recordsWritten);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    [Trait("RFC", "1035 §5.1")]
    public void A_name_reads_back_from_its_text()
    {
        Prop.ForAll(Generators.Name.ToArbitrary(), name =>
            DomainName.TryParse(name.ToString(), out DomainName? again, out bool isFullyQualified)
            && isFullyQualified
            && again.Wire.SequenceEqual(name.Wire)).QuickCheckThrowOnFailure();
    }

    private static string SpellingOf(IEnumerable<DnsQuestion> questions, IEnumerable<(DnsSection, DnsRecord)> records) =>
        string.Join(' ', questions) + string.Join(' ', records);
}
