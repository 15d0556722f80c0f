using NetStack.Core;

namespace NetStack.Tcp;

// The model of the path and the states: draft-cardwell-iccrg-bbr-congestion-control-00 §4.1, §4.3.
public sealed partial class Bbr
{
    // Gains in 256ths. HighGain is 2/ln 2, "the smallest pacing gain value that will allow the sending rate to double".
    private const int Unit = 256;
    private const int HighGain = 739;
    private const int DrainGain = 88;
    private const int CruiseWindowGain = 512;
    private const int CycleLength = 8;
    private const int StartPhases = 7;

    private static readonly Duration _minimumWindow = Duration.FromSeconds(10);
    private static readonly Duration _probeLength = Duration.FromMilliseconds(200);

    private MaximumFilter _maximumRate;
    private BbrPolicer _policer;
    private Duration _minimumRoundTrip = Duration.Infinite;
    private Instant _minimumAt;
    private long _delivered;

    // The round trip that is under way ends when what is sent from now on is delivered.
    private long _nextRoundDelivered;
    private uint _round;
    private bool _isRoundStart;

    // Startup: the rate last seen to grow by a quarter, and the round trips since.
    private long _fullRate;
    private byte _fullRounds;
    private bool _isFull;

    // ProbeBW.
    private byte _phase;
    private Instant _phaseSince;

    // ProbeRTT: until when it lasts, Never as long as too much is on its way; and up to where rates are those of next to nothing.
    private Instant _probeUntil;
    private bool _isProbeRoundDone;
    private long _limitedUntil;

    private int _pacingGain;
    private int _windowGain;
    private ulong _random;

    private static ReadOnlySpan<short> CycleGains => [Unit * 5 / 4, Unit * 3 / 4, Unit, Unit, Unit, Unit, Unit, Unit];

    private void UpdateModel(in CongestionSample sample)
    {
        UpdateRate(sample);
        UpdateCycle(sample);
        LookForFullPipe(sample);
        LookForDrained(sample);
        UpdateRoundTrip(sample);
    }

    /// <remarks>Draft §4.1.1.</remarks>
    private void UpdateRate(in CongestionSample sample)
    {
        _isRoundStart = false;
        if (sample.RateInterval <= Duration.Zero || sample.RateBytes <= 0)
        {
            return;
        }

        if (sample.PriorDeliveredBytes >= _nextRoundDelivered)
        {
            _nextRoundDelivered = _delivered;
            _round++;
            _isRoundStart = true;
            _isConserving = false;
        }

        bool isLimited = IsLimited(sample);
        SamplePolicer(sample.LostBytes, isLimited, sample.Now);

        // "if (rs.delivery_rate >= BBR.BtlBw || ! rs.is_app_limited)": what the application did not use says nothing against the path.
        long rate = sample.DeliveryBytesPerSecond;
        if (!isLimited || rate >= _maximumRate.Value)
        {
            _maximumRate.Add(rate, _round, RateRounds);
        }
    }

    private bool IsLimited(in CongestionSample sample) =>
        sample.IsApplicationLimited || sample.PriorDeliveredBytes < _limitedUntil;

    private void SamplePolicer(long lostBytes, bool isLimited, Instant now)
    {
        if (_policer.Acknowledged(_delivered, lostBytes, _isRoundStart, isLimited, State == BbrState.ProbeBandwidth, now))
        {
            EnterCruise(now);
        }
    }

    /// <remarks>Draft §4.3.4.3.</remarks>
    private void UpdateCycle(in CongestionSample sample)
    {
        if (State == BbrState.ProbeBandwidth && IsPhaseOver(sample))
        {
            NextPhase(sample.Now);
        }
    }

    private bool IsPhaseOver(in CongestionSample sample)
    {
        bool isFullLength = sample.Now - _phaseSince > _minimumRoundTrip;
        return _pacingGain switch
        {
            Unit => isFullLength,

            // Until the gain shows in what is on its way, or cannot.
            > Unit => isFullLength && (sample.LostBytes > 0 || sample.PriorFlightBytes >= TargetBytes(_pacingGain)),
            _ => isFullLength || sample.PriorFlightBytes <= TargetBytes(Unit),
        };
    }

