using NetStack.Core;

namespace NetStack.Tcp;

// What the peer tells to have out of order, and what each delivery tells: RFC 2018 §5, RFC 2883 §4, RFC 8985 §6.2, and the
// delivery rate of draft-cheng-iccrg-delivery-rate-estimation-02 §3.3.
public sealed partial class TcpConnection
{
    // C.delivered: the bytes known to have arrived, over the whole connection.
    private long _deliveredBytes;
    private uint _duplicateBlocks;
    private ReorderingWindow _reorderingWindow;

    private void BlocksArrive(Flight flight, in Segment segment, ref DeliveryReport report)
    {
        ref readonly SackBlocks blocks = ref segment.Options.Sack;
        int index = 0;
        if (IsDuplicateBlock(segment))
        {
            report.HasDuplicate = true;
            _duplicateBlocks++;
            flight.Undo.DuplicateDelivered(blocks[0].End);
            index = 1;
        }

        for (; index < blocks.Count; index++)
        {
            SackBlock block = blocks[index];

            // RFC 2018 §5 and the lessons of 2019: a block that is empty, upside down or of bytes never sent tells nothing.
            if (block.End > block.Start && block.End <= _sendNext && block.End > segment.Acknowledgment)
            {
                BlockArrives(flight, block, segment, ref report);
            }
        }
    }

    /// <summary>Whether the first block tells of something that arrived twice.</summary>
    /// <remarks>RFC 2883 §4: it lies below the acknowledgment, or within the second block.</remarks>
    private static bool IsDuplicateBlock(in Segment segment)
    {
        ref readonly SackBlocks blocks = ref segment.Options.Sack;
        SackBlock first = blocks[0];
        return first.End > first.Start
            && (first.End <= segment.Acknowledgment
                || (blocks.Count > 1 && first.Start >= blocks[1].Start && first.End <= blocks[1].End));
    }

    private void BlockArrives(Flight flight, SackBlock block, in Segment segment, ref DeliveryReport report)
    {
        int index = flight.Segments.IndexOf(SequenceNumber.Max(block.Start, _sendUnacknowledged));
        while (index < flight.Segments.Count)
        {
            ref SentSegment sent = ref flight.Segments[index];
            if (sent.IsDelivered)
            {
                index = flight.Segments.FindUndelivered(index);
                continue;
            }

            if (sent.End > block.End)
            {
                break;
            }

            if (sent.Start >= block.Start)
            {
                SegmentDelivered(flight, sent, segment, ref report);
                if (!sent.IsRetransmitted)
                {
                    report.BlockSentAt = Instant.Min(report.BlockSentAt, sent.SentAt);
                }

                report.DeliveredBytes += sent.LengthBytes;
                report.HasNewBlocks = true;
                flight.Segments.MarkDelivered(index);
            }

            index++;
        }
    }

    /// <summary>A segment is known to have arrived: by its block, or as the acknowledgment has reached it.</summary>
    private void SegmentDelivered(Flight flight, in SentSegment sent, in Segment segment, ref DeliveryReport report)
    {
        bool isEchoOlder = sent.IsRetransmitted
            && _usesTimestamps
            && segment.Options.HasTimestamps
            && (int)(segment.Options.TimestampEcho - Timestamp(sent.SentAt)) < 0;
        flight.LatestDelivery.Deliver(sent, _minimumRoundTrip.Value, isEchoOlder, report.Now);

        // RFC 8985 §6.2, step 3: "if Segment.end_seq < RACK.fack and Segment.retransmitted is FALSE, RACK.reordering_seen = TRUE".
        // What one acknowledgment tells of has no order of its own: its blocks come first, and the latest of them first.
        if (sent.End > flight.HighestDelivered)
        {
            flight.HighestDelivered = sent.End;
        }
        else if (sent.End < report.HighestBefore && !sent.IsRetransmitted && _usesSack)
        {
            _reorderingWindow.ReorderingSeen();
        }

        report.HasOriginal |= !sent.IsRetransmitted && sent.End <= report.Recover;
        report.HasRetransmission |= sent.IsRetransmitted;
        if (!report.HasLatest
            || sent.SentAt > report.Latest.SentAt
            || (sent.SentAt == report.Latest.SentAt && sent.End > report.Latest.End))
        {
            report.Latest = sent;
            report.HasLatest = true;
        }
    }

    /// <summary>Counts what was delivered, and makes what the congestion controller is told of it.</summary>
    private CongestionSample MakeSample(Flight flight, in DeliveryReport report, Duration roundTrip)
    {
        _deliveredBytes += report.DeliveredBytes;
        if (report.DeliveredBytes > 0)
        {
            flight.DeliveredAt = report.Now;
        }

        if (flight.ApplicationLimitedUntil != 0 && _deliveredBytes > flight.ApplicationLimitedUntil)
        {
            flight.ApplicationLimitedUntil = 0;
        }

        Duration interval = Duration.Zero;
        if (report.HasLatest)
        {
            // The slower of sending and acknowledging, for neither may outrun the path.
            interval = Duration.Max(
                report.Latest.SentAt - report.Latest.FirstSentAt, report.Now - report.Latest.PriorDeliveredAt);
            flight.FirstSentAt = report.Latest.SentAt;
            interval = interval >= _minimumRoundTrip.Value ? interval : Duration.Zero;
        }

        return new CongestionSample
        {
            Now = report.Now,
            AcknowledgedBytes = report.AcknowledgedBytes,
            DeliveredBytes = report.DeliveredBytes,
            LostBytes = report.LostBytes,
            PriorFlightBytes = report.PriorFlightBytes,
            FlightBytes = FlightBytes,
            LargestFlightBytes = flight.LargestBytes,
            RoundTrip = roundTrip,
            SmoothedRoundTrip = _rtt.Smoothed,
            MinimumRoundTrip = _minimumRoundTrip.Value,
            Acknowledgment = _sendUnacknowledged,
            SendNext = _sendNext,
            Phase = report.Phase,
            MarkedBytes = TakeMarkedBytes(),
            IsWindowLimited = flight.IsWindowLimited,
            TotalDeliveredBytes = _deliveredBytes,
            PriorDeliveredBytes = report.HasLatest ? report.Latest.PriorDeliveredBytes : _deliveredBytes,
            RateInterval = interval,
            RateBytes = report.HasLatest ? _deliveredBytes - report.Latest.PriorDeliveredBytes : 0,
            IsApplicationLimited = report.HasLatest && (report.Latest.Marks & SentSegmentMarks.ApplicationLimited) != 0,
        };
    }

    /// <summary>The variables of a segment that goes out now.</summary>
    private SentSegment DescribeTransmission(Flight flight, SequenceNumber start, int lengthBytes, TcpFlags flags, Instant now) => new()
    {
        Start = start,
        LengthBytes = lengthBytes,
        SentAt = now,
        PriorDeliveredBytes = _deliveredBytes,
        PriorDeliveredAt = flight.DeliveredAt,
        FirstSentAt = flight.FirstSentAt,
        Marks = (flight.ApplicationLimitedUntil != 0 ? SentSegmentMarks.ApplicationLimited : SentSegmentMarks.None)
            | ((flags & TcpFlags.Push) != 0 ? SentSegmentMarks.Push : SentSegmentMarks.None),
    };
}
