namespace NetStack.Dns.Tests;

/// <summary>Whatever the bytes are, reading ends, throws nothing and stays within them.</summary>
public sealed class TotalParsingTests
{
    private const int Rounds = 100_000;
    private const int Seed = 20_240_601;

    [Fact]
    [Trait("RFC", "1035 §4.1")]
    public void Random_bytes_are_read_or_refused()
    {
        Random random = new(Seed);
        byte[] message = new byte[512];
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int length = random.Next(message.Length + 1);
            random.NextBytes(message.AsSpan(0, length));
            if (length >= DnsHeader.LengthBytes)
            {
                message.AsSpan(4, 8).Clear();
                message[5] = (byte)random.Next(3);
                message[7] = (byte)random.Next(20);
            }

            refused += Exhaust(message.AsSpan(0, length)) ? 0 : 1;
        }

        Assert.InRange(refused, Rounds / 2, Rounds - 1);
    }

    [Fact]
    [Trait("RFC", "1035 §4.1")]
    public void Mutated_messages_are_read_or_refused()
    {
        Random random = new(Seed);
        List<byte[]> messages = CapturedMessage.ReadAll("messages.tsv").Select(message => message.Payload).ToList();
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] message = (byte[])messages[random.Next(messages.Count)].Clone();
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                // Pointers and short lengths are what a parser trips over.
                message[random.Next(message.Length)] = random.Next(3) switch
                {
                    0 => 0xC0,
                    1 => (byte)random.Next(64),
                    _ => (byte)random.Next(256),
                };
            }

            int length = random.Next(4) == 0 ? random.Next(message.Length + 1) : message.Length;
            refused += Exhaust(message.AsSpan(0, length)) ? 0 : 1;
        }

        Assert.InRange(refused, Rounds / 10, Rounds * 9 / 10);
    }

    // Reads everything and asks for everything that may be asked of what was read.
    private static bool Exhaust(ReadOnlySpan<byte> message)
    {
        if (!DnsMessageReader.TryParse(message, out DnsMessageReader reader))
        {
            return false;
        }

        while (reader.TryReadQuestion(out DnsQuestion question))
        {
            Assert.NotEmpty(question.ToString());
        }

        while (reader.TryReadRecord(out _, out DnsRecord? record))
        {
            Assert.NotEmpty(record.ToString());
            record.TryGetAddress(out _);
            record.TryGetExtension(out _);
            Assert.True(
                DnsRecord.TryCreate(record.Name, record.Type, record.Class, record.TtlSeconds, record.Data, out _),
                "what the reader takes, the writer's records take as well");
        }

        return !reader.IsMalformed;
    }
}
