using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// CUBIC: after congestion the window grows back to where it was along a cubic function of time, quickly first, slowly
/// near the old plateau, and beyond it quickly again; never slower than Reno's. Slow start ends by <see cref="HyStart"/>.
/// </summary>
/// <remarks>RFC 9438, RFC 9406, RFC 7661.</remarks>
public sealed class Cubic : ICongestionController
{
    private const int NotBegun = -1;
    private const int RenoFractionBits = 12;

    private CubicEpoch _epoch = new() { Threshold = int.MaxValue, Microseconds = NotBegun };
    private CubicEpoch _prior = new() { Threshold = int.MaxValue, Microseconds = NotBegun };
    private Instant _lastAcknowledged;
    private HyStart _slowStart;
    private WindowValidation _validation;
    private int _segmentBytes;

    // What is left of growth by less than a byte: a numerator over the window, and a part of a byte of Reno's window.
    private int _remainder;
    private ushort _renoFraction;
    private bool _wasWindowLimited;
    private bool _wasMark;
    private bool _isRecovering;

    /// <inheritdoc/>
    public string Name => "cubic";

    /// <inheritdoc/>
    public long WindowBytes => _epoch.Window;

    /// <inheritdoc/>
    public long SlowStartThresholdBytes => _epoch.Threshold == int.MaxValue ? long.MaxValue : _epoch.Threshold;

    /// <inheritdoc/>
    public long PacingBytesPerSecond => 0;

    /// <inheritdoc/>
    public bool GovernsRecovery => false;

