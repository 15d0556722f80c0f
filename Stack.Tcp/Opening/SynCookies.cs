using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>
/// Initial sequence numbers that stand for a half-open connection: the acknowledgment that completes the handshake brings
/// one back, and it proves that the peer got our SYN,ACK.
/// <code>
///   cookie = F(ends) + SEQ of the SYN + minute * 2^24 + ((G(ends, SEQ, minute) + size) mod 2^24)
/// </code>
/// F and G are keyed hashes. The sum grows with the peer's own sequence numbers and with time, give or take the 24 bits
/// of G, as initial sequence numbers should.
/// </summary>
/// <remarks>RFC 4987 §3.6 and its reference, Bernstein, "SYN cookies", 1997.</remarks>
internal readonly struct SynCookies(SipHashKey key)
{
    /// <summary>The minutes in which a cookie is good: the one it was made in, and the next.</summary>
    private const uint Minutes = 2;

    private const int MinuteShift = 24;
    private const uint LowMask = (1u << MinuteShift) - 1;

    /// <summary>The longest that a cookie is good.</summary>
    public static Duration Lifetime { get; } = Duration.FromSeconds(60 * Minutes);

    /// <summary>
    /// The maximum segment sizes that a cookie can tell, in rising order: the defaults of both families, and what is left
    /// of Ethernet by tunnels and options. Every other is rounded down.
    /// </summary>
    private static ReadOnlySpan<ushort> Sizes => [48, 536, 1220, 1360, 1400, 1440, 1460, 8940];

    /// <summary>Makes a cookie.</summary>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="sequence">SEG.SEQ of the SYN.</param>
    /// <param name="segmentBytes">The largest segment the peer takes.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public SequenceNumber Make(
        in IpEndPoint local, in IpEndPoint remote, SequenceNumber sequence, int segmentBytes, Instant now)
    {
        uint size = (uint)Sizes.Length - 1;
        while (size > 0 && Sizes[(int)size] > segmentBytes)
        {
            size--;
        }

        ulong ends = ConnectionTable.HashOf(key, local, remote);
        uint minute = Minute(now);
        uint low = Low(ends, sequence, minute) + size & LowMask;
        return new SequenceNumber(unchecked((uint)ends + sequence.Value + (minute << MinuteShift) + low));
    }

    /// <summary>Reads a cookie.</summary>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The peer.</param>
    /// <param name="sequence">SEG.SEQ of the SYN.</param>
    /// <param name="cookie">What may be one.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="segmentBytes">The largest segment the peer takes, rounded down.</param>
    /// <returns>False where it is none of ours, or too old.</returns>
    public bool TryRead(
        in IpEndPoint local,
        in IpEndPoint remote,
        SequenceNumber sequence,
        SequenceNumber cookie,
        Instant now,
        out ushort segmentBytes)
    {
        segmentBytes = 0;
        ulong ends = ConnectionTable.HashOf(key, local, remote);
        uint rest = unchecked(cookie.Value - (uint)ends - sequence.Value);
        uint minute = Minute(now);
        uint age = minute - (rest >> MinuteShift) & 0xFF;
        if (age >= Minutes)
        {
            return false;
        }

        uint size = rest - Low(ends, sequence, minute - age) & LowMask;
        if (size >= Sizes.Length)
        {
            return false;
        }

        segmentBytes = Sizes[(int)size];
        return true;
    }

    private static uint Minute(Instant now) => (uint)(now.Nanoseconds / 60_000_000_000);

    private uint Low(ulong ends, SequenceNumber sequence, uint minute) =>
        (uint)SipHash.Hash(key, ends, (ulong)sequence.Value << 32 | minute);
}