    private void NextPhase(Instant now)
    {
        _phase = (byte)((_phase + 1) % CycleLength);
        _phaseSince = now;
    }

    /// <summary>The rate has not grown by a quarter in three round trips: the pipe is full.</summary>
    /// <remarks>Draft §4.3.2.2.</remarks>
    private void LookForFullPipe(in CongestionSample sample)
    {
        if (_isFull || !_isRoundStart || IsLimited(sample))
        {
            return;
        }

        if (_maximumRate.Value >= _fullRate * 5 / 4)
        {
            _fullRate = _maximumRate.Value;
            _fullRounds = 0;
            return;
        }

        _fullRounds++;
        _isFull = _fullRounds >= 3;
    }

    /// <remarks>Draft §4.3.3.</remarks>
    private void LookForDrained(in CongestionSample sample)
    {
        if (State == BbrState.Startup && _isFull)
        {
            State = BbrState.Drain;
        }

        if (State == BbrState.Drain && sample.FlightBytes <= TargetBytes(Unit))
        {
            EnterCruise(sample.Now);
        }
    }

    /// <remarks>Draft §4.1.2, §4.3.5.</remarks>
    private void UpdateRoundTrip(in CongestionSample sample)
    {
        Instant now = sample.Now;
        bool isExpired = now > _minimumAt + _minimumWindow;
        if (sample.RoundTrip > Duration.Zero && (sample.RoundTrip <= _minimumRoundTrip || isExpired))
        {
            _minimumRoundTrip = sample.RoundTrip;
            _minimumAt = now;
        }

        if (isExpired && !_isRestarting && State != BbrState.ProbeRoundTrip)
        {
            SaveWindow();
            State = BbrState.ProbeRoundTrip;
            _probeUntil = Instant.Never;
        }

        if (State == BbrState.ProbeRoundTrip)
        {
            ProbeRoundTrip(sample);
        }

        _isRestarting &= sample.DeliveredBytes == 0;
    }

    private void ProbeRoundTrip(in CongestionSample sample)
    {
        _limitedUntil = _delivered + sample.FlightBytes;
        if (_probeUntil == Instant.Never)
        {
            if (sample.FlightBytes <= LeastWindowBytes)
            {
                // "for at least ProbeRTTDuration ... and at least one round trip".
                _probeUntil = sample.Now + _probeLength;
                _isProbeRoundDone = false;
                _nextRoundDelivered = _delivered;
            }

            return;
        }

        _isProbeRoundDone |= _isRoundStart;
        if (_isProbeRoundDone)
        {
            EndRoundTripProbe(sample.Now);
        }
    }

    private void EndRoundTripProbe(Instant now)
    {
        if (now < _probeUntil)
        {
            return;
        }

        _minimumAt = now;
        _window = Math.Max(_window, _priorWindow);
        if (_isFull)
        {
            EnterCruise(now);
        }
        else
        {
            EnterStartup();
        }
    }

    private void EnterStartup()
    {
        State = BbrState.Startup;
        ChooseGains();
    }

    /// <summary>The cycle starts in a random phase, but not in the one that drains: there is nothing to drain.</summary>
    /// <remarks>Draft §4.3.4.2.</remarks>
    private void EnterCruise(Instant now)
    {
        State = BbrState.ProbeBandwidth;
        _phase = (byte)(CycleLength - 1 - (int)(NextRandom() % StartPhases));
        NextPhase(now);
    }

    private void ChooseGains() => (_pacingGain, _windowGain) = State switch
    {
        BbrState.Startup => (HighGain, HighGain),
        BbrState.Drain => (DrainGain, HighGain),
        BbrState.ProbeBandwidth => (_policer.IsPoliced ? Unit : CycleGains[_phase], CruiseWindowGain),
        _ => (Unit, Unit),
    };

    /// <summary>The next number of SplitMix64.</summary>
    private ulong NextRandom()
    {
        unchecked
        {
            _random += 0x9E37_79B9_7F4A_7C15;
            ulong mixed = (_random ^ (_random >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
