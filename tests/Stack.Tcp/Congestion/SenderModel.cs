using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>A sender without loss, round trip by round trip: a controller is told of each segment of a window in turn.</summary>
internal sealed class SenderModel
{
    private readonly ICongestionController _controller;
    private long _sent;
    private long _acknowledged;

    public SenderModel(ICongestionController controller, int segmentBytes = 1000, int roundTripMilliseconds = 100)
    {
        _controller = controller;
        SegmentBytes = segmentBytes;
        RoundTrip = Duration.FromMilliseconds(roundTripMilliseconds);
        controller.Established(segmentBytes, false, RoundTrip, Now);
    }

    public int SegmentBytes { get; }

    public Duration RoundTrip { get; set; }

    public Instant Now { get; set; } = new(7_000_000_000);

    public RecoveryPhase Phase { get; set; }

    /// <summary>The window in segments, rounded down.</summary>
    public long Segments => _controller.WindowBytes / SegmentBytes;

    /// <summary>One round trip: sends the window, or less where the application has no more, and acknowledges it evenly over the time.</summary>
    /// <param name="bytes">What the application sends; the whole window where 0.</param>
    public void Round(long bytes = 0)
    {
        bool isLimited = bytes == 0 || bytes >= _controller.WindowBytes;
        long flight = isLimited ? _controller.WindowBytes : bytes;
        if (_sent == _acknowledged)
        {
            _sent += Math.Max(flight / SegmentBytes, 1) * SegmentBytes;
        }

        Instant start = Now;
        long inFlight = _sent - _acknowledged;
        long segments = inFlight / SegmentBytes;
        long end = _sent;
        for (int i = 1; _acknowledged < end; i++)
        {
            Now = start + new Duration(RoundTrip.Nanoseconds * i / segments);
            _acknowledged += SegmentBytes;
            Acknowledge(SegmentBytes, inFlight, isLimited);

            // The next round's segments leave as the window allows.
            long ahead = isLimited ? _controller.WindowBytes : bytes;
            _sent = Math.Max(_sent, _acknowledged + (ahead / SegmentBytes * SegmentBytes));
            inFlight = _sent - _acknowledged;
        }

        Now = start + RoundTrip;
    }

    public void Rounds(int count, long bytes = 0)
    {
        for (int i = 0; i < count; i++)
        {
            Round(bytes);
        }
    }

    /// <summary>A loss that is repaired at once.</summary>
    public void Lose(CongestionSignal signal = CongestionSignal.Loss, long lostBytes = 0)
    {
        long flight = _controller.WindowBytes;
        _controller.EnterRecovery(flight, signal, Now);
        if (lostBytes > 0)
        {
            Tell(SegmentBytes, lostBytes, flight, RecoveryPhase.Loss, true);
        }

        _controller.LeaveRecovery(flight, Now);
    }

    /// <summary>Everything on its way is lost and sent again.</summary>
    public void TimeOut()
    {
        _controller.TimedOut(_controller.WindowBytes, true, Now);
        _sent = _acknowledged;
    }

    public void Acknowledge(long bytes, long priorFlight, bool isLimited) => Tell(bytes, 0, priorFlight, Phase, isLimited);

    private void Tell(long bytes, long lost, long priorFlight, RecoveryPhase phase, bool isLimited) => _controller.Acknowledged(new CongestionSample
    {
        Now = Now,
        AcknowledgedBytes = bytes,
        DeliveredBytes = bytes,
        LostBytes = lost,
        PriorFlightBytes = priorFlight,
        LargestFlightBytes = priorFlight,
        FlightBytes = priorFlight - bytes,
        RoundTrip = RoundTrip,
        SmoothedRoundTrip = RoundTrip,
        MinimumRoundTrip = RoundTrip,
        Acknowledgment = new SequenceNumber(unchecked((uint)_acknowledged)),
        SendNext = new SequenceNumber(unchecked((uint)_sent)),
        Phase = phase,
        IsWindowLimited = isLimited,
    });
}
