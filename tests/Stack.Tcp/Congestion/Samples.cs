using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>What acknowledgments tell a congestion controller under test.</summary>
internal static class Samples
{
    /// <summary>An acknowledgment of data that was sent once, with the window in use.</summary>
    public static void Acknowledge(this ICongestionController controller, long bytes, long priorFlightBytes, Instant now = default) =>
        controller.Acknowledged(new CongestionSample
        {
            Now = now,
            AcknowledgedBytes = bytes,
            DeliveredBytes = bytes,
            LostBytes = 0,
            PriorFlightBytes = priorFlightBytes,
            LargestFlightBytes = priorFlightBytes,
            FlightBytes = Math.Max(priorFlightBytes - bytes, 0),
            RoundTrip = Duration.Zero,
            SmoothedRoundTrip = Duration.Zero,
            MinimumRoundTrip = Duration.Zero,
            Acknowledgment = default,
            SendNext = new SequenceNumber(1_000_000),
            Phase = RecoveryPhase.None,
            IsWindowLimited = priorFlightBytes >= controller.WindowBytes,
        });
}
