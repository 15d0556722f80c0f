using NetStack.Core;

namespace NetStack.Tcp;

// When what arrived is acknowledged: RFC 9293 §3.8.6.3, RFC 5681 §4.2.
public sealed partial class TcpConnection
{
    /// <summary>The data segments that are acknowledged at once, so that the peer's slow start is not held up.</summary>
    private const int QuickAcknowledgments = 16;

    private const int LeastQuickAcknowledgments = 2;

    private static readonly Duration _longestDelay = Duration.FromMilliseconds(499);

    private Instant _acknowledgmentDeadline = Instant.Never;
    private Instant _lastTextArrival;
    private byte _quickAcknowledgments;

    // We answer what we receive: acknowledgments ride on the answers.
    private bool _isInteractive;

    /// <summary>
    /// Acknowledges at once what waits for it, and the next segments as they arrive. The connection goes back to delayed
    /// acknowledgments by itself.
    /// </summary>
    public void QuickAcknowledge()
    {
        BeQuick();
        if (_acknowledgmentDeadline != Instant.Never)
        {
            AcknowledgeNow();
        }
    }

    /// <summary>The peer needs to hear of each segment: at its start, after a pause, or as it mends a loss.</summary>
    private void BeQuick()
    {
        _isInteractive = false;
        int segments = (_receiveRightEdge - _receiveNext) / Math.Max(2 * _receiveSegmentBytes, 1);
        _quickAcknowledgments = (byte)Math.Clamp(segments, LeastQuickAcknowledgments, QuickAcknowledgments);
    }

    /// <summary>Payload was taken in, in sequence: acknowledges it now or a little later.</summary>
    private void AcknowledgeText(Instant now)
    {
        if (_quickAcknowledgments == 0
            && now - _lastTextArrival > _options.MinimumRetransmissionTimeout
            && now - _lastTextArrival > _rtt.Timeout(_options))
        {
            // The peer starts anew after the pause, with a small congestion window.
            BeQuick();
        }

        _lastTextArrival = now;

        // RFC 9293 §3.8.6.3: "in a stream of full-sized segments, there SHOULD be an ACK for at least every second segment
        // or 2*RMSS bytes of new data".
        if ((_quickAcknowledgments > 0 && !_isInteractive)
            || _options.AcknowledgmentDelay == Duration.Zero
            || _receiveNext - _lastAcknowledgmentSent > _receiveSegmentBytes)
        {
            AcknowledgeNow();
        }
        else if (_acknowledgmentDeadline == Instant.Never)
        {
            // "an ACK should not be excessively delayed; in particular, the delay MUST be less than 0.5 seconds".
            _acknowledgmentDeadline = now + Duration.Min(_options.AcknowledgmentDelay, _longestDelay);
            ScheduleTimer();
        }
    }

    /// <summary>Data goes out: where it answers what came, acknowledgments will ride on such answers.</summary>
    private void AnswerGoesOut(Instant now) =>
        _isInteractive |= _receivedBytes > 0 && now - _lastTextArrival < _options.AcknowledgmentDelay;
}
