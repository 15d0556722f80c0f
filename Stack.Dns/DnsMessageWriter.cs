using System.Buffers.Binary;

namespace NetStack.Dns;

/// <summary>
/// Writes a message into the caller's memory, names compressed. A write that finds no room returns false and leaves
/// the message as it was before, complete and valid; a server then sets <see cref="MarkTruncated"/>.
/// </summary>
/// <remarks>
/// RFC 1035 §4.1. A name is compressed against an earlier one only where the case of their letters agrees, so that a
/// peer gets back the spelling it sent.
/// </remarks>
public ref struct DnsMessageWriter
{
    private const int QuestionTailBytes = 4;
    private const int RecordTailBytes = 10;
    private const int MaxPointerTarget = 0x3FFF;

    private readonly Span<byte> _buffer;
    private NameOffsets _names;
    private int _nameCount;
    private DnsHeader _header;
    private DnsSection _section;
    private int _length;

    /// <summary>Starts a message; questions and records are counted as they are written.</summary>
    /// <param name="buffer">Where the message goes: at least <see cref="DnsHeader.LengthBytes"/> bytes.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="flags">The flags, an opcode and a response code, as <see cref="DnsHeader.Flags"/> has them.</param>
    /// <exception cref="ArgumentException">The buffer cannot hold a header.</exception>
    public DnsMessageWriter(Span<byte> buffer, ushort id, ushort flags)
    {
        if (buffer.Length < DnsHeader.LengthBytes)
        {
            throw new ArgumentException("A message needs room for its header.", nameof(buffer));
        }

        _buffer = buffer.Length > ushort.MaxValue ? buffer[..ushort.MaxValue] : buffer;
        _header = new DnsHeader(id, flags);
        _header.Write(buffer);
        _length = DnsHeader.LengthBytes;
    }

    /// <summary>The length of the message so far, in bytes.</summary>
    public readonly int LengthBytes => _length;

    /// <summary>Says in the header that the message was cut to fit (TC).</summary>
    public void MarkTruncated()
    {
        _header = _header with { Flags = (ushort)(_header.Flags | DnsHeader.TruncatedFlag) };
        _header.Write(_buffer);
    }

    /// <summary>Writes a question.</summary>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="InvalidOperationException">Records have been written already.</exception>
    public bool TryWriteQuestion(in DnsQuestion question)
    {
        if (_header.AnswerCount + _header.AuthorityCount + _header.AdditionalCount > 0)
        {
            throw new InvalidOperationException("Questions stand before all records.");
        }

        int length = _length;
        int nameCount = _nameCount;
        if (!TryWriteName(question.Name.Wire) || _buffer.Length - _length < QuestionTailBytes)
        {
            _length = length;
            _nameCount = nameCount;
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_buffer[_length..], (ushort)question.Type);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(_length + 2)..], (ushort)question.Class);
        _length += QuestionTailBytes;
        _header = _header with { QuestionCount = (ushort)(_header.QuestionCount + 1) };
        _header.Write(_buffer);
        return true;
    }

    /// <summary>Writes a record.</summary>
    /// <param name="section">The section it goes to: that of the record before, or a later one.</param>
    /// <param name="record">The record.</param>
    /// <returns>Whether there was room.</returns>
    /// <exception cref="InvalidOperationException">A record of a later section has been written already.</exception>
    public bool TryWriteRecord(DnsSection section, DnsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (section < _section)
        {
            throw new InvalidOperationException("Sections stand in the order answer, authority, additional.");
        }

        int length = _length;
        int nameCount = _nameCount;
        if (!TryWriteName(record.Name.Wire) || !TryWriteRecordTail(record))
        {
            _length = length;
            _nameCount = nameCount;
            return false;
        }

        _section = section;
        _header = section switch
        {
            DnsSection.Answer => _header with { AnswerCount = (ushort)(_header.AnswerCount + 1) },
            DnsSection.Authority => _header with { AuthorityCount = (ushort)(_header.AuthorityCount + 1) },
            _ => _header with { AdditionalCount = (ushort)(_header.AdditionalCount + 1) },
        };
        _header.Write(_buffer);
        return true;
    }

    /// <summary>Writes the OPT record of EDNS version 0, without options, into the additional section.</summary>
    /// <param name="udpPayloadBytes">The longest UDP message the sender takes, in bytes.</param>
    /// <param name="flags">The flags, such as <see cref="DnsExtension.DnssecFlag"/>.</param>
    /// <returns>Whether there was room.</returns>
    /// <remarks>RFC 6891 §6.1.2.</remarks>
    public bool TryWriteExtension(ushort udpPayloadBytes, uint flags = 0) =>
        TryWriteRecord(
            DnsSection.Additional,
            new DnsRecord(DomainName.Root, DnsRecordType.Opt, (DnsClass)udpPayloadBytes, flags, []));

    private bool TryWriteRecordTail(DnsRecord record)
    {
        if (_buffer.Length - _length < RecordTailBytes)
        {
            return false;
        }

        Span<byte> tail = _buffer.Slice(_length, RecordTailBytes);
        BinaryPrimitives.WriteUInt16BigEndian(tail, (ushort)record.Type);
        BinaryPrimitives.WriteUInt16BigEndian(tail[2..], (ushort)record.Class);
        BinaryPrimitives.WriteUInt32BigEndian(tail[4..], record.TtlSeconds);
        _length += RecordTailBytes;
        int dataStart = _length;
        if (!TryWriteData(record))
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(tail[8..], (ushort)(_length - dataStart));
        return true;
    }

    private bool TryWriteData(DnsRecord record)
    {
        ReadOnlySpan<byte> data = record.Data;
        RecordShape shape = RecordShape.Of(record.Type);
        if (!shape.MayCompress || data.IsEmpty)
        {
            return TryWriteBytes(data);
        }

        if (!TryWriteBytes(data[..shape.PrefixBytes]))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = data[shape.PrefixBytes..];
        for (int i = 0; i < shape.NameCount; i++)
        {
            int length = 0;
            while (rest[length] != 0)
            {
                length += rest[length] + 1;
            }

            if (!TryWriteName(rest[..(length + 1)]))
            {
                return false;
            }

            rest = rest[(length + 1)..];
        }

        return TryWriteBytes(rest);
    }

    private bool TryWriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_buffer[_length..]))
        {
            return false;
        }

        _length += bytes.Length;
        return true;
    }

    private bool TryWriteName(scoped ReadOnlySpan<byte> wire)
    {
        while (wire[0] != 0)
        {
            int target = Find(wire);
            if (target >= 0)
            {
                Span<byte> pointer = stackalloc byte[2];
                BinaryPrimitives.WriteUInt16BigEndian(pointer, (ushort)((DomainName.PointerMask << 8) | target));
                return TryWriteBytes(pointer);
            }

            if (_nameCount < NameOffsets.Capacity && _length <= MaxPointerTarget)
            {
                _names[_nameCount++] = (ushort)_length;
            }

            int labelBytes = wire[0] + 1;
            if (!TryWriteBytes(wire[..labelBytes]))
            {
                return false;
            }

            wire = wire[labelBytes..];
        }

        return TryWriteBytes(wire[..1]);
    }

    private readonly int Find(scoped ReadOnlySpan<byte> wire)
    {
        for (int i = 0; i < _nameCount; i++)
        {
            if (StandsAt(_names[i], wire))
            {
                return _names[i];
            }
        }

        return -1;
    }

    // The writer's own names are well formed and point backward, so this walk ends. A name that is being written
    // ends where the message does, and is no match yet.
    private readonly bool StandsAt(int offset, scoped ReadOnlySpan<byte> wire)
    {
        while (offset < _length)
        {
            if ((_buffer[offset] & DomainName.PointerMask) == DomainName.PointerMask)
            {
                offset = BinaryPrimitives.ReadUInt16BigEndian(_buffer[offset..]) & MaxPointerTarget;
                continue;
            }

            int labelBytes = _buffer[offset] + 1;
            if (!_buffer.Slice(offset, labelBytes).SequenceEqual(wire[..Math.Min(labelBytes, wire.Length)]))
            {
                return false;
            }

            if (labelBytes == 1)
            {
                return true;
            }

            offset += labelBytes;
            wire = wire[labelBytes..];
        }

        return false;
    }
}
