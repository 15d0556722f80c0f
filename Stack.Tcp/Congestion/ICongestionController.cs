using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// Decides how much may be on its way, and how fast. One object a connection; told of every event, asked for the window.
/// What was lost and what is sent again is the connection's business, and so is the window while a loss is recovered from
/// (RFC 6937), unless the controller <see cref="GovernsRecovery"/>.
/// </summary>
/// <remarks>RFC 5681 §3.</remarks>
public interface ICongestionController
{
    /// <summary>The name by which it is chosen, in small letters.</summary>
    string Name { get; }

    /// <summary>The congestion window, cwnd. While a loss is recovered from: the window to come to.</summary>
    long WindowBytes { get; }

    /// <summary>The slow start threshold, ssthresh; <see cref="long.MaxValue"/> before the first loss.</summary>
    long SlowStartThresholdBytes { get; }

    /// <summary>The rate at which segments should leave, in bytes a second; 0 leaves it to the connection.</summary>
    long PacingBytesPerSecond { get; }

    /// <summary>Whether <see cref="WindowBytes"/> holds while a loss is recovered from, too; else proportional rate reduction leads to it.</summary>
    bool GovernsRecovery { get; }

    /// <summary>The connection is established. Called first, once.</summary>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <param name="handshakeLostSegments">Whether the handshake lost segments, which calls for an initial window of one.</param>
    /// <param name="roundTrip">The round-trip time of the handshake; zero where it was not measured.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now);

    /// <summary>The payload of a full segment has changed.</summary>
    void SegmentSizeChanged(int segmentBytes);

    /// <summary>Something is sent with nothing on its way before it.</summary>
    /// <param name="idle">How long nothing was sent.</param>
    /// <param name="timeout">The retransmission time-out: beyond it the path may have changed.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void Restarted(Duration idle, Duration timeout, Instant now);

    /// <summary>An acknowledgment brought news: of bytes delivered, or of bytes lost.</summary>
    void Acknowledged(in CongestionSample sample);

    /// <summary>Congestion has shown: a segment was lost, or marked. Told once for each window of data.</summary>
    /// <param name="flightBytes">The bytes on their way before the loss was seen (FlightSize).</param>
    /// <param name="signal">How it has shown.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now);

    /// <summary>All data sent before the congestion showed is acknowledged.</summary>
    /// <param name="flightBytes">The bytes on their way now.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void LeaveRecovery(long flightBytes, Instant now);

    /// <summary>The retransmission timer has expired.</summary>
    /// <param name="flightBytes">The bytes on their way.</param>
    /// <param name="isFirst">Whether this is the first expiry for the segment: only that one lowers the threshold.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void TimedOut(long flightBytes, bool isFirst, Instant now);

    /// <summary>The last <see cref="EnterRecovery"/> or <see cref="TimedOut"/> was for nothing: what was thought lost had arrived.</summary>
    /// <remarks>RFC 5682 §3, RFC 4015, RFC 9438 §4.9.</remarks>
    void Undo(Instant now);
}
