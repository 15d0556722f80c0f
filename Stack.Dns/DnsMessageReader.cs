using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace NetStack.Dns;

/// <summary>
/// Reads a message from front to back: the header, the questions, the records. Whatever the bytes are, nothing is
/// thrown: a read that fails returns false for good, and <see cref="IsMalformed"/> tells a bad message from an end.
/// </summary>
/// <remarks>RFC 1035 §4.1. Compression pointers lead strictly backward, so none leads in a circle.</remarks>
public ref struct DnsMessageReader
{
    private const int QuestionTailBytes = 4;
    private const int RecordTailBytes = 10;

    private readonly ReadOnlySpan<byte> _message;
    private int _offset;
    private int _questionsRead;
    private int _recordsRead;

    private DnsMessageReader(ReadOnlySpan<byte> message, DnsHeader header)
    {
        _message = message;
        Header = header;
        _offset = DnsHeader.LengthBytes;
    }

    /// <summary>The header. Its counts are claims: the reader checks them by reading.</summary>
    public DnsHeader Header { get; }

    /// <summary>Whether a read found bytes that are no message.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Starts to read a message.</summary>
    /// <param name="message">The message, without the length that precedes it over TCP.</param>
    /// <param name="reader">A reader that stands behind the header.</param>
    /// <returns>Whether the message is long enough to have a header.</returns>
    public static bool TryParse(ReadOnlySpan<byte> message, out DnsMessageReader reader)
    {
        bool parsed = DnsHeader.TryParse(message, out DnsHeader header);
        reader = parsed ? new DnsMessageReader(message, header) : default;
        return parsed;
    }

    /// <summary>Reads the next question.</summary>
    /// <returns>Whether there was one and it is well formed.</returns>
    public bool TryReadQuestion(out DnsQuestion question)
    {
        question = default;
        if (IsMalformed || _questionsRead >= Header.QuestionCount)
        {
            return false;
        }

        if (!DomainName.TryRead(_message, ref _offset, out DomainName? name) || _message.Length - _offset < QuestionTailBytes)
        {
            IsMalformed = true;
            return false;
        }

        ReadOnlySpan<byte> tail = _message.Slice(_offset, QuestionTailBytes);
        question = new DnsQuestion(
            name,
            (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(tail),
            (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(tail[2..]));
        _offset += QuestionTailBytes;
        _questionsRead++;
        return true;
    }

    /// <summary>Reads the next record, of whichever section; passes over questions that were not read.</summary>
    /// <param name="section">The section the record stands in.</param>
    /// <param name="record">The record.</param>
    /// <returns>Whether there was one and it is well formed.</returns>
    public bool TryReadRecord(out DnsSection section, [NotNullWhen(true)] out DnsRecord? record)
    {
        section = default;
        record = null;
        while (TryReadQuestion(out _))
        {
        }

        int total = Header.AnswerCount + Header.AuthorityCount + Header.AdditionalCount;
        if (IsMalformed || _recordsRead >= total)
        {
            return false;
        }

        section = _recordsRead < Header.AnswerCount ? DnsSection.Answer
            : _recordsRead < Header.AnswerCount + Header.AuthorityCount ? DnsSection.Authority
            : DnsSection.Additional;
        IsMalformed = !TryReadRecordBody(out record);
        _recordsRead++;
        return record is not null;
    }

    private bool TryReadRecordBody([NotNullWhen(true)] out DnsRecord? record)
    {
        record = null;
        if (!DomainName.TryRead(_message, ref _offset, out DomainName? name) || _message.Length - _offset < RecordTailBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> tail = _message.Slice(_offset, RecordTailBytes);
        DnsRecordType type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(tail);
        DnsClass @class = (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(tail[2..]);
        uint ttl = BinaryPrimitives.ReadUInt32BigEndian(tail[4..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(tail[8..]);
        _offset += RecordTailBytes;
        if (_message.Length - _offset < length
            || !RecordData.TryExpand(_message, _offset, length, type, @class, out byte[]? data))
        {
            return false;
        }

        // RFC 2181 §8: "Implementations should treat TTL values received with the most significant bit set as if the
        // entire value received was zero." OPT keeps flags there.
        if (type != DnsRecordType.Opt && ttl > int.MaxValue)
        {
            ttl = 0;
        }

        _offset += length;
        record = new DnsRecord(name, type, @class, ttl, data);
        return true;
    }
}
