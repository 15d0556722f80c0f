namespace NetStack.Dns;

/// <summary>What an OPT record says in its fixed part, for which it reuses the fields of class and time to live.</summary>
/// <param name="UdpPayloadBytes">The longest UDP message its sender takes, in bytes; below 512 means 512.</param>
/// <param name="Flags">The thirty-two bits in place of the time to live.</param>
/// <remarks>RFC 6891 §6.1.3.</remarks>
public readonly record struct DnsExtension(ushort UdpPayloadBytes, uint Flags)
{
    /// <summary>The flag that asks for the records of DNSSEC (DO).</summary>
    public const uint DnssecFlag = 0x8000;

    /// <summary>The version of EDNS; 0 is the only one there is.</summary>
    public byte Version => (byte)(Flags >> 16);

    /// <summary>Whether records of DNSSEC are wanted.</summary>
    public bool IsDnssecWanted => (Flags & DnssecFlag) != 0;

    /// <summary>The whole response code: upper bits from here, lower bits from the header.</summary>
    public DnsResponseCode ResponseCode(DnsHeader header) =>
        (DnsResponseCode)(((Flags >> 24) << 4) | (uint)header.ResponseCode);
}
