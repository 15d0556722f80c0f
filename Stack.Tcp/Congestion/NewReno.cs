using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>Slow start, congestion avoidance with appropriate byte counting, the windows of NewReno's fast recovery, and validation of the window.</summary>
/// <remarks>RFC 5681, RFC 6582, RFC 3465, RFC 6928, RFC 7661.</remarks>
public sealed class NewReno : ICongestionController
{
    private int _window;
    private int _threshold = int.MaxValue;
    private int _countedBytes;
    private int _segmentBytes;
    private int _priorWindow;
    private int _priorThreshold = int.MaxValue;
    private WindowValidation _validation;
    private bool _wasMark;
    private bool _isRecovering;

    /// <inheritdoc/>
    public string Name => "newreno";

    /// <inheritdoc/>
    public long WindowBytes => _window;

    /// <inheritdoc/>
    public long SlowStartThresholdBytes => _threshold == int.MaxValue ? long.MaxValue : _threshold;

    /// <inheritdoc/>
    public long PacingBytesPerSecond => 0;

    /// <inheritdoc/>
    public bool GovernsRecovery => false;

    /// <inheritdoc/>
    public void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now)
    {
        _segmentBytes = segmentBytes;
        _window = handshakeLostSegments ? segmentBytes : InitialWindow.Of(segmentBytes);
    }

    /// <inheritdoc/>
    public void SegmentSizeChanged(int segmentBytes)
    {
        // RFC 9293 §3.7.5 has the window kept in bytes; at least two segments must fit.
        _segmentBytes = segmentBytes;
        _window = Math.Max(_window, 2 * segmentBytes);
    }

    /// <inheritdoc/>
    public void Restarted(Duration idle, Duration timeout, Instant now)
    {
        if (idle > timeout)
        {
            // RFC 5681 §4.1: "if it has not received a segment for more than one retransmission timeout, cwnd is reduced to
            // the value of the restart window (RW) before transmission begins". What the path has carried is remembered in
            // the threshold, as at the end of RFC 7661's period (§4.4.3).
            if (_validation.IsValidated && _threshold != int.MaxValue)
            {
                _threshold = Math.Max(_threshold, (int)(3L * _window / 4));
            }

            _window = Math.Min(_window, InitialWindow.Of(_segmentBytes));
            _validation.Forget();
        }
    }

    /// <inheritdoc/>
    public void Acknowledged(in CongestionSample sample)
    {
        _validation.Acknowledged(sample, _window);
        if (sample.Phase is RecoveryPhase.Loss or RecoveryPhase.Reduction)
        {
            return;
        }

        if (!_validation.IsValidated)
        {
            // RFC 7661 §4.4: "The cwnd is not increased when ACK packets are received in this phase."
            EndNonValidated(sample.Now);
        }
        else if (_window < _threshold)
        {
            // Doubling leaves half of a window unused for a round trip; one used less has proven nothing.
            if (sample.LargestFlightBytes * 2 > _window)
            {
                Widen((int)Math.Min(sample.GrowthBytes, SlowStartBytes(sample.Phase, _segmentBytes)));
            }
        }
        else if (sample.IsWindowLimited)
        {
            _countedBytes += (int)Math.Min(sample.GrowthBytes, _window);
            if (_countedBytes >= _window)
            {
                _countedBytes -= _window;
                Widen(_segmentBytes);
            }
        }
    }

    /// <inheritdoc/>
    public void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now)
    {
        Remember();
        Reduce(flightBytes, now);
        _window = _threshold;
        _wasMark = signal == CongestionSignal.Mark;
        _isRecovering = true;
    }

    /// <inheritdoc/>
    public void LeaveRecovery(long flightBytes, Instant now)
    {
        long volume = _validation.LeaveRecovery();
        if (!_isRecovering)
        {
            return;
        }

        _isRecovering = false;
        _countedBytes = 0;
        if (!_wasMark)
        {
            // RFC 6582 §3.2 (1): "Set cwnd to min (ssthresh, max(FlightSize, SMSS) + SMSS)", which lets no burst out.
            long window = Math.Min(_threshold, Math.Max(flightBytes, _segmentBytes) + _segmentBytes);
            _window = (int)Math.Max(Math.Min(window, volume / 2), _segmentBytes);
        }
    }

    /// <inheritdoc/>
    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            Remember();
            Reduce(flightBytes, now);
        }

        _validation.Forget();
        _isRecovering = false;
        _window = _segmentBytes;
        _countedBytes = 0;
    }

    /// <inheritdoc/>
    public void Undo(Instant now)
    {
        _validation.Forget();
        _isRecovering = false;
        _window = Math.Max(_window, _priorWindow);
        _threshold = _priorThreshold;
    }

    private void Remember()
    {
        _priorWindow = _window;
        _priorThreshold = _threshold;
    }

    /// <summary>The most by which one acknowledgment widens the window in slow start.</summary>
    /// <remarks>RFC 3465 §2.3: a segment after a time-out, when acknowledgments jump over what had arrived before. Else see DEVIATIONS.md.</remarks>
    internal static int SlowStartBytes(RecoveryPhase phase, int segmentBytes) =>
        phase == RecoveryPhase.Timeout ? segmentBytes : int.MaxValue;

    /// <summary>ssthresh = max (FlightSize / 2, 2*SMSS), for a mark as for a loss.</summary>
    /// <remarks>RFC 5681 §3.1, equation 4; RFC 3168 §6.1.2.</remarks>
    private void Reduce(long flightBytes, Instant now)
    {
        long used = _validation.EnterRecovery(flightBytes, now);
        _threshold = (int)Math.Max(used / 2, 2 * _segmentBytes);
    }

    private void Widen(int bytes) => _window = Math.Min(_window + bytes, InitialWindow.LargestBytes);

    /// <remarks>RFC 7661 §4.4.3: "ssthresh = max(ssthresh, 3*cwnd/4)" and "cwnd = max((1/2)*cwnd, IW)".</remarks>
    private void EndNonValidated(Instant now)
    {
        if (_validation.Expires(now))
        {
            _threshold = Math.Max(_threshold, (int)(3L * _window / 4));
            _window = Math.Min(_window, Math.Max(_window / 2, InitialWindow.Of(_segmentBytes)));
        }
    }
}
