using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// Finds out whether something on the path polices the flow to a rate by dropping what goes beyond: then two stretches in
/// a row with much loss have the same goodput, and that is the rate for the next 48 round trips.
/// </summary>
/// <remarks>The long-term bandwidth of BBR version 1.</remarks>
internal struct BbrPolicer
{
    private const uint LeastRounds = 4;
    private const uint MostRounds = 4 * LeastRounds;
    private const uint UsedRounds = 48;

    // A fifth of all lost (50/256); goodputs equal to an eighth or to 500 bytes a second.
    private const long LossOf256 = 50;
    private const long EqualDivisor = 8;
    private const long EqualBytesPerSecond = 500;

    private long _rate;
    private long _priorDelivered;
    private long _priorLost;
    private long _lost;
    private Instant _since;
    private uint _rounds;
    private bool _isSampling;

    /// <summary>Whether the flow is policed to <see cref="BytesPerSecond"/>.</summary>
    public bool IsPoliced { get; private set; }

    /// <summary>The rate.</summary>
    public readonly long BytesPerSecond => _rate;

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        long lost = _lost;
        this = default;
        _lost = lost;
    }

    /// <summary>Takes in an acknowledgment.</summary>
    /// <param name="totalDelivered">The bytes delivered in all.</param>
    /// <param name="lost">The bytes newly lost.</param>
    /// <param name="isRoundStart">Whether a round trip begins.</param>
    /// <param name="isLimited">Whether the application sends less than it may.</param>
    /// <param name="isCruising">Whether the state is the one in which a rate in use grows old.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>Whether the rate was in use long enough: it is tried again without.</returns>
    public bool Acknowledged(long totalDelivered, long lost, bool isRoundStart, bool isLimited, bool isCruising, Instant now)
    {
        _lost += lost;
        if (IsPoliced)
        {
            if (isCruising && isRoundStart && ++_rounds >= UsedRounds)
            {
                Reset();
                return true;
            }

            return false;
        }

        if (!_isSampling)
        {
            // A policer's bucket is empty when it drops first: the stretch begins there.
            if (lost > 0)
            {
                StartStretch(totalDelivered, now);
                _isSampling = true;
            }

            return false;
        }

        if (isLimited)
        {
            Reset();
            return false;
        }

        _rounds += isRoundStart ? 1u : 0u;
        if (_rounds < LeastRounds)
        {
            return false;
        }

        if (_rounds > MostRounds)
        {
            Reset();
            return false;
        }

        if (lost > 0)
        {
            EndStretch(totalDelivered, now);
        }

        return false;
    }

    private void EndStretch(long totalDelivered, Instant now)
    {
        long lost = _lost - _priorLost;
        long delivered = totalDelivered - _priorDelivered;
        Duration stretch = now - _since;
        if (delivered <= 0 || stretch < Duration.FromMilliseconds(1) || lost * 256 < delivered * LossOf256)
        {
            return;
        }

        long rate = (long)((Int128)delivered * 1_000_000_000 / stretch.Nanoseconds);
        long difference = Math.Abs(rate - _rate);
        if (_rate > 0 && (difference * EqualDivisor <= _rate || difference <= EqualBytesPerSecond))
        {
            _rate = (rate + _rate) / 2;
            _rounds = 0;
            IsPoliced = true;
            return;
        }

        _rate = rate;
        StartStretch(totalDelivered, now);
    }

    private void StartStretch(long totalDelivered, Instant now)
    {
        _since = now;
        _priorDelivered = totalDelivered;
        _priorLost = _lost;
        _rounds = 0;
    }
}
