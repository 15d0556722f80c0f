namespace NetStack.Drivers.Pcap.Inspection;

/// <summary>
/// Part of a packet: the bytes that were kept of it, and how long it was on the wire. The two differ where the capture cut
/// the packet.
/// </summary>
internal readonly ref struct Octets
{
    public Octets(ReadOnlySpan<byte> kept, int length)
    {
        Kept = kept.Length > length ? kept[..length] : kept;
        Length = length;
    }

    /// <summary>The bytes that were kept.</summary>
    public ReadOnlySpan<byte> Kept { get; }

    /// <summary>The length on the wire; not below that of <see cref="Kept"/>.</summary>
    public int Length { get; }

    /// <summary>Whether nothing is missing.</summary>
    public bool IsWhole => Kept.Length == Length;

    /// <summary>What follows a header of the given length.</summary>
    public Octets After(int headerBytes) => new(Kept[Math.Min(headerBytes, Kept.Length)..], Math.Max(0, Length - headerBytes));

    /// <summary>The first bytes.</summary>
    public Octets First(int length) => new(Kept, Math.Min(length, Length));

    /// <summary>Whether a header of the given length can be read; where not, says whose fault that is.</summary>
    /// <param name="headerBytes">The length of the header.</param>
    /// <param name="tooShort">The fault where the packet itself is too short for it.</param>
    /// <param name="facts">Takes the fault.</param>
    public bool Holds(int headerBytes, CaptureFault tooShort, ref PacketFacts facts)
    {
        if (Kept.Length >= headerBytes)
        {
            return true;
        }

        facts.Blame(Length < headerBytes ? tooShort : CaptureFault.Truncated);
        return false;
    }
}
