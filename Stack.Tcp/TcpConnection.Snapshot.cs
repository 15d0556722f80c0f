using NetStack.Core;

namespace NetStack.Tcp;

// What the owner may know of the machine's state.
public sealed partial class TcpConnection
{
    private long _receivedBytes;
    private uint _segmentsTransmitted;
    private uint _segmentsReceived;
    private uint _segmentsRetransmitted;

    /// <summary>The state as it is now.</summary>
    public TcpSnapshot TakeSnapshot(Instant now) => new()
    {
        State = State,
        SoftError = _softError,
        Phase = _phase,
        CongestionControl = _congestion?.Name,
        UsesTimestamps = _usesTimestamps,
        UsesSelectiveAcknowledgments = _usesSack,
        UsesEcn = UsesEcn,
        IsFastOpened = _isFastOpened,
        SendScale = _usesWindowScale ? _sendScale : -1,
        ReceiveScale = _usesWindowScale ? _receiveScale : -1,
        SegmentBytes = _segmentBytes,
        ReceiveSegmentBytes = _receiveSegmentBytes,
        OfferedSegmentBytes = OurMaximumSegmentBytes,
        PathMtuBytes = _pathMtuBytes,
        RoundTrip = _rtt.Smoothed,
        RoundTripVariation = _rtt.Variation,
        MinimumRoundTrip = _minimumRoundTrip.Value,
        RetransmissionTimeout = _rtt.Timeout(_options),
        Retries = _retries,
        CongestionWindowBytes = _congestion is null ? 0 : CongestionWindowBytes,
        SlowStartThresholdBytes = _congestion?.SlowStartThresholdBytes ?? long.MaxValue,
        PacingBytesPerSecond = _congestion is null ? 0 : PacingBytesPerSecond,
        SendWindowBytes = _sendWindow,
        ReceiveWindowBytes = State is TcpState.SynSent or TcpState.Closed ? 0 : Math.Max(_receiveRightEdge - _receiveNext, 0),
        OutstandingBytes = _sendNext - _sendUnacknowledged,
        FlightBytes = FlightBytes,
        SelectivelyAcknowledgedBytes = _flight?.Segments.DeliveredBytes ?? 0,
        LostBytes = _flight?.Segments.LostBytes ?? 0,
        UnsentBytes = QueuedBytes - UnacknowledgedBytes,
        UnreadBytes = ReceivedBytes,
        OutOfOrderBytes = _reassembly?.LengthBytes ?? 0,
        SinceTransmission = now - _lastSent,
        SinceArrival = now - _lastArrival,
        SinceTextArrival = now - _lastTextArrival,
        RetransmittedUnderway = _flight?.Segments.CountRetransmitted(out _) ?? 0,
        DeliveredBytes = _deliveredBytes,
        ReceivedBytes = _receivedBytes,
        SegmentsTransmitted = _segmentsTransmitted,
        SegmentsReceived = _segmentsReceived,
        SegmentsRetransmitted = _segmentsRetransmitted,
        DuplicatesReported = _duplicateBlocks,
        IsReorderingSeen = _reorderingWindow.IsReorderingSeen,
    };
}