    /// <inheritdoc/>
    public void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now)
    {
        _segmentBytes = segmentBytes;
        _epoch.Window = handshakeLostSegments ? segmentBytes : InitialWindow.Of(segmentBytes);
        _lastAcknowledged = now;
        _slowStart.Start();
    }

    /// <inheritdoc/>
    public void SegmentSizeChanged(int segmentBytes)
    {
        // K is a time of segments of the old size: the curve starts anew from where it is.
        _segmentBytes = segmentBytes;
        _epoch.Window = Math.Max(_epoch.Window, 2 * segmentBytes);
        _epoch.Microseconds = NotBegun;
    }

    /// <inheritdoc/>
    public void Restarted(Duration idle, Duration timeout, Instant now)
    {
        // RFC 9438 §4.2: t is "the elapsed time from the beginning of the current congestion avoidance stage", which §5.8
        // wants without the times in which the application sent nothing.
        _lastAcknowledged = now;
        if (idle > timeout)
        {
            // RFC 5681 §4.1; the threshold remembers what the path has carried, as at the end of RFC 7661 §4.4.3.
            if (_validation.IsValidated && _epoch.Threshold != int.MaxValue)
            {
                _epoch.Threshold = Math.Max(_epoch.Threshold, (int)(3L * _epoch.Window / 4));
            }

            _epoch.Window = Math.Min(_epoch.Window, InitialWindow.Of(_segmentBytes));
            _validation.Forget();
        }
    }

    /// <inheritdoc/>
    public void Acknowledged(in CongestionSample sample)
    {
        _validation.Acknowledged(sample, _epoch.Window);
        _wasWindowLimited = sample.IsWindowLimited;
        if (sample.Phase is RecoveryPhase.Loss or RecoveryPhase.Reduction)
        {
            _lastAcknowledged = sample.Now;
        }
        else if (!_validation.IsValidated)
        {
            // RFC 7661 §4.4: "The cwnd is not increased when ACK packets are received in this phase."
            _lastAcknowledged = sample.Now;
            EndNonValidated(sample.Now);
        }
        else if (_epoch.Window < _epoch.Threshold)
        {
            _lastAcknowledged = sample.Now;
            SlowStart(sample);
        }
        else if (sample.IsWindowLimited)
        {
            AvoidCongestion(sample);
        }
        else
        {
            // RFC 9438 §5.8: "CUBIC does not increase its congestion window if a flow is application limited."
            _lastAcknowledged = sample.Now;
        }
    }

    /// <inheritdoc/>
    public void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now)
    {
        _prior = _epoch;
        int used = UsedBytes(flightBytes, now);

        // RFC 9438 §4.7, fast convergence: "if cwnd < W_max and fast convergence is enabled, further reduce W_max":
        // W_max = cwnd * (1 + beta_cubic) / 2, else W_max = cwnd.
        _epoch.Plateau = used < _epoch.Plateau ? (int)(used * 17L / 20) : used;
        Reduce(used);
        _epoch.Window = _epoch.Threshold;
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
        _epoch.Microseconds = NotBegun;
        if (!_wasMark)
        {
            // ssthresh, but no burst beyond what any connection may start with: RFC 6582 §3.2, step 3.
            long window = Math.Min(_epoch.Threshold, Math.Max(flightBytes + _segmentBytes, InitialWindow.Of(_segmentBytes)));
            _epoch.Window = (int)Math.Max(Math.Min(window, Decreased(volume)), _segmentBytes);
        }
    }

    /// <inheritdoc/>
    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
        if (isFirst)
        {
            _prior = _epoch;
            Reduce(UsedBytes(flightBytes, now));
        }

        // RFC 9438 §4.8: "During the first congestion avoidance stage after a timeout ... K is set to 0 and W_max is set
        // to the congestion window size at the beginning of the current congestion avoidance stage": as without a plateau.
        _epoch.Plateau = 0;
        _epoch.Window = _segmentBytes;
        _epoch.Microseconds = NotBegun;
        _isRecovering = false;
        _validation.Forget();
    }

    /// <inheritdoc/>
    public void Undo(Instant now)
    {
        // RFC 9438 §4.9: cwnd, ssthresh, W_max, K, t and W_est are those from before the event.
        int window = Math.Max(_epoch.Window, _prior.Window);
        _epoch = _prior;
        _epoch.Window = window;
        _lastAcknowledged = now;
        _isRecovering = false;
        _validation.Forget();
    }

    private void SlowStart(in CongestionSample sample)
    {
        bool isFirst = _epoch.Threshold == int.MaxValue;
        int bytes = (int)Math.Min(sample.GrowthBytes, NewReno.SlowStartBytes(sample.Phase, _segmentBytes));
        if (isFirst)
        {
            // RFC 9406 §4.3: "An implementation SHOULD use HyStart++ only for the initial slow start".
            _slowStart.Acknowledged(sample);
            if (_slowStart.Phase == HyStartPhase.Conservative)
            {
                bytes /= HyStart.GrowthDivisor;
            }
            else if (_slowStart.Phase == HyStartPhase.Finished)
            {
                _epoch.Threshold = _epoch.Window;
                _epoch.PriorWindow = _epoch.Window;
                return;
            }
        }

        // Doubling leaves half of a window unused for a round trip; one used less has proven nothing.
        if (sample.LargestFlightBytes * 2 > _epoch.Window)
        {
            _epoch.Window = (int)Math.Min((long)_epoch.Window + bytes, Math.Min(_epoch.Threshold, InitialWindow.LargestBytes));
        }
    }

    private void AvoidCongestion(in CongestionSample sample)
    {
        BeginEpoch(sample.Now);
        long acknowledged = Math.Min(sample.AcknowledgedBytes, _epoch.Window);
        GrowRenoWindow(acknowledged);
        long elapsed = (long)_epoch.Microseconds * CubicCurve.TicksPerSecond / 1_000_000;
        long window = _epoch.Window;
        if (CurveAt(elapsed) < _epoch.RenoWindow)
        {
            // RFC 9438 §4.3: "CUBIC SHOULD set cwnd to W_est at the reception of a new ACK" where W_cubic(t) is less.
            window = Math.Max(window, _epoch.RenoWindow);
        }
        else
        {
            // §4.2: target is W_cubic(t + RTT), at least cwnd and at most 1.5 * cwnd; §4.4, §4.5: "cwnd MUST be incremented
            // by (target - cwnd) / cwnd for each received new ACK", here for each segment that it acknowledges.
            long target = CurveAt(elapsed + CubicCurve.Ticks(sample.SmoothedRoundTrip));
            target = Math.Clamp(target, window, window + (window / 2));
            long numerator = ((target - window) * acknowledged) + _remainder;
            window += numerator / _epoch.Window;
            _remainder = (int)(numerator % _epoch.Window);
        }

        _epoch.Window = (int)Math.Min(window, InitialWindow.LargestBytes);
    }

    /// <summary>Starts the stage with its first acknowledgment, or lets its time go on to this one.</summary>
    private void BeginEpoch(Instant now)
    {
        if (!_epoch.HasBegun)
        {
            // §4.2 with §4.10: without a plateau above, as after HyStart++ or a time-out, the curve starts from one: K = 0.
            _epoch.Microseconds = 0;
            _epoch.Plateau = Math.Max(_epoch.Plateau, _epoch.Window);
            _epoch.PlateauTicks = (int)CubicCurve.PlateauTicks(_epoch.Plateau - _epoch.Window, _segmentBytes);
            _epoch.RenoWindow = _epoch.Window;
            _remainder = 0;
            _renoFraction = 0;
            _lastAcknowledged = now;
            return;
        }

        long passed = Math.Max((now - _lastAcknowledged).Microseconds, 0);
        _epoch.Microseconds = (int)Math.Min(_epoch.Microseconds + passed, int.MaxValue);
        _lastAcknowledged += Duration.FromMicroseconds(passed);
    }

    /// <remarks>RFC 9438 §4.2: "W_cubic(t) = C * (t - K)^3 + W_max".</remarks>
    private long CurveAt(long ticks) => _epoch.Plateau + CubicCurve.Rise(ticks - _epoch.PlateauTicks, _segmentBytes);

    /// <remarks>
    /// RFC 9438 §4.3: "W_est = W_est + alpha_cubic * (segments_acked / cwnd)", with alpha_cubic = 3 * (1 - beta_cubic) /
    /// (1 + beta_cubic) = 9/17 until W_est reaches cwnd_prior, and 1 from then on.
    /// </remarks>
    private void GrowRenoWindow(long acknowledged)
    {
        const int AlphaNumerator = 9;
        const int AlphaDenominator = 17;
        int alpha = _epoch.RenoWindow >= _epoch.PriorWindow ? AlphaDenominator : AlphaNumerator;
        long growth = (alpha * acknowledged * _segmentBytes << RenoFractionBits) / (AlphaDenominator * (long)_epoch.Window);
        growth += _renoFraction;
        _epoch.RenoWindow = (int)Math.Min(_epoch.RenoWindow + (growth >> RenoFractionBits), InitialWindow.LargestBytes);
        _renoFraction = (ushort)(growth & ((1 << RenoFractionBits) - 1));
    }

    /// <summary>The volume from which the window is reckoned as congestion shows.</summary>
    /// <remarks>
    /// RFC 9438 §4.6 takes FlightSize, or cwnd if other measures keep it from growing while less is on its way. Such
    /// measures are RFC 7661 and §5.8: cwnd counts where it was in use and is validated.
    /// </remarks>
    private int UsedBytes(long flightBytes, Instant now)
    {
        bool isValidated = _validation.IsValidated;
        int used = _validation.EnterRecovery(flightBytes, now);
        return isValidated && _wasWindowLimited ? _epoch.Window : used;
    }

    /// <remarks>RFC 9438 §4.6: "ssthresh = flight_size * beta_cubic", "ssthresh = max(ssthresh, 2)".</remarks>
    private void Reduce(int used)
    {
        _epoch.PriorWindow = used;
        _epoch.Threshold = (int)Math.Max(Decreased(used), 2 * _segmentBytes);
        _epoch.Microseconds = NotBegun;
    }

    /// <remarks>RFC 9438 §4.6, beta_cubic = 0.7, for a mark as for a loss (RFC 3168 §6.1.2).</remarks>
    private static long Decreased(long used) => used * 7 / 10;

    /// <remarks>RFC 7661 §4.4.3: "ssthresh = max(ssthresh, 3*cwnd/4)" and "cwnd = max((1/2)*cwnd, IW)".</remarks>
    private void EndNonValidated(Instant now)
    {
        if (_validation.Expires(now))
        {
            _epoch.Threshold = Math.Max(_epoch.Threshold, (int)(3L * _epoch.Window / 4));
            _epoch.Window = Math.Min(_epoch.Window, Math.Max(_epoch.Window / 2, InitialWindow.Of(_segmentBytes)));
        }
    }
}
