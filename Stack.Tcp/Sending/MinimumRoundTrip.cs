using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>The least round trip of the last minutes.</summary>
/// <remarks>RFC 8985 §6.2, step 1: "a windowed min-filtered estimate of recent RTT measurements".</remarks>
internal struct MinimumRoundTrip
{
    private static readonly Duration _window = Duration.FromSeconds(300);

    private Instant _since;

    /// <summary>The minimum; zero before the first measurement.</summary>
    public Duration Value { get; private set; }

    /// <summary>Takes in a measurement.</summary>
    public void Measured(Duration sample, Instant now)
    {
        if (Value == Duration.Zero || sample <= Value || now - _since > _window)
        {
            Value = Duration.Max(sample, new Duration(1));
            _since = now;
        }
    }
}
