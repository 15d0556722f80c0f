using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>Of the segments known to be delivered, the one that was sent last: whatever was sent well before it is lost.</summary>
/// <remarks>RFC 8985 §5.3: RACK.xmit_ts, RACK.end_seq, RACK.rtt.</remarks>
internal struct LatestDelivery
{
    /// <summary>When it was sent.</summary>
    public Instant SentAt;

    /// <summary>The sequence number behind it.</summary>
    public SequenceNumber End;

    /// <summary>Its round trip; zero where the clock did not move in between.</summary>
    public Duration RoundTrip;

    /// <summary>Whether any segment was delivered.</summary>
    public bool IsKnown;

    /// <summary>A segment was delivered.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="minimumRoundTrip">What no answer to its last transmission can undercut.</param>
    /// <param name="isEchoOlder">Whether the acknowledgment echoes a timestamp from before the segment was sent again.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public void Deliver(in SentSegment segment, Duration minimumRoundTrip, bool isEchoOlder, Instant now)
    {
        Duration roundTrip = now - segment.SentAt;
        if (segment.IsRetransmitted && (isEchoOlder || roundTrip < minimumRoundTrip))
        {
            // RFC 8985 §6.2, step 2: the acknowledgment is probably that of the first transmission.
            return;
        }

        if (!IsKnown || segment.SentAt > SentAt || (segment.SentAt == SentAt && segment.End > End))
        {
            SentAt = segment.SentAt;
            End = segment.End;
            RoundTrip = roundTrip;
            IsKnown = true;
        }
    }
}
