using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// BBR, version 1: sends at the rate at which the path has delivered, with about as much on its way as path and rate hold,
/// instead of filling queues until they overflow. Losses and marks do not lower the rate.
/// </summary>
/// <remarks>draft-cardwell-iccrg-bbr-congestion-control-00, draft-cheng-iccrg-delivery-rate-estimation-02.</remarks>
public sealed partial class Bbr : ICongestionController
{
    private const uint RateRounds = 10;
    private const int LeastSegments = 4;

    private int _segmentBytes;
    private long _window;
    private long _priorWindow;
    private long _pacingBytesPerSecond;
    private bool _hasRoundTrip;
    private bool _isRecovering;
    private bool _startsRecovery;
    private bool _isConserving;
    private bool _isRestarting;

    /// <summary>Makes a controller.</summary>
    /// <param name="seed">Determines where in the cycle of gains it starts: flows of one bottleneck should not probe in step.</param>
    public Bbr(ulong seed)
    {
        _random = seed;
    }

    /// <inheritdoc/>
    public string Name => "bbr";

    /// <inheritdoc/>
    public long WindowBytes => _window;

    /// <inheritdoc/>
    /// <remarks>It has no threshold: what is told is the volume of the path once startup has found it.</remarks>
    public long SlowStartThresholdBytes => _isFull ? VolumeBytes(Unit) : long.MaxValue;

    /// <inheritdoc/>
    public long PacingBytesPerSecond => _pacingBytesPerSecond;

    /// <inheritdoc/>
    public bool GovernsRecovery => true;

    /// <summary>The state.</summary>
    internal BbrState State { get; private set; }

    /// <summary>The bottleneck's rate as far as it is known: BtlBw, or that of a policer.</summary>
    internal long RateBytesPerSecond => _policer.IsPoliced ? _policer.BytesPerSecond : _maximumRate.Value;

    /// <summary>Whether a policer's rate is in use.</summary>
    internal bool IsPoliced => _policer.IsPoliced;

    private long LeastWindowBytes => LeastSegments * (long)_segmentBytes;

