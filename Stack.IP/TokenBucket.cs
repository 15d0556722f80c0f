using NetStack.Core;

namespace NetStack.IP;

/// <summary>Limits a rate: tokens drip in evenly up to a burst, and each event takes one.</summary>
internal sealed class TokenBucket
{
    private readonly long _intervalNanoseconds;
    private readonly long _capacityNanoseconds;
    private long _filledNanoseconds;
    private Instant _last;

    /// <summary>Makes a full bucket.</summary>
    /// <param name="perSecond">The tokens that drip in a second.</param>
    /// <param name="burst">The tokens it holds.</param>
    public TokenBucket(int perSecond, int burst)
    {
        _intervalNanoseconds = perSecond > 0 ? Duration.FromSeconds(1).Nanoseconds / perSecond : long.MaxValue;
        _capacityNanoseconds = perSecond > 0 ? _intervalNanoseconds * burst : 0;
        _filledNanoseconds = _capacityNanoseconds;
    }

    /// <summary>Takes a token.</summary>
    /// <returns>False where there is none.</returns>
    public bool TryTake(Instant now)
    {
        long elapsed = Math.Clamp((now - _last).Nanoseconds, 0, _capacityNanoseconds);
        _last = now;
        _filledNanoseconds = Math.Min(_capacityNanoseconds, _filledNanoseconds + elapsed);
        if (_filledNanoseconds < _intervalNanoseconds)
        {
            return false;
        }

        _filledNanoseconds -= _intervalNanoseconds;
        return true;
    }
}
