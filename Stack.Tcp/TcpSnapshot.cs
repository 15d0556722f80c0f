using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>The state of a connection at one instant, as Linux tells it by <c>TCP_INFO</c>. Lengths are in bytes.</summary>
/// <remarks>RFC 4898 names most of these. Taken by <see cref="TcpConnection.TakeSnapshot(Instant)"/>.</remarks>
public readonly record struct TcpSnapshot
{
    /// <summary>The state.</summary>
    public required TcpState State { get; init; }

    /// <summary>Trouble that has not ended the connection (<see cref="TcpConnection.SoftError"/>).</summary>
    public required TcpError SoftError { get; init; }

    /// <summary>What is being recovered from.</summary>
    public required RecoveryPhase Phase { get; init; }

    /// <summary>The congestion control; null before the connection is established.</summary>
    public required string? CongestionControl { get; init; }

    /// <summary>Whether segments carry timestamps.</summary>
    public required bool UsesTimestamps { get; init; }

    /// <summary>Whether acknowledgments tell selectively what has arrived.</summary>
    public required bool UsesSelectiveAcknowledgments { get; init; }

    /// <summary>Whether congestion marks are used.</summary>
    public required bool UsesEcn { get; init; }

    /// <summary>Whether data of the SYN was taken, by the peer or by us (RFC 7413).</summary>
    public required bool IsFastOpened { get; init; }

    /// <summary>The scale of the windows that the peer offers; −1 where windows are not scaled.</summary>
    public required int SendScale { get; init; }

    /// <summary>The scale of the windows that we offer; −1 where windows are not scaled.</summary>
    public required int ReceiveScale { get; init; }

    /// <summary>The payload of a full segment.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>The payload of the largest segment received, or what is assumed of it.</summary>
    public required int ReceiveSegmentBytes { get; init; }

    /// <summary>The largest segment that we offer to take, TCP options included.</summary>
    public required int OfferedSegmentBytes { get; init; }

    /// <summary>The largest packet the path takes, IP header included.</summary>
    public required int PathMtuBytes { get; init; }

    /// <summary>SRTT; zero before the first measurement.</summary>
    public required Duration RoundTrip { get; init; }

    /// <summary>RTTVAR.</summary>
    public required Duration RoundTripVariation { get; init; }

    /// <summary>The least round trip of the last minutes.</summary>
    public required Duration MinimumRoundTrip { get; init; }

    /// <summary>RTO, backed off where it has expired.</summary>
    public required Duration RetransmissionTimeout { get; init; }

    /// <summary>How often the retransmission timer, or that of window probes, has expired since the last answer.</summary>
    public required int Retries { get; init; }

    /// <summary>The congestion window; while losses are recovered from, as rate reduction has it.</summary>
    public required long CongestionWindowBytes { get; init; }

    /// <summary>The slow start threshold; <see cref="long.MaxValue"/> before the first loss.</summary>
    public required long SlowStartThresholdBytes { get; init; }

    /// <summary>The rate at which segments leave, in bytes a second; 0 where they are not spread.</summary>
    public required long PacingBytesPerSecond { get; init; }

    /// <summary>The window that the peer offers.</summary>
    public required long SendWindowBytes { get; init; }

    /// <summary>The window that we offer.</summary>
    public required long ReceiveWindowBytes { get; init; }

    /// <summary>Sent and not acknowledged, a FIN counted.</summary>
    public required long OutstandingBytes { get; init; }

    /// <summary>Of those: on their way, as far as is known.</summary>
    public required long FlightBytes { get; init; }

    /// <summary>Of those: told to have arrived out of order.</summary>
    public required long SelectivelyAcknowledgedBytes { get; init; }

    /// <summary>Of those: taken for lost and not sent again.</summary>
    public required long LostBytes { get; init; }

    /// <summary>Written and not sent.</summary>
    public required long UnsentBytes { get; init; }

    /// <summary>Received in order and not read.</summary>
    public required long UnreadBytes { get; init; }

    /// <summary>Received behind a gap.</summary>
    public required long OutOfOrderBytes { get; init; }

    /// <summary>The time since payload was sent last, or since the SYN.</summary>
    public required Duration SinceTransmission { get; init; }

    /// <summary>The time since a segment of the peer's came last.</summary>
    public required Duration SinceArrival { get; init; }

    /// <summary>The time since payload came last, or since the handshake.</summary>
    public required Duration SinceTextArrival { get; init; }

    /// <summary>The segments on their way that were sent more than once.</summary>
    public required int RetransmittedUnderway { get; init; }

    /// <summary>All payload known to have arrived at the peer, whether in order or not, and a FIN.</summary>
    public required long DeliveredBytes { get; init; }

    /// <summary>All payload received in order.</summary>
    public required long ReceivedBytes { get; init; }

    /// <summary>The segments sent, retransmissions and acknowledgments included.</summary>
    public required long SegmentsTransmitted { get; init; }

    /// <summary>The segments received. Those put together before TCP sees them, by the device or the host, count as one.</summary>
    public required long SegmentsReceived { get; init; }

    /// <summary>The segments sent again.</summary>
    public required long SegmentsRetransmitted { get; init; }

    /// <summary>How often the peer has told that it received something twice.</summary>
    public required long DuplicatesReported { get; init; }

    /// <summary>Whether segments have overtaken each other on the way to the peer.</summary>
    public required bool IsReorderingSeen { get; init; }
}
