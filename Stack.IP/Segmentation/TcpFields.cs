namespace NetStack.IP;

/// <summary>What cutting and putting together need to know of a TCP header: the offsets of its fields in bytes, and its flags.</summary>
/// <remarks>RFC 9293 §3.1; RFC 3168 §6.1 (CWR).</remarks>
internal static class TcpFields
{
    public const int MinimumLengthBytes = 20;
    public const int Sequence = 4;
    public const int Acknowledgment = 8;
    public const int DataOffset = 12;
    public const int Flags = 13;
    public const int Window = 14;
    public const int Checksum = 16;

    public const byte Fin = 0x01;
    public const byte Push = 0x08;
    public const byte Acknowledges = 0x10;
    public const byte CongestionWindowReduced = 0x80;

    /// <summary>The bits beside the data offset: reserved, and the one of accurate ECN.</summary>
    public const byte ReservedBits = 0x0F;

    /// <summary>The length of the header whose first bytes these are, options included.</summary>
    public static int LengthBytes(ReadOnlySpan<byte> header) => header[DataOffset] >> 4 << 2;
}
