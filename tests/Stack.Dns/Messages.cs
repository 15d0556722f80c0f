namespace NetStack.Dns.Tests;

/// <summary>Whole messages, read and written at once.</summary>
internal static class Messages
{
    public static DomainName Name(string text) =>
        DomainName.TryParse(text, out DomainName? name) ? name : throw new FormatException($"'{text}' is no name.");

    /// <summary>Reads a message that is known to be well formed.</summary>
    public static DnsHeader Read(
        ReadOnlySpan<byte> message,
        List<DnsQuestion> questions,
        List<(DnsSection Section, DnsRecord Record)> records)
    {
        Assert.True(DnsMessageReader.TryParse(message, out DnsMessageReader reader));
        while (reader.TryReadQuestion(out DnsQuestion question))
        {
            questions.Add(question);
        }

        while (reader.TryReadRecord(out DnsSection section, out DnsRecord? record))
        {
            records.Add((section, record));
        }

        Assert.False(reader.IsMalformed);
        return reader.Header;
    }

    /// <summary>Writes what must fit.</summary>
    public static void Write(
        ref DnsMessageWriter writer,
        IEnumerable<DnsQuestion> questions,
        IEnumerable<(DnsSection Section, DnsRecord Record)> records)
    {
        foreach (DnsQuestion question in questions)
        {
            Assert.True(writer.TryWriteQuestion(question));
        }

        foreach ((DnsSection section, DnsRecord record) in records)
        {
            Assert.True(writer.TryWriteRecord(section, record));
        }
    }

    /// <summary>A record with a name for data.</summary>
    public static DnsRecord Alias(string owner, string target, uint ttlSeconds = 300, DnsRecordType type = DnsRecordType.Cname) =>
        Record(owner, type, ttlSeconds, Name(target).Wire);

    public static DnsRecord Record(string owner, DnsRecordType type, uint ttlSeconds, ReadOnlySpan<byte> data) =>
        DnsRecord.TryCreate(Name(owner), type, DnsClass.Internet, ttlSeconds, data, out DnsRecord? record)
            ? record
            : throw new FormatException("The data does not fit its type.");

    public static DnsRecord Address(string owner, string address, uint ttlSeconds = 300) =>
        DnsRecord.OfAddress(Name(owner), ttlSeconds, NetStack.IP.IpAddress.Parse(address));

    public static DnsRecord Authority(string zone, uint ttlSeconds, uint minimumSeconds)
    {
        byte[] numbers = new byte[20];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(16), minimumSeconds);
        byte[] data = [.. Name("ns." + zone).Wire, .. Name("admin." + zone).Wire, .. numbers];
        return Record(zone, DnsRecordType.Soa, ttlSeconds, data);
    }
}
