using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>Slow start, congestion avoidance with appropriate byte counting, and NewReno's fast recovery.</summary>
/// <remarks>RFC 5681, RFC 6582, RFC 3465, RFC 6928.</remarks>
public sealed class NewReno : ICongestionController
{
    private const int InitialSegments = 10;

    /// <summary>The segments by which one acknowledgment widens the window in slow start (L of RFC 3465; the value is that of RFC 9406 §4.2).</summary>
    private const int SlowStartSegments = 8;

    private long _window;
    private long _threshold = long.MaxValue;
    private long _countedBytes;
    private int _segmentBytes;
    private bool _isAfterTimeout;

    /// <inheritdoc/>
    public long WindowBytes => _window;

    /// <inheritdoc/>
    public long SlowStartThresholdBytes => _threshold;

    private long InitialWindowBytes => Math.Min(InitialSegments * (long)_segmentBytes, Math.Max(2L * _segmentBytes, 14_600));

    /// <inheritdoc/>
    public void Established(int segmentBytes, bool handshakeLostSegments)
    {
        _segmentBytes = segmentBytes;
        _window = handshakeLostSegments ? segmentBytes : InitialWindowBytes;
    }

    /// <inheritdoc/>
    public void SegmentSizeChanged(int segmentBytes)
    {
        // RFC 9293 §3.7.5 has the window kept in bytes; at least two segments must fit.
        _segmentBytes = segmentBytes;
        _window = Math.Max(_window, 2L * segmentBytes);
    }

    /// <inheritdoc/>
    public void Acknowledged(long bytes, long flightBytes, Duration roundTrip, Instant now)
    {
        if (_window < _threshold)
        {
            // RFC 7661 §4.1 in short: a window that was not even half used has proven nothing and does not grow.
            if (flightBytes * 2 >= _window)
            {
                int limit = _isAfterTimeout ? 1 : SlowStartSegments;
                _window += Math.Min(bytes, (long)limit * _segmentBytes);
            }
        }
        else if (flightBytes + _segmentBytes >= _window)
        {
            _countedBytes += bytes;
            if (_countedBytes >= _window)
            {
                _countedBytes -= _window;
                _window += _segmentBytes;
            }
        }
    }

    /// <inheritdoc/>
    public void EnterRecovery(long flightBytes, Instant now)
    {
        ReduceThreshold(flightBytes);
        _window = _threshold + (3L * _segmentBytes);
    }

    /// <inheritdoc/>
    public void DuplicateAcknowledgment() => _window += _segmentBytes;

    /// <inheritdoc/>
    public void PartiallyAcknowledged(long bytes)
    {
        // RFC 6582 §3.2: "Deflate the congestion window by the amount of new data acknowledged ... If the partial ACK
        // acknowledges at least one SMSS of new data, then add back SMSS bytes to the congestion window."
        _window -= bytes;
        if (bytes >= _segmentBytes)
        {
            _window += _segmentBytes;
        }

        _window = Math.Max(_window, _segmentBytes);
    }

    /// <inheritdoc/>
    public void LeaveRecovery(long flightBytes, Instant now)
    {
        // RFC 6582 §3.2 (1): "Set cwnd to min (ssthresh, max(FlightSize, SMSS) + SMSS)", which lets no burst out.
        _window = Math.Min(_threshold, Math.Max(flightBytes, _segmentBytes) + _segmentBytes);
        _countedBytes = 0;
        _isAfterTimeout = false;
    }

    /// <inheritdoc/>
    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            ReduceThreshold(flightBytes);
        }

        _window = _segmentBytes;
        _countedBytes = 0;
        _isAfterTimeout = true;
    }

    /// <inheritdoc/>
    public void TimeoutRecovered() => _isAfterTimeout = false;

    /// <inheritdoc/>
    public void Idle(Instant now) => _window = Math.Min(_window, InitialWindowBytes);

    /// <summary>ssthresh = max (FlightSize / 2, 2*SMSS).</summary>
    /// <remarks>RFC 5681 §3.1, equation 4.</remarks>
    private void ReduceThreshold(long flightBytes) => _threshold = Math.Max(flightBytes / 2, 2L * _segmentBytes);
}
