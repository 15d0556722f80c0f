using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>A congestion controller that remembers what it was told.</summary>
internal sealed class Recorder : ICongestionController
{
    private int _segmentBytes;

    public long MarkedBytes { get; private set; }

    public List<CongestionSignal> Signals { get; } = [];

    public string Name => "recorder";

    public long WindowBytes => 20L * _segmentBytes;

    public long SlowStartThresholdBytes => long.MaxValue;

    public long PacingBytesPerSecond => 0;

    public bool GovernsRecovery => false;

    public void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now) => _segmentBytes = segmentBytes;

    public void SegmentSizeChanged(int segmentBytes) => _segmentBytes = segmentBytes;

    public void Restarted(Duration idle, Duration timeout, Instant now)
    {
        // The window stays.
    }

    public void Acknowledged(in CongestionSample sample) => MarkedBytes += sample.MarkedBytes;

    public void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now) => Signals.Add(signal);

    public void LeaveRecovery(long flightBytes, Instant now)
    {
        // The window stays.
    }

    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
        // The window stays.
    }

    public void Undo(Instant now)
    {
        // The window stays.
    }
}
