using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// HyStart++: watches the round trips of the first slow start. Where they grow, a queue is growing: slow start goes on
/// conservatively, and ends after five round trips unless the delay turns out to have been chance.
/// </summary>
/// <remarks>RFC 9406.</remarks>
internal struct HyStart
{
    private const uint Unmeasured = uint.MaxValue;

    // RFC 9406 §4.3, in microseconds where times.
    private const uint LeastThreshold = 4_000;
    private const uint LargestThreshold = 16_000;
    private const uint ThresholdDivisor = 8;
    private const int LeastSamples = 8;
    private const int ConservativeRounds = 5;

    private uint _previousMinimum;
    private uint _minimum;
    private uint _baseline;
    private SequenceNumber _roundEnd;
    private byte _samples;
    private byte _rounds;
    private HyStartPhase _phase;

    /// <summary>By how much the growth of slow start is divided.</summary>
    /// <remarks>RFC 9406 §4.3, CSS_GROWTH_DIVISOR.</remarks>
    public const int GrowthDivisor = 4;

    /// <summary>Where it stands.</summary>
    public readonly HyStartPhase Phase => _phase;

    /// <summary>Starts anew.</summary>
    public void Start()
    {
        this = default;
        _previousMinimum = Unmeasured;
        _minimum = Unmeasured;
        _baseline = Unmeasured;
    }

    /// <summary>Takes in an acknowledgment of slow start.</summary>
    public void Acknowledged(in CongestionSample sample)
    {
        if (_phase is HyStartPhase.Finished)
        {
            return;
        }

        if (_phase is HyStartPhase.Unstarted)
        {
            _phase = HyStartPhase.SlowStart;
            _roundEnd = sample.SendNext;
        }

        if (sample.RoundTrip > Duration.Zero)
        {
            _minimum = Math.Min(_minimum, (uint)Math.Min(sample.RoundTrip.Microseconds, Unmeasured - 1));
            _samples = (byte)Math.Min(_samples + 1, byte.MaxValue);
        }

        Judge();
        if (sample.Acknowledgment >= _roundEnd)
        {
            StartRound(sample.SendNext);
        }
    }

    private void Judge()
    {
        if (_samples < LeastSamples)
        {
            return;
        }

        if (_phase == HyStartPhase.SlowStart)
        {
            if (_previousMinimum == Unmeasured)
            {
                return;
            }

            // "RttThresh = max(MIN_RTT_THRESH, min(lastRoundMinRTT / MIN_RTT_DIVISOR, MAX_RTT_THRESH))"
            uint threshold = Math.Clamp(_previousMinimum / ThresholdDivisor, LeastThreshold, LargestThreshold);
            if (_minimum >= (ulong)_previousMinimum + threshold)
            {
                _baseline = _minimum;
                _rounds = 0;
                _phase = HyStartPhase.Conservative;
            }
        }
        else if (_minimum < _baseline)
        {
            // "the slow start exit was spurious"
            _baseline = Unmeasured;
            _phase = HyStartPhase.SlowStart;
        }
    }

    private void StartRound(SequenceNumber end)
    {
        _previousMinimum = _minimum;
        _minimum = Unmeasured;
        _samples = 0;
        _roundEnd = end;

        // "If the transition into CSS happens in the middle of a round, that partial round counts towards the limit."
        if (_phase == HyStartPhase.Conservative && ++_rounds >= ConservativeRounds)
        {
            _phase = HyStartPhase.Finished;
        }
    }
}
