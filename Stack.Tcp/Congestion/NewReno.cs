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
    private long _priorWindow;
    private long _priorThreshold = long.MaxValue;

    /// <inheritdoc/>
    public string Name => "newreno";

    /// <inheritdoc/>
    public long WindowBytes => _window;

    /// <inheritdoc/>
    public long SlowStartThresholdBytes => _threshold;

    /// <inheritdoc/>
    public long PacingBytesPerSecond => 0;

    /// <inheritdoc/>
    public bool GovernsRecovery => false;

    private long InitialWindowBytes => Math.Min(InitialSegments * (long)_segmentBytes, Math.Max(2L * _segmentBytes, 14_600));

    /// <inheritdoc/>
    public void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now)
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
    public void Restarted(Duration idle, Duration timeout, Instant now)
    {
        // RFC 5681 §4.1: "if it has not received a segment for more than one retransmission timeout, cwnd is reduced to the
        // value of the restart window (RW) before transmission begins".
        if (idle > timeout)
        {
            _window = Math.Min(_window, InitialWindowBytes);
        }
    }

    /// <inheritdoc/>
    public void Acknowledged(in CongestionSample sample)
    {
        if (sample.Phase is RecoveryPhase.Loss or RecoveryPhase.Reduction)
        {
            return;
        }

        if (_window < _threshold)
        {
            // RFC 7661 §4.1 in short: a window that was not even half used has proven nothing and does not grow.
            if (sample.PriorFlightBytes * 2 >= _window)
            {
                int limit = sample.Phase == RecoveryPhase.Timeout ? 1 : SlowStartSegments;
                _window += Math.Min(sample.AcknowledgedBytes, (long)limit * _segmentBytes);
            }
        }
        else if (sample.PriorFlightBytes + _segmentBytes >= _window)
        {
            _countedBytes += sample.AcknowledgedBytes;
            if (_countedBytes >= _window)
            {
                _countedBytes -= _window;
                _window += _segmentBytes;
            }
        }
    }

    /// <inheritdoc/>
    public void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now)
    {
        Remember();
        ReduceThreshold(flightBytes);
        _window = _threshold;
    }

    /// <inheritdoc/>
    public void LeaveRecovery(long flightBytes, Instant now)
    {
        // RFC 6582 §3.2 (1): "Set cwnd to min (ssthresh, max(FlightSize, SMSS) + SMSS)", which lets no burst out.
        _window = Math.Min(_threshold, Math.Max(flightBytes, _segmentBytes) + _segmentBytes);
        _countedBytes = 0;
    }

    /// <inheritdoc/>
    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            Remember();
            ReduceThreshold(flightBytes);
        }

        _window = _segmentBytes;
        _countedBytes = 0;
    }

    /// <inheritdoc/>
    public void Undo(Instant now)
    {
        _window = Math.Max(_window, _priorWindow);
        _threshold = _priorThreshold;
    }

    private void Remember()
    {
        _priorWindow = _window;
        _priorThreshold = _threshold;
    }

    /// <summary>ssthresh = max (FlightSize / 2, 2*SMSS).</summary>
    /// <remarks>RFC 5681 §3.1, equation 4.</remarks>
    private void ReduceThreshold(long flightBytes) => _threshold = Math.Max(flightBytes / 2, 2L * _segmentBytes);
}
