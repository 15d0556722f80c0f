using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NetStack.PacketScripts.Tests;

/// <summary>
/// A TCP segment as a line of a script, such as <c>P. 1:1001(1000) ack 1 win 65535 &lt;nop,nop,TS val 100 ecr 7&gt;</c>.
/// The flags are F, S, R, P, U, E, W and a dot for ACK. Sequence numbers are relative to the SYN's of their side.
/// </summary>
internal sealed partial record Segment(string Flags, uint Sequence, int LengthBytes, uint Acknowledgment, int Window, byte[] Options, int Urgent = 0)
{
    private const string FlagLetters = "FSRP.UEW";

    /// <summary>Reads a line. A window that is not named is 65535.</summary>
    public static Segment Parse(string line)
    {
        Match match = Line().Match(line);
        Assert.True(match.Success, $"'{line}' is no segment");
        int length = int.Parse(match.Groups["length"].Value, CultureInfo.InvariantCulture);
        return new Segment(
            match.Groups["flags"].Value,
            uint.Parse(match.Groups["start"].Value, CultureInfo.InvariantCulture),
            length,
            match.Groups["ack"].Success ? uint.Parse(match.Groups["ack"].Value, CultureInfo.InvariantCulture) : 0,
            match.Groups["win"].Success ? int.Parse(match.Groups["win"].Value, CultureInfo.InvariantCulture) : ushort.MaxValue,
            SegmentOptionsText.Parse(match.Groups["options"].Value),
            match.Groups["urg"].Success ? int.Parse(match.Groups["urg"].Value, CultureInfo.InvariantCulture) : 0);
    }

    /// <summary>The TCP part of a packet, checksum not filled in.</summary>
    public byte[] ToBytes(ushort from, ushort to, uint sequenceBase, uint acknowledgmentBase)
    {
        int headerBytes = 20 + Options.Length;
        byte[] bytes = new byte[headerBytes + LengthBytes];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, from);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), to);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), unchecked(sequenceBase + Sequence));
        bool isAcknowledgment = Flags.Contains('.', StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), isAcknowledgment ? unchecked(acknowledgmentBase + Acknowledgment) : 0);
        bytes[12] = (byte)(headerBytes / 4 << 4);
        foreach (char letter in Flags)
        {
            bytes[13] |= (byte)(1 << FlagLetters.IndexOf(letter, StringComparison.Ordinal));
        }

        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)Window);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(18), (ushort)Urgent);
        Options.CopyTo(bytes, 20);
        for (int i = 0; i < LengthBytes; i++)
        {
            bytes[headerBytes + i] = PayloadAt(Sequence + (uint)i);
        }

        return bytes;
    }

    /// <summary>The byte of the peer's stream at a sequence number.</summary>
    public static byte PayloadAt(uint sequence) => (byte)(sequence * 7);

    /// <summary>Reads the TCP part of a packet.</summary>
    public static Segment Read(ReadOnlySpan<byte> tcp, uint sequenceBase, uint acknowledgmentBase)
    {
        StringBuilder flags = new();
        for (int bit = 0; bit < FlagLetters.Length; bit++)
        {
            if ((tcp[13] & 1 << bit) != 0)
            {
                flags.Append(FlagLetters[bit]);
            }
        }

        int headerBytes = tcp[12] >> 4 << 2;
        bool isAcknowledgment = (tcp[13] & 0x10) != 0;
        return new Segment(
            flags.ToString(),
            unchecked(BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]) - sequenceBase),
            tcp.Length - headerBytes,
            isAcknowledgment ? unchecked(BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]) - acknowledgmentBase) : 0,
            BinaryPrimitives.ReadUInt16BigEndian(tcp[14..]),
            tcp[20..headerBytes].ToArray(),
            BinaryPrimitives.ReadUInt16BigEndian(tcp[18..]));
    }

    /// <summary>The line for it.</summary>
    /// <param name="namesWindow">Whether the window is part of it.</param>
    public string ToLine(bool namesWindow)
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{Flags} {Sequence}:{unchecked(Sequence + (uint)LengthBytes)}({LengthBytes})");
        if (Flags.Contains('.', StringComparison.Ordinal))
        {
            line.Append(CultureInfo.InvariantCulture, $" ack {Acknowledgment}");
        }

        if (namesWindow)
        {
            line.Append(CultureInfo.InvariantCulture, $" win {Window}");
        }

        if (Urgent != 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" urg {Urgent}");
        }

        return Options.Length == 0 ? line.ToString() : $"{line} <{SegmentOptionsText.Format(Options)}>";
    }

    [GeneratedRegex(@"^(?<flags>[FSRP.UEW]+) (?<start>\d+):\d+\((?<length>\d+)\)( ack (?<ack>\d+))?( win (?<win>\d+))?( urg (?<urg>\d+))?( <(?<options>[^>]*)>)?$")]
    private static partial Regex Line();
}
