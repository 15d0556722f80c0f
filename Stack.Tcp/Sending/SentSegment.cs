using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>One segment on its way: its bounds, when it was sent last, and what had been delivered by then.</summary>
/// <remarks>RFC 8985 §5.2 (per-segment variables); draft-cheng-iccrg-delivery-rate-estimation-02 §3.2 (packet variables).</remarks>
internal struct SentSegment
{
    /// <summary>The sequence number of its first byte.</summary>
    public SequenceNumber Start;

    /// <summary>Its length, a FIN counted.</summary>
    public int LengthBytes;

    /// <summary>When it was sent last (Segment.xmit_ts).</summary>
    public Instant SentAt;

    /// <summary>The bytes the connection had delivered by then (P.delivered).</summary>
    public long PriorDeliveredBytes;

    /// <summary>When the last of those was known to be delivered (P.delivered_time).</summary>
    public Instant PriorDeliveredAt;

    /// <summary>When the segment was sent whose delivery began that stretch (P.first_sent_time).</summary>
    public Instant FirstSentAt;

    /// <summary>The slots of the segments sent just before and after it, in the order of transmission.</summary>
    public int Earlier;
    public int Later;

    public SentSegmentMarks Marks;

    /// <summary>Where it is delivered: how many segments from it on are known to be so, itself counted.</summary>
    public int Run;

    /// <summary>The sequence number behind it.</summary>
    public readonly SequenceNumber End => Start + LengthBytes;

    public readonly bool IsDelivered => (Marks & SentSegmentMarks.Delivered) != 0;

    public readonly bool IsLost => (Marks & SentSegmentMarks.Lost) != 0;

    public readonly bool IsRetransmitted => (Marks & SentSegmentMarks.Retransmitted) != 0;

    /// <summary>Whether it stands in the order of transmission: neither delivered nor lost.</summary>
    public readonly bool IsUnderway => (Marks & (SentSegmentMarks.Delivered | SentSegmentMarks.Lost)) == 0;
}
