using System.Buffers.Binary;

namespace NetStack.Dns;

/// <summary>The first twelve bytes of every message.</summary>
/// <param name="Id">The number that ties an answer to its query.</param>
/// <param name="Flags">The second sixteen bits as they stand on the wire; the properties below name their parts.</param>
/// <param name="QuestionCount">Questions that follow.</param>
/// <param name="AnswerCount">Records of the answer section.</param>
/// <param name="AuthorityCount">Records of the authority section.</param>
/// <param name="AdditionalCount">Records of the additional section.</param>
/// <remarks>
/// RFC 1035 §4.1.1, RFC 4035 §3.1.6 and §3.2.2.
/// <code>
///   0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
/// |QR|   opcode  |AA|TC|RD|RA| Z|AD|CD|   rcode   |
/// </code>
/// </remarks>
public readonly record struct DnsHeader(
    ushort Id,
    ushort Flags,
    ushort QuestionCount = 0,
    ushort AnswerCount = 0,
    ushort AuthorityCount = 0,
    ushort AdditionalCount = 0)
{
    /// <summary>The length on the wire, in bytes.</summary>
    public const int LengthBytes = 12;

    /// <summary>The flag that makes a message a response (QR).</summary>
    public const ushort ResponseFlag = 0x8000;

    /// <summary>The flag of an authoritative answer (AA).</summary>
    public const ushort AuthoritativeFlag = 0x0400;

    /// <summary>The flag of a message cut short (TC).</summary>
    public const ushort TruncatedFlag = 0x0200;

    /// <summary>The flag that asks for recursion (RD).</summary>
    public const ushort RecursionDesiredFlag = 0x0100;

    /// <summary>The flag that offers recursion (RA).</summary>
    public const ushort RecursionAvailableFlag = 0x0080;

    /// <summary>The flag of data the server verified (AD).</summary>
    public const ushort AuthenticDataFlag = 0x0020;

    /// <summary>The flag that forgoes verification (CD).</summary>
    public const ushort CheckingDisabledFlag = 0x0010;

    /// <summary>Whether the message is a response.</summary>
    public bool IsResponse => (Flags & ResponseFlag) != 0;

    /// <summary>The kind of the message.</summary>
    public DnsOpCode OpCode => (DnsOpCode)((Flags >> 11) & 0xF);

    /// <summary>Whether the answer is authoritative.</summary>
    public bool IsAuthoritative => (Flags & AuthoritativeFlag) != 0;

    /// <summary>Whether the message was cut to fit.</summary>
    public bool IsTruncated => (Flags & TruncatedFlag) != 0;

    /// <summary>Whether recursion is asked for.</summary>
    public bool IsRecursionDesired => (Flags & RecursionDesiredFlag) != 0;

    /// <summary>Whether the server offers recursion.</summary>
    public bool IsRecursionAvailable => (Flags & RecursionAvailableFlag) != 0;

    /// <summary>The response code, of which a header holds the low four bits.</summary>
    public DnsResponseCode ResponseCode => (DnsResponseCode)(Flags & 0xF);

    /// <summary>Reads the header of a message.</summary>
    /// <returns>Whether the message is long enough to have one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> message, out DnsHeader header)
    {
        if (message.Length < LengthBytes)
        {
            header = default;
            return false;
        }

        header = new DnsHeader(
            BinaryPrimitives.ReadUInt16BigEndian(message),
            BinaryPrimitives.ReadUInt16BigEndian(message[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[6..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[8..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[10..]));
        return true;
    }

    /// <summary>Writes the header; the destination holds at least <see cref="LengthBytes"/> bytes.</summary>
    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, Id);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], Flags);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], QuestionCount);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], AnswerCount);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], AuthorityCount);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], AdditionalCount);
    }
}
