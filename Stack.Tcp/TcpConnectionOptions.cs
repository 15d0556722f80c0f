using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>The choices of one connection, or of all that one endpoint accepts. Shared between connections, hence immutable.</summary>
public sealed record class TcpConnectionOptions
{
    private const int LeastWindowUnits = 16;

    /// <summary>
    /// The payload the connection takes in before the application has read any; 0 leaves it to the stack, which starts with
    /// <see cref="InitialReceiveBufferBytes"/> and follows what the application reads.
    /// </summary>
    public int ReceiveBufferBytes { get; init; }

    /// <summary>The receive buffer that the stack starts with, where it sizes it.</summary>
    public int InitialReceiveBufferBytes { get; init; } = 128 * 1024;

    /// <summary>The most the stack lets a receive buffer become. The window reaches it only where <see cref="WindowScale"/> allows.</summary>
    public int MaximumReceiveBufferBytes { get; init; } = 6 * 1024 * 1024;

    /// <summary>
    /// The payload that waits to be sent or acknowledged before the application has to wait; 0 leaves it to the stack, which
    /// starts with <see cref="InitialSendBufferBytes"/> and follows the congestion window.
    /// </summary>
    public int SendBufferBytes { get; init; }

    /// <summary>The send buffer that the stack starts with, where it sizes it.</summary>
    public int InitialSendBufferBytes { get; init; } = 64 * 1024;

    /// <summary>The most the stack lets a send buffer become.</summary>
    public int MaximumSendBufferBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Whether small segments leave at once although earlier ones are not acknowledged.</summary>
    /// <remarks>RFC 9293 §3.7.4.</remarks>
    public bool NoDelay { get; init; }

    /// <summary>The longest an acknowledgment is delayed. Zero: never.</summary>
    /// <remarks>RFC 9293 §3.8.6.3.</remarks>
    public Duration AcknowledgmentDelay { get; init; } = Duration.FromMilliseconds(40);

    /// <summary>Whether timestamps are offered, and accepted where offered.</summary>
    /// <remarks>RFC 7323 §3.</remarks>
    public bool Timestamps { get; init; } = true;

    /// <summary>Whether selective acknowledgments are offered, and sent and read where the peer offers them too.</summary>
    /// <remarks>RFC 2018 §2.</remarks>
    public bool SelectiveAcknowledgments { get; init; } = true;

    /// <summary>The window scale offered, 0 to 14, less where the receive buffer is too small for it; −1 offers and accepts none.</summary>
    /// <remarks>RFC 7323 §2.</remarks>
    public int WindowScale { get; init; } = 8;

    /// <summary>
    /// The window scale offered for this receive buffer: a window is told in whole units of the scale, and one that is
    /// less than a unit would be told as closed. At most 14 (RFC 7323 §2.3).
    /// </summary>
    internal int EffectiveWindowScale
    {
        get
        {
            int scale = Math.Clamp(WindowScale, 0, 14);
            int leastBytes = StartingReceiveBufferBytes;
            while (scale > 0 && leastBytes >> scale < LeastWindowUnits)
            {
                scale--;
            }

            return scale;
        }
    }

    /// <summary>The receive buffer before any tuning.</summary>
    internal int StartingReceiveBufferBytes => ReceiveBufferBytes > 0 ? ReceiveBufferBytes : InitialReceiveBufferBytes;

    /// <summary>The send buffer before any tuning.</summary>
    internal int StartingSendBufferBytes => SendBufferBytes > 0 ? SendBufferBytes : InitialSendBufferBytes;

    /// <summary>The largest segment offered and sent, in bytes of payload and TCP options; 0 leaves it to the path.</summary>
    public int MaximumSegmentBytes { get; init; }

    /// <summary>The retransmission time-out before any round trip was measured.</summary>
    /// <remarks>RFC 6298 §2.1.</remarks>
    public Duration InitialRetransmissionTimeout { get; init; } = Duration.FromSeconds(1);

    /// <summary>The least retransmission time-out.</summary>
    public Duration MinimumRetransmissionTimeout { get; init; } = Duration.FromMilliseconds(200);

    /// <summary>The greatest retransmission time-out, and the greatest distance of zero-window probes.</summary>
    /// <remarks>RFC 6298 §2.5.</remarks>
    public Duration MaximumRetransmissionTimeout { get; init; } = Duration.FromSeconds(60);

    /// <summary>How often a SYN is sent again before the connection fails.</summary>
    public int SynRetries { get; init; } = 7;

    /// <summary>How often a SYN,ACK is sent again before the half-open connection is given up.</summary>
    public int SynAckRetries { get; init; } = 5;

    /// <summary>How often a segment is sent again before the connection fails (R2 as a count). A <see cref="UserTimeout"/> takes its place.</summary>
    /// <remarks>RFC 9293 §3.8.3.</remarks>
    public int Retries { get; init; } = 15;

    /// <summary>How long sent data may stay unacknowledged before the connection fails; <see cref="Duration.Zero"/> leaves it to <see cref="Retries"/>.</summary>
    /// <remarks>RFC 5482; RFC 9293 §3.8.3.</remarks>
    public Duration UserTimeout { get; init; }

    /// <summary>
    /// Whether the peer is told how long data may stay unacknowledged, and heeded where it tells. Its time-out holds,
    /// within 100 s and an hour, where <see cref="UserTimeout"/> is not set.
    /// </summary>
    /// <remarks>RFC 5482.</remarks>
    public bool UserTimeoutOption { get; init; }

    /// <summary>Whether an idle connection is probed.</summary>
    /// <remarks>RFC 9293 §3.8.4.</remarks>
    public bool KeepAlive { get; init; }

    /// <summary>How long a connection is idle before the first probe.</summary>
    public Duration KeepAliveTime { get; init; } = Duration.FromSeconds(7200);

    /// <summary>The distance of further probes.</summary>
    public Duration KeepAliveInterval { get; init; } = Duration.FromSeconds(75);

    /// <summary>The probes without answer after which the connection fails.</summary>
    public int KeepAliveProbes { get; init; } = 9;

    /// <summary>
    /// Whether connections are opened with data on the SYN. Of a connection that we open: what is appended before its SYN
    /// leaves goes with it, once the peer has given a cookie on an earlier connection. Of a listen endpoint: cookies are
    /// given, and connections that bring one are handed out with their data before the handshake is complete. The data
    /// may then come twice, on two connections, where the network doubled the SYN.
    /// </summary>
    /// <remarks>RFC 7413; §2 on the doubled SYN.</remarks>
    public bool FastOpen { get; init; }

    /// <summary>Whether explicit congestion notification is asked for and agreed to.</summary>
    /// <remarks>RFC 3168, RFC 9768.</remarks>
    public EcnUse Ecn { get; init; } = EcnUse.AcceptAccurate;

    /// <summary>The traffic class (TOS) of the connection's packets. Its lowest two bits are ECN's: what stands there is not sent.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Whether segments are spread over the round trip instead of sent in bursts. A controller with a rate of its own always spreads.</summary>
    public bool Pacing { get; init; }

    /// <summary>
    /// Makes the congestion controller of a connection from a seed of its own, for those that choose at random;
    /// <see cref="Cubic"/> where null. <see cref="CongestionControl.TryFind"/> has them by name.
    /// </summary>
    public Func<ulong, ICongestionController>? CongestionController { get; init; }
}
