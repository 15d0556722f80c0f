using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>The smoothed round-trip time and the retransmission time-out that follows from it.</summary>
/// <remarks>RFC 6298.</remarks>
internal struct RttEstimator
{
    private long _smoothed;
    private long _variation;
    private byte _backoff;

    /// <summary>SRTT; zero before the first measurement.</summary>
    public readonly Duration Smoothed => new(_smoothed);

    /// <summary>RTTVAR.</summary>
    public readonly Duration Variation => new(_variation);

    /// <summary>Whether a round trip was measured.</summary>
    public readonly bool HasSample => _smoothed != 0;

    /// <summary>Takes in a measurement; the time-out is no longer backed off.</summary>
    /// <param name="sample">A round trip of a segment that was sent once, or told by a timestamp.</param>
    /// <param name="samplesPerRoundTrip">How many measurements a round trip brings, at least 1: each weighs the less.</param>
    /// <remarks>RFC 6298 §2.2, §2.3; RFC 7323 appendix G.</remarks>
    public void Measured(Duration sample, int samplesPerRoundTrip = 1)
    {
        long time = Math.Max(sample.Nanoseconds, 1);
        _backoff = 0;
        if (_smoothed == 0)
        {
            _smoothed = time;
            _variation = time / 2;
            return;
        }

        // RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|, beta = 1/4; SRTT <- (1 - alpha) * SRTT + alpha * R', alpha = 1/8.
        _variation += (Math.Abs(_smoothed - time) - _variation) / (4L * samplesPerRoundTrip);
        _smoothed = Math.Max(1, _smoothed + ((time - _smoothed) / (8L * samplesPerRoundTrip)));
    }

    /// <summary>Doubles the time-out.</summary>
    /// <remarks>RFC 6298 §5.5.</remarks>
    public void BackOff() => _backoff = (byte)Math.Min(_backoff + 1, 30);

    /// <summary>Forgets the doublings: the peer has answered.</summary>
    public void ResetBackoff() => _backoff = 0;

    /// <summary>Starts over from a time-out given, as after a SYN that was lost.</summary>
    /// <remarks>RFC 6298 §5.7.</remarks>
    public void StartFrom(Duration timeout)
    {
        _smoothed = timeout.Nanoseconds / 3;
        _variation = timeout.Nanoseconds / 6;
        _backoff = 0;
    }

    /// <summary>RTO.</summary>
    /// <remarks>RFC 6298 §2. The minimum bounds the share of the variation: see DEVIATIONS.md.</remarks>
    public readonly Duration Timeout(TcpConnectionOptions options)
    {
        long timeout = _smoothed == 0
            ? options.InitialRetransmissionTimeout.Nanoseconds
            : _smoothed + Math.Max(options.MinimumRetransmissionTimeout.Nanoseconds, 4 * _variation);
        long limit = options.MaximumRetransmissionTimeout.Nanoseconds;
        return new Duration(timeout >= limit >> _backoff ? limit : timeout << _backoff);
    }
}
