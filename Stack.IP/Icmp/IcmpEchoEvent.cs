using NetStack.Core;

namespace NetStack.IP;

/// <summary>What came of an echo request.</summary>
/// <param name="Source">Who answered, or who reports the error.</param>
/// <param name="Destination">The address of ours the answer came to; with an error, whom the request was for.</param>
/// <param name="Sequence">The sequence number of the request.</param>
/// <param name="Payload">The data of the reply, which the taker returns to its pool; null with an error.</param>
/// <param name="HopLimit">The TTL or hop limit of the reply.</param>
/// <param name="ReceivedAt">The time of the loop's turn in which it arrived.</param>
/// <param name="Error">The error, or null with a reply.</param>
public readonly record struct IcmpEchoEvent(
    IpAddress Source,
    IpAddress Destination,
    ushort Sequence,
    PacketBuffer? Payload,
    byte HopLimit,
    Instant ReceivedAt,
    IcmpErrorKind? Error);
