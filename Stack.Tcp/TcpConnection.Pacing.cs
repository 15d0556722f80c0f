using NetStack.Core;

namespace NetStack.Tcp;

// Segments spread over the round trip, in place of bursts: by the rate of the congestion controller, or by window and round trip.
public sealed partial class TcpConnection
{
    /// <summary>What may leave at once however slow the pace: a late timer makes up for what it missed by that much.</summary>
    private const int PaceQuantumSegments = 2;
    private static readonly Duration _paceQuantum = Duration.FromMilliseconds(1);

    /// <summary>The rate at which segments leave, in bytes a second; 0 where they are not spread.</summary>
    /// <remarks>Without a rate of the controller's own: twice the window a round trip in slow start, so that it can double, 1.2 times after.</remarks>
    private long PacingBytesPerSecond
    {
        get
        {
            if (_congestion!.PacingBytesPerSecond is var rate && rate > 0)
            {
                return rate;
            }

            if (!_options.Pacing || !_rtt.HasSample)
            {
                return 0;
            }

            long window = CongestionWindowBytes;
            long percent = window < _congestion.SlowStartThresholdBytes / 2 ? 200 : 120;
            return Math.Max((long)((Int128)window * percent * 10_000_000 / _rtt.Smoothed.Nanoseconds), 1);
        }
    }

    /// <summary>What may leave in one piece: as much as would in segments of their own, each leaving when the one before it is due.</summary>
    private long PaceAllowanceBytes(Instant now)
    {
        long rate = PacingBytesPerSecond;
        if (rate == 0)
        {
            return long.MaxValue;
        }

        Duration credit = now - PaceStart(rate, now);
        return (long)((Int128)credit.Nanoseconds * rate / 1_000_000_000) + _segmentBytes;
    }

    /// <summary>Whether the pace allows a segment now; where not, a timer brings the connection back.</summary>
    private bool MayTransmitData(Instant now)
    {
        if (_flight is not { } flight || flight.NextSendAt <= now)
        {
            return true;
        }

        if (flight.PaceDeadline != flight.NextSendAt)
        {
            flight.PaceDeadline = flight.NextSendAt;
            ScheduleTimer();
        }

        return false;
    }

    /// <summary>A segment was sent: the next one is due when it has left at the pace.</summary>
    private void PaceFollows(Flight flight, int lengthBytes, Instant now)
    {
        long rate = PacingBytesPerSecond;
        if (rate == 0)
        {
            return;
        }

        flight.NextSendAt = PaceStart(rate, now) + TimeAt(rate, lengthBytes);
    }

    /// <summary>From when on what leaves now counts: when it was due, or as long ago as a late timer makes up for.</summary>
    private Instant PaceStart(long rate, Instant now)
    {
        Duration slack = Duration.Max(TimeAt(rate, PaceQuantumSegments * _segmentBytes), _paceQuantum);
        return Instant.Max(_flight?.NextSendAt ?? Instant.Origin, now - slack);
    }

    private static Duration TimeAt(long bytesPerSecond, long lengthBytes) =>
        new((long)((Int128)lengthBytes * 1_000_000_000 / bytesPerSecond));
}
