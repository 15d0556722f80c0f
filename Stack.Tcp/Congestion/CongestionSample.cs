using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>What one acknowledgment told, for a congestion controller.</summary>
/// <remarks>The delivery rate is that of draft-cheng-iccrg-delivery-rate-estimation-02.</remarks>
public readonly ref struct CongestionSample
{
    /// <summary>The time of the loop's turn.</summary>
    public required Instant Now { get; init; }

    /// <summary>The bytes newly acknowledged by the acknowledgment field.</summary>
    public required long AcknowledgedBytes { get; init; }

    /// <summary>The bytes newly known to have arrived, in order or not.</summary>
    public required long DeliveredBytes { get; init; }

    /// <summary>
    /// The bytes by which a window may grow: what this acknowledgment is the first to tell of, where it moves on. What was
    /// told before out of order has opened the window already.
    /// </summary>
    public long GrowthBytes => AcknowledgedBytes > 0 ? DeliveredBytes : 0;

    /// <summary>The bytes newly taken for lost.</summary>
    public required long LostBytes { get; init; }

    /// <summary>The bytes newly told to have been marked by the network; 0 without accurate ECN.</summary>
    public long MarkedBytes { get; init; }

    /// <summary>The bytes on their way before this acknowledgment.</summary>
    public required long PriorFlightBytes { get; init; }

    /// <summary>The bytes on their way after it.</summary>
    public required long FlightBytes { get; init; }

    /// <summary>The most that was outstanding at once in the last round trip: less than half of a window has proven nothing.</summary>
    public required long LargestFlightBytes { get; init; }

    /// <summary>The round trip that this acknowledgment ended; zero where it measured none.</summary>
    public required Duration RoundTrip { get; init; }

    /// <summary>SRTT.</summary>
    public required Duration SmoothedRoundTrip { get; init; }

    /// <summary>The least round trip of the last minutes; zero before the first measurement.</summary>
    public required Duration MinimumRoundTrip { get; init; }

    /// <summary>SND.UNA after this acknowledgment.</summary>
    public required SequenceNumber Acknowledgment { get; init; }

    /// <summary>SND.NXT.</summary>
    public required SequenceNumber SendNext { get; init; }

    /// <summary>What is being recovered from.</summary>
    public required RecoveryPhase Phase { get; init; }

    /// <summary>Whether the congestion window held segments back lately; one that was not used has proven nothing.</summary>
    /// <remarks>RFC 7661.</remarks>
    public required bool IsWindowLimited { get; init; }

    /// <summary>The bytes delivered over the whole connection.</summary>
    public long TotalDeliveredBytes { get; init; }

    /// <summary>That number when the latest delivered segment was sent: a round trip ends when it reaches the end of the one before.</summary>
    public long PriorDeliveredBytes { get; init; }

    /// <summary>The stretch of time of the delivery rate; zero where there is no valid sample.</summary>
    public Duration RateInterval { get; init; }

    /// <summary>The bytes delivered in that stretch.</summary>
    public long RateBytes { get; init; }

    /// <summary>Whether the sender ran out of data to send in that stretch: then the rate is not the path's.</summary>
    public bool IsApplicationLimited { get; init; }

    /// <summary>The delivery rate in bytes a second; 0 where there is no valid sample.</summary>
    public long DeliveryBytesPerSecond => RateInterval > Duration.Zero
        ? (long)((Int128)RateBytes * 1_000_000_000 / RateInterval.Nanoseconds)
        : 0;
}
