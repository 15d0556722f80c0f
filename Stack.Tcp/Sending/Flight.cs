using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// What a connection knows of the segments on their way. It exists only while there are some, so that an idle connection
/// is small, and goes back to its <see cref="FlightStore"/> with its memory when the last one is acknowledged.
/// </summary>
internal sealed class Flight
{
    private readonly FlightStore _store;

    public Flight(FlightStore store)
    {
        _store = store;
        Segments.Clear();
    }

    /// <summary>The segments. They come by <see cref="Append"/> and <see cref="Divide"/>, which count their memory.</summary>
    public SentSegments Segments;

    /// <summary>RACK's variables of the segment delivered that was sent last.</summary>
    public LatestDelivery LatestDelivery;

    /// <summary>The highest sequence number delivered, RACK.fack.</summary>
    public SequenceNumber HighestDelivered;

    public ProportionalRateReduction Reduction;

    public LossUndo Undo;

    /// <summary>The bytes that duplicate acknowledgments stand for, of a peer without SACK.</summary>
    public int DuplicateBytes;

    /// <summary>The duplicate acknowledgments since the last new one, of such a peer.</summary>
    public byte DuplicateCount;

    /// <summary>Whether a first time-out is being examined: new data goes before what is lost (F-RTO).</summary>
    public bool IsTimeoutExamined;

    /// <summary>Whether new data goes out next although there is something to send again.</summary>
    public bool PrefersNew;

    /// <summary>Whether the congestion window holds although something was lost: not to congestion.</summary>
    public bool IsRepairing;

    /// <summary>Whether a time-out has the first segment sent again, whatever the congestion window says.</summary>
    public bool MustRetransmit;

    /// <summary>Whether the first partial acknowledgment of a recovery has come, of a peer without SACK.</summary>
    public bool WasPartial;

    /// <summary>SND.NXT when the congestion window last held something back.</summary>
    public SequenceNumber WindowLimitedEnd;

    /// <summary>Whether that was within the last round trip.</summary>
    public bool IsWindowLimited;

    /// <summary>The most that was outstanding within the last round trip, and SND.NXT then.</summary>
    public int LargestBytes;
    public SequenceNumber LargestEnd;

    /// <summary>When the last delivery was known (C.delivered_time).</summary>
    public Instant DeliveredAt;

    /// <summary>When the segment was sent that the stretch of the next rate begins with (C.first_sent_time).</summary>
    public Instant FirstSentAt;

    /// <summary>The bytes to be delivered before rates are the path's again; 0 where they are (C.app_limited).</summary>
    public long ApplicationLimitedUntil;

    /// <summary>When to send a tail loss probe.</summary>
    public Instant ProbeDeadline;

    /// <summary>When to look for losses again.</summary>
    public Instant ReorderingDeadline;

    /// <summary>When the pace allows the next segment, where it is waited for.</summary>
    public Instant PaceDeadline;

    /// <summary>When the next segment is due at the pace of the connection.</summary>
    public Instant NextSendAt;

    // Link of the store.
    internal Flight? NextFree;

    /// <summary>The earliest of the deadlines.</summary>
    public Instant Deadline => Instant.Min(Instant.Min(ProbeDeadline, ReorderingDeadline), PaceDeadline);

    /// <summary>Whether no further segment may be sent before some are acknowledged.</summary>
    public bool IsFull => Segments.Count == Segments.Slots
        && (Segments.Count >= SentSegments.Limit || !_store.MayGrow(Segments.Slots));

    /// <summary>How many further segments may be sent at once before some are acknowledged.</summary>
    public int RoomSegments
    {
        get
        {
            int slots = Segments.Slots;
            if (_store.MayGrow(slots))
            {
                slots *= 2;
            }

            return Math.Min(slots, SentSegments.Limit) - Segments.Count;
        }
    }

    /// <summary>Adds a segment that was sent for the first time.</summary>
    public void Append(in SentSegment segment)
    {
        int slots = Segments.Slots;
        Segments.Append(segment);
        if (Segments.Slots != slots)
        {
            _store.Grown(slots, Segments.Slots);
        }
    }

    /// <summary>Cuts segments that have become too large for the path, and takes those for lost.</summary>
    /// <returns>The bytes that are lost by now.</returns>
    public int Divide(int segmentBytes)
    {
        int slots = Segments.Slots;
        int lost = Segments.Divide(segmentBytes);
        _store.Grown(slots, Segments.Slots);
        return lost;
    }

    /// <summary>Starts anew for a connection with nothing on its way.</summary>
    public void Reset(SequenceNumber sendUnacknowledged, Instant now)
    {
        Segments.Clear();
        LatestDelivery = default;
        HighestDelivered = sendUnacknowledged;
        Undo = default;
        Reduction = default;
        DuplicateBytes = LargestBytes = 0;
        DuplicateCount = 0;
        LargestEnd = sendUnacknowledged;
        IsTimeoutExamined = PrefersNew = MustRetransmit = IsRepairing = WasPartial = IsWindowLimited = false;
        DeliveredAt = FirstSentAt = now;
        NextSendAt = Instant.Origin;
        ApplicationLimitedUntil = 0;
        ProbeDeadline = ReorderingDeadline = PaceDeadline = Instant.Never;
    }
}
