using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>Decides how much may be on its way. One object a connection; told of every event, asked for the window.</summary>
/// <remarks>RFC 5681 §3.</remarks>
public interface ICongestionController
{
    /// <summary>The congestion window, cwnd.</summary>
    long WindowBytes { get; }

    /// <summary>The slow start threshold, ssthresh; <see cref="long.MaxValue"/> before the first loss.</summary>
    long SlowStartThresholdBytes { get; }

    /// <summary>The connection is established. Called first, once.</summary>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <param name="handshakeLostSegments">Whether the handshake lost segments, which calls for an initial window of one.</param>
    void Established(int segmentBytes, bool handshakeLostSegments);

    /// <summary>The payload of a full segment has changed.</summary>
    void SegmentSizeChanged(int segmentBytes);

    /// <summary>New data was acknowledged outside of fast recovery.</summary>
    /// <param name="bytes">The bytes newly acknowledged.</param>
    /// <param name="flightBytes">The bytes that were on their way before this acknowledgment.</param>
    /// <param name="roundTrip">The smoothed round-trip time.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void Acknowledged(long bytes, long flightBytes, Duration roundTrip, Instant now);

    /// <summary>Three duplicate acknowledgments, or what stands for them: a segment was lost.</summary>
    void EnterRecovery(long flightBytes, Instant now);

    /// <summary>A further duplicate acknowledgment in recovery: a segment has left the network.</summary>
    void DuplicateAcknowledgment();

    /// <summary>In recovery, an acknowledgment of some but not all data sent before the loss.</summary>
    void PartiallyAcknowledged(long bytes);

    /// <summary>All data sent before the loss is acknowledged.</summary>
    void LeaveRecovery(long flightBytes, Instant now);

    /// <summary>The retransmission timer has expired.</summary>
    /// <param name="flightBytes">The data on its way.</param>
    /// <param name="isFirst">Whether this is the first expiry for the segment: only that one lowers the threshold.</param>
    /// <param name="now">The time of the loop's turn.</param>
    void TimedOut(long flightBytes, bool isFirst, Instant now);

    /// <summary>All data sent before the retransmission timer expired is acknowledged.</summary>
    void TimeoutRecovered();

    /// <summary>Nothing was sent for longer than a retransmission time-out.</summary>
    void Idle(Instant now);
}
