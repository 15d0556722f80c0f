using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>How long a segment that later ones have overtaken may still arrive before it is taken for lost.</summary>
/// <remarks>RFC 8985 §6.2, step 4 (RACK.reo_wnd and what it is made of). Kept over the whole connection.</remarks>
internal struct ReorderingWindow
{
    private const int DuplicateThreshold = 3;
    private const byte PersistRecoveries = 16;

    private SequenceNumber _roundEnd;
    private byte _multiplier;
    private byte _persist;
    private bool _isRound;

    /// <summary>Whether segments have overtaken each other on this connection.</summary>
    public bool IsReorderingSeen { get; private set; }

    /// <summary>A segment that was sent once was delivered after one with a higher sequence number.</summary>
    public void ReorderingSeen() => IsReorderingSeen = true;

    /// <summary>The peer got something twice: what was taken for lost was only late, and the window was too narrow.</summary>
    /// <remarks>"RACK.reo_wnd_mult += 1", at most once a round trip.</remarks>
    public void DuplicateDelivered(SequenceNumber sendUnacknowledged, SequenceNumber sendNext)
    {
        if (_isRound && sendUnacknowledged < _roundEnd)
        {
            return;
        }

        _isRound = true;
        _roundEnd = sendNext;
        _multiplier = (byte)Math.Min(_multiplier + 1, byte.MaxValue - 1);
        _persist = PersistRecoveries;
    }

    /// <summary>A recovery is over: after sixteen of them without duplicates the window is as narrow as at first.</summary>
    public void RecoveryEnded()
    {
        if (_persist > 0 && --_persist == 0)
        {
            _multiplier = 0;
        }
    }

    /// <summary>Keeps the end of the round from falling behind by half the sequence space.</summary>
    public void FollowAcknowledgment(SequenceNumber sendUnacknowledged) => _isRound &= sendUnacknowledged < _roundEnd;

    /// <summary>The window.</summary>
    /// <param name="isRecovering">Whether losses are being recovered from.</param>
    /// <param name="deliveredSegments">The segments delivered out of order.</param>
    /// <param name="minimumRoundTrip">RACK.min_RTT.</param>
    /// <param name="smoothedRoundTrip">SRTT.</param>
    public readonly Duration Length(bool isRecovering, int deliveredSegments, Duration minimumRoundTrip, Duration smoothedRoundTrip)
    {
        if (!IsReorderingSeen && (isRecovering || deliveredSegments >= DuplicateThreshold))
        {
            return Duration.Zero;
        }

        return Duration.Min(minimumRoundTrip * (_multiplier + 1) / 4, smoothedRoundTrip);
    }
}
