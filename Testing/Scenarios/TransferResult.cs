using NetStack.Core;

namespace NetStack.Testing;

/// <summary>How a <see cref="Transfer"/> went. Virtual time, hence the same every time.</summary>
/// <param name="Bytes">The bytes from client to server.</param>
/// <param name="Duration">From the client's SYN until the server had read everything.</param>
/// <param name="SegmentsTransmitted">The segments that the client sent.</param>
/// <param name="Retransmissions">Those that it sent again.</param>
/// <param name="Timeouts">The expiries of its retransmission timer.</param>
/// <param name="FastRecoveries">How often it recovered without such an expiry.</param>
/// <param name="Forward">What the link did to the client's frames.</param>
/// <param name="Back">What the link did to the server's frames.</param>
public sealed record TransferResult(
    long Bytes,
    Duration Duration,
    long SegmentsTransmitted,
    long Retransmissions,
    long Timeouts,
    long FastRecoveries,
    LinkCounters Forward,
    LinkCounters Back)
{
    /// <summary>The payload delivered in a second, in bits, rounded down.</summary>
    public long GoodputBitsPerSecond =>
        Duration.Nanoseconds <= 0 ? 0 : (long)((Int128)Bytes * 8 * 1_000_000_000 / Duration.Nanoseconds);
}
