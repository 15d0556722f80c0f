using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>Congestion never holds anything back.</summary>
internal sealed class WideOpen : ICongestionController
{
    public string Name => "wide open";

    public long WindowBytes => 1 << 30;

    public long SlowStartThresholdBytes => long.MaxValue;

    public long PacingBytesPerSecond => 0;

    public bool GovernsRecovery => true;

    public void Established(int segmentBytes, bool handshakeLostSegments, Duration roundTrip, Instant now)
    {
    }

    public void SegmentSizeChanged(int segmentBytes)
    {
    }

    public void Restarted(Duration idle, Duration timeout, Instant now)
    {
    }

    public void Acknowledged(in CongestionSample sample)
    {
    }

    public void EnterRecovery(long flightBytes, CongestionSignal signal, Instant now)
    {
    }

    public void LeaveRecovery(long flightBytes, Instant now)
    {
    }

    public void TimedOut(long flightBytes, bool isFirst, Instant now)
    {
    }

    public void Undo(Instant now)
    {
    }
}
