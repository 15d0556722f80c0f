using NetStack.IP;

namespace NetStack.Dns;

/// <summary>
/// A query to be sent. Whoever sends it opens a UDP port for this token alone, chosen at random (RFC 6056), hands every
/// datagram that arrives there to <see cref="StubResolver.Receive"/> with the token, and closes the port when
/// <see cref="StubResolver.TryTakeEndedTry"/> yields the token.
/// </summary>
/// <param name="Token">The token of this try.</param>
/// <param name="ServerIndex">Which of the configured servers it goes to.</param>
/// <param name="Server">Where that server listens.</param>
/// <param name="LengthBytes">The length of the message in the caller's buffer.</param>
/// <remarks>RFC 5452 §9.2: "Use an unpredictable source port for outgoing queries".</remarks>
public readonly record struct DnsQuery(DnsTryToken Token, int ServerIndex, IpEndPoint Server, int LengthBytes);