    /// <inheritdoc/>
    public void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now)
    {
        _segmentBytes = segmentBytes;
        _window = handshakeLostSegments ? segmentBytes : InitialWindow.Of(segmentBytes);
        _minimumRoundTrip = roundTrip > Duration.Zero ? roundTrip : Duration.Infinite;
        _minimumAt = now;
        EnterStartup();
        StartPacing(roundTrip);
    }

    /// <inheritdoc/>
    public void SegmentSizeChanged(int segmentBytes)
    {
        _segmentBytes = segmentBytes;
        _window = Math.Max(_window, LeastWindowBytes);
    }

    /// <inheritdoc/>
    public void Restarted(Duration idle, Duration timeout, Instant now)
    {
        // Draft §4.3.4.4: "When restarting from idle, BBR paces packets at exactly BBR.BtlBw": nothing is on its way.
        _isRestarting = true;
        if (State == BbrState.ProbeBandwidth)
        {
            SetPacing(Unit);
        }
        else if (State == BbrState.ProbeRoundTrip)
        {
            EndRoundTripProbe(now);
        }
    }

    /// <inheritdoc/>
    public void Acknowledged(in CongestionSample sample)
    {
        _delivered = sample.TotalDeliveredBytes;
        UpdateModel(sample);
        ChooseGains();
        if (!_hasRoundTrip && sample.SmoothedRoundTrip > Duration.Zero)
        {
            StartPacing(sample.SmoothedRoundTrip);
        }

        SetPacing(_pacingGain);
        SetWindow(sample);
    }

    /// <inheritdoc/>
    public void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now)
    {
        if (signal == CongestionSignal.Loss)
        {
            SaveWindow();
            _isRecovering = true;
            _startsRecovery = true;
        }
    }

    /// <inheritdoc/>
    public void LeaveRecovery(long flightBytes, Instant now) => RestoreWindow();

    /// <inheritdoc/>
    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
        SaveWindow();
        _isRecovering = true;
        _startsRecovery = false;
        _isConserving = false;
        _window = _segmentBytes;

        // The rate may have gone down: startup looks for it from new, and a policer is reckoned with.
        _fullRate = 0;
        _isRoundStart = true;
        SamplePolicer(_segmentBytes, isLimited: false, now);
    }

    /// <inheritdoc/>
    public void Undo(Instant now)
    {
        _fullRate = 0;
        _fullRounds = 0;
        _policer.Reset();
        RestoreWindow();
    }

    private void SaveWindow() =>
        _priorWindow = _isRecovering || State == BbrState.ProbeRoundTrip ? Math.Max(_priorWindow, _window) : _window;

    private void RestoreWindow()
    {
        if (_isRecovering)
        {
            _isRecovering = false;
            _startsRecovery = false;
            _isConserving = false;
            _window = Math.Max(_window, _priorWindow);
        }
    }

    /// <remarks>Draft §4.2.3.</remarks>
    private void SetWindow(in CongestionSample sample)
    {
        long acknowledged = sample.DeliveredBytes;
        if (acknowledged > 0 && !TryConserve(sample))
        {
            long target = TargetBytes(_windowGain);
            if (_isFull)
            {
                _window = Math.Min(_window + acknowledged, target);
            }
            else if (_window < target || _delivered < InitialWindow.Of(_segmentBytes))
            {
                _window += acknowledged;
            }
        }

        if (acknowledged > 0)
        {
            _window = Math.Clamp(_window, _isConserving ? _segmentBytes : LeastWindowBytes, InitialWindow.LargestBytes);
        }

        if (State == BbrState.ProbeRoundTrip)
        {
            _window = Math.Min(_window, LeastWindowBytes);
        }
    }

    /// <summary>In the first round trip of a recovery as much leaves as arrives, and what is lost is taken off.</summary>
    /// <returns>Whether that sets the window.</returns>
    /// <remarks>Draft §4.2.3.4.</remarks>
    private bool TryConserve(in CongestionSample sample)
    {
        if (sample.LostBytes > 0)
        {
            _window = Math.Max(_window - sample.LostBytes, _segmentBytes);
        }

        if (_startsRecovery)
        {
            _startsRecovery = false;
            _isConserving = true;
            _nextRoundDelivered = _delivered;
            _window = sample.FlightBytes + sample.DeliveredBytes;
        }

        if (!_isConserving)
        {
            return false;
        }

        _window = Math.Max(_window, sample.FlightBytes + sample.DeliveredBytes);
        return true;
    }

    /// <summary>Until there is a rate: that of the window in a round trip, or in a millisecond.</summary>
    /// <remarks>Draft §4.2.1: nominal_bandwidth = InitialCwnd / (SRTT ? SRTT : 1ms).</remarks>
    private void StartPacing(Duration roundTrip)
    {
        _hasRoundTrip = roundTrip > Duration.Zero;
        long nanoseconds = _hasRoundTrip ? roundTrip.Nanoseconds : 1_000_000;
        _pacingBytesPerSecond = Math.Max((long)((Int128)_window * 1_000_000_000 / nanoseconds * HighGain / Unit), 1);
    }

    /// <summary>A little below the rate, so that a queue that has come about drains in the end.</summary>
    /// <remarks>Draft §4.2.1; the percent is that of version 1 as deployed.</remarks>
    private void SetPacing(int gain)
    {
        long rate = RateBytesPerSecond * gain / Unit * 99 / 100;
        if (rate > 0 && (_isFull || rate > _pacingBytesPerSecond))
        {
            _pacingBytesPerSecond = rate;
        }
    }

    /// <summary>The volume of rate and round trip, by a gain.</summary>
    private long VolumeBytes(int gain)
    {
        if (_minimumRoundTrip == Duration.Infinite || RateBytesPerSecond == 0)
        {
            return InitialWindow.Of(_segmentBytes);
        }

        long volume = (long)((Int128)RateBytesPerSecond * _minimumRoundTrip.Nanoseconds / 1_000_000_000);
        return Math.Min(volume, InitialWindow.LargestBytes) * gain / Unit;
    }

    /// <summary>The same with room for what hosts send and acknowledge in one go.</summary>
    /// <remarks>Draft §4.2.3.2: "BBR.target_cwnd = gain * estimated_bdp + 3 * send_quantum".</remarks>
    private long TargetBytes(int gain)
    {
        long quantum = Math.Clamp(_pacingBytesPerSecond / 1_000, 2L * _segmentBytes, 65_536);
        return Math.Min(VolumeBytes(gain) + (3 * quantum), InitialWindow.LargestBytes);
    }
}
