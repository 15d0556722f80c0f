using System.Net;
using NetStack.IP;

namespace NetStack.Sockets;

/// <summary>What came of an echo request.</summary>
/// <param name="Status">Whether it was answered.</param>
/// <param name="Sequence">The sequence number of the request.</param>
/// <param name="Source">Who answered, or who reports the error; null where nobody did.</param>
/// <param name="PayloadBytes">The data of the reply, in bytes.</param>
/// <param name="HopLimit">The TTL of the reply.</param>
/// <param name="RoundTrip">The time from request to reply; zero without a reply.</param>
/// <param name="IsDataIntact">Whether the reply brought back the data that was sent.</param>
/// <param name="Error">With <see cref="EchoStatus.Refused"/>: what is reported.</param>
public readonly record struct EchoReply(
    EchoStatus Status,
    ushort Sequence,
    IPAddress? Source = null,
    int PayloadBytes = 0,
    byte HopLimit = 0,
    TimeSpan RoundTrip = default,
    bool IsDataIntact = true,
    IcmpErrorKind? Error = null);
