using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// What of the congestion window has been proven by use: pipeACK, the most that was acknowledged in a round trip of late,
/// against the window under which it was sent. A window less than half used is not validated: it does not grow, it is no
/// measure of the path when congestion shows, and after five minutes it is halved.
/// </summary>
/// <remarks>RFC 7661.</remarks>
internal struct WindowValidation
{
    // NVP. RFC 7661 §4.4.3: "The RECOMMENDED value is five minutes".
    private const uint PeriodMilliseconds = 300_000;
    private const uint LeastSamplingMilliseconds = 1_000;

    // The filter of RFC 7661 §4.5.1 with two bins, each half a sampling period long. What is older than both is forgotten.
    private int _largest;
    private int _previousLargest;
    private uint _binSince;
    private uint _binMilliseconds;

    // The round trip being measured: [start, end) and the window it was sent under.
    private SequenceNumber _roundStart;
    private SequenceNumber _roundEnd;
    private int _roundWindow;

    private uint _validatedAt;
    private int _lossFlightBytes;
    private int _lostBytes;
    private bool _isMeasuring;
    private bool _isDefined;
    private bool _isInvalid;

    /// <summary>Whether the window counts as proven: as long as there is no measurement, it does.</summary>
    /// <remarks>RFC 7661 §4.3: "Validated phase: pipeACK >=(1/2)*cwnd, or pipeACK is undefined."</remarks>
    public readonly bool IsValidated => !_isInvalid;

    /// <summary>Takes in an acknowledgment.</summary>
    /// <param name="sample">What it told.</param>
    /// <param name="windowBytes">The congestion window before it.</param>
    public void Acknowledged(in CongestionSample sample, int windowBytes)
    {
        _lostBytes += (int)Math.Min(sample.LostBytes, InitialWindow.LargestBytes - _lostBytes);
        if (sample.Phase is RecoveryPhase.Loss or RecoveryPhase.Timeout)
        {
            // RFC 7661 §4.4.1: "The pipeACK value is not updated during loss recovery."
            _isMeasuring = false;
            return;
        }

        uint now = Milliseconds(sample.Now);
        if (!_isMeasuring)
        {
            StartRound(sample, windowBytes);
            _validatedAt = _isInvalid ? _validatedAt : now;
            return;
        }

        if (_roundStart == _roundEnd)
        {
            // Nothing was on its way as the round began: it lasts as long as what left since, under the window of then.
            _roundEnd = sample.SendNext;
            _roundWindow = windowBytes;
        }

        if (sample.Acknowledgment < _roundEnd)
        {
            return;
        }

        Add(sample.Acknowledgment - _roundStart, sample.SmoothedRoundTrip, now);
        _isInvalid = PipeBytes(now) < _roundWindow / 2;
        if (!_isInvalid)
        {
            _validatedAt = now;
        }

        StartRound(sample, windowBytes);
    }

    /// <summary>The volume in use as congestion shows, from which the new window is reckoned.</summary>
    /// <param name="flightBytes">FlightSize.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <remarks>RFC 7661 §4.4.1: "cwnd = (Max(pipeACK,LossFlightSize))/2"; in the validated phase FlightSize alone counts.</remarks>
    public int EnterRecovery(long flightBytes, Instant now)
    {
        int flight = (int)Math.Min(flightBytes, InitialWindow.LargestBytes);
        _lossFlightBytes = 0;
        if (_isInvalid)
        {
            flight = Math.Max(flight, PipeBytes(Milliseconds(now)));
            _lossFlightBytes = flight;
        }

        return flight;
    }

    /// <summary>The losses are repaired.</summary>
    /// <returns>The volume from which the window is reckoned once more; the largest number where the window stays as it is.</returns>
    /// <remarks>
    /// RFC 7661 §4.4.1: "At the end of the recovery phase, the TCP sender MUST reset the cwnd using the method below:
    /// cwnd = (Max(pipeACK,LossFlightSize) - R)/2", and "MUST re-initialize the pipeACK variable to the 'undefined' value".
    /// </remarks>
    public int LeaveRecovery()
    {
        int volume = _lossFlightBytes == 0 ? int.MaxValue : Math.Max(_lossFlightBytes - _lostBytes, 0);
        Forget();
        return volume;
    }

    /// <summary>Nothing is known of the path any more: pipeACK is undefined.</summary>
    public void Forget()
    {
        _lossFlightBytes = 0;
        _lostBytes = 0;
        _isMeasuring = false;
        _isDefined = false;
        _isInvalid = false;
    }

    /// <summary>Whether a window has not been proven for five minutes, after which it is halved; another five start then.</summary>
    /// <remarks>RFC 7661 §4.4.3.</remarks>
    public bool Expires(Instant now)
    {
        if (!_isInvalid || unchecked(Milliseconds(now) - _validatedAt) < PeriodMilliseconds)
        {
            return false;
        }

        _validatedAt = Milliseconds(now);
        return true;
    }

    private static uint Milliseconds(Instant now) => unchecked((uint)now.Milliseconds);

    private readonly int PipeBytes(uint now)
    {
        uint age = unchecked(now - _binSince);
        return !_isDefined || age >= 2 * _binMilliseconds ? 0
            : age >= _binMilliseconds ? _largest
            : Math.Max(_largest, _previousLargest);
    }

    private void StartRound(in CongestionSample sample, int windowBytes)
    {
        // The window under which the coming round trip's data leaves: acknowledgments of it may widen the window meanwhile.
        _isMeasuring = true;
        _roundStart = sample.Acknowledgment;
        _roundEnd = sample.SendNext;
        _roundWindow = windowBytes;
    }

    private void Add(int bytes, Duration roundTrip, uint now)
    {
        // RFC 7661 §4.2: "This specification defines the pipeACK Sampling Period as Max(3*RTT, 1 second)."
        uint sampling = (uint)Math.Clamp(3 * roundTrip.Milliseconds, LeastSamplingMilliseconds, PeriodMilliseconds);
        uint age = unchecked(now - _binSince);
        if (!_isDefined || age >= _binMilliseconds)
        {
            _previousLargest = _isDefined && age < 2 * _binMilliseconds ? _largest : 0;
            _largest = 0;
            _binSince = now;
            _binMilliseconds = sampling / 2;
            _isDefined = true;
        }

        _largest = Math.Max(_largest, bytes);
    }
}
