using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The segments on their way, the scoreboard of RFC 6675 and RFC 8985: a ring sorted by sequence number, found by bisection,
/// through which those neither delivered nor lost are linked in the order in which they were sent last.
/// </summary>
/// <remarks>RFC 2018 §5, RFC 6675 §3, RFC 8985 §5. What it holds is bounded by <see cref="Limit"/>, whatever the peer acknowledges.</remarks>
internal partial struct SentSegments
{
    /// <summary>The most segments on their way at once.</summary>
    public const int Limit = 32_768;

    private const int InitialSlots = 16;
    private const int NoSlot = -1;

    private SentSegment[] _slots;
    private int _head;
    private int _earliest;
    private int _latest;

    // The last segment in the order of transmission that is known to have been sent before the one delivered latest.
    private int _overtaken;

    // No segment before this index is marked as lost.
    private int _lostHint;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes sent and not acknowledged.</summary>
    public readonly int LengthBytes => Count == 0 ? 0 : this[Count - 1].End - this[0].Start;

    /// <summary>The segments delivered out of order.</summary>
    public int DeliveredCount { get; private set; }

    /// <summary>The bytes delivered out of order.</summary>
    public int DeliveredBytes { get; private set; }

    /// <summary>The bytes taken for lost and not sent again.</summary>
    public int LostBytes { get; private set; }

    /// <summary>The segments there is memory for.</summary>
    public readonly int Slots => _slots.Length;

    /// <summary>A segment by its place, the one with the lowest sequence number first.</summary>
    public readonly ref SentSegment this[int index] => ref _slots[Slot(index)];

    /// <summary>Empties the ring; its memory stays.</summary>
    public void Clear()
    {
        _slots ??= new SentSegment[InitialSlots];
        Count = DeliveredCount = DeliveredBytes = LostBytes = 0;
        _head = _lostHint = 0;
        _earliest = _latest = _overtaken = NoSlot;
    }

    /// <summary>Adds a segment that was sent for the first time.</summary>
    public void Append(in SentSegment segment) => LinkLatest(Put(segment));

    /// <summary>The place of the segment that holds a sequence number, or <see cref="Count"/> where it lies behind all.</summary>
    public readonly int IndexOf(SequenceNumber sequence)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (this[middle].End <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The place of the first segment, from one on, that is not delivered; <see cref="Count"/> where there is none.</summary>
    /// <remarks>
    /// However often a peer tells of the same bytes, in whatever blocks: each walk joins the runs it passes, so that the next
    /// passes them in one step.
    /// </remarks>
    public readonly int FindUndelivered(int index)
    {
        int end = index;
        while (end < Count && this[end].IsDelivered)
        {
            end += this[end].Run;
        }

        for (int i = index; i < end;)
        {
            ref SentSegment segment = ref this[i];
            int next = i + segment.Run;
            segment.Run = end - i;
            i = next;
        }

        return end;
    }

    /// <summary>Takes off the first segment, which is acknowledged whole.</summary>
    public void RemoveFirst()
    {
        ref SentSegment first = ref _slots[_head];
        Unmark(ref first, _head);
        _head = (_head + 1) & (_slots.Length - 1);
        Count--;
        _lostHint = Math.Max(_lostHint - 1, 0);
    }

    /// <summary>Cuts the acknowledged part off the first segment.</summary>
    public void TrimFirst(int lengthBytes)
    {
        ref SentSegment first = ref _slots[_head];
        Debug.Assert(lengthBytes > 0 && lengthBytes < first.LengthBytes);
        first.Start += lengthBytes;
        first.LengthBytes -= lengthBytes;
        DeliveredBytes -= first.IsDelivered ? lengthBytes : 0;
        LostBytes -= first.IsLost ? lengthBytes : 0;
    }

    /// <summary>The peer has a segment.</summary>
    public void MarkDelivered(int index)
    {
        int slot = Slot(index);
        ref SentSegment segment = ref _slots[slot];
        Debug.Assert(!segment.IsDelivered);
        Unmark(ref segment, slot);
        segment.Marks = (segment.Marks & ~SentSegmentMarks.Lost) | SentSegmentMarks.Delivered;
        segment.Run = 1;
        DeliveredCount++;
        DeliveredBytes += segment.LengthBytes;
    }

    /// <summary>A segment is taken for lost.</summary>
    /// <returns>Its length; 0 where it was lost or delivered before.</returns>
    public int MarkLost(int index)
    {
        int slot = Slot(index);
        ref SentSegment segment = ref _slots[slot];
        if (!segment.IsUnderway)
        {
            return 0;
        }

        Unlink(slot);
        segment.Marks |= SentSegmentMarks.Lost;
        LostBytes += segment.LengthBytes;
        _lostHint = Math.Min(_lostHint, index);
        return segment.LengthBytes;
    }

    /// <summary>A lost segment, or the last one as a probe, was sent again.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="sent">The variables of its transmission; its bounds and links are not looked at.</param>
    public void MarkRetransmitted(int index, in SentSegment sent)
    {
        int slot = Slot(index);
        ref SentSegment segment = ref _slots[slot];
        Debug.Assert(!segment.IsDelivered, "runs of what is delivered would lead over it");
        Unmark(ref segment, slot);
        segment.SentAt = sent.SentAt;
        segment.PriorDeliveredBytes = sent.PriorDeliveredBytes;
        segment.PriorDeliveredAt = sent.PriorDeliveredAt;
        segment.FirstSentAt = sent.FirstSentAt;
        segment.Marks = (segment.Marks & SentSegmentMarks.Push) | (sent.Marks & SentSegmentMarks.ApplicationLimited) | SentSegmentMarks.Retransmitted;
        LinkLatest(slot);
    }

    /// <summary>The place of the first segment that is to be sent again; <see cref="Count"/> where there is none.</summary>
    public int FindLost()
    {
        if (LostBytes == 0)
        {
            return _lostHint = Count;
        }

        while (!this[_lostHint].IsLost)
        {
            _lostHint = this[_lostHint].IsDelivered ? FindUndelivered(_lostHint) : _lostHint + 1;
        }

        return _lostHint;
    }

    /// <summary>After a time-out: the first segment is lost, and all others that are late by then.</summary>
    /// <param name="lateBefore">What was sent after this instant may still arrive.</param>
    /// <remarks>RFC 8985 §6.3; RFC 5681 §3.1.</remarks>
    public void MarkTimedOut(Instant lateBefore)
    {
        for (int i = 0; i < Count; i++)
        {
            if (i == 0 || this[i].SentAt <= lateBefore)
            {
                MarkLost(i);
            }
        }
    }

    /// <summary>How many segments on their way were sent more than once.</summary>
    /// <param name="firstSentAt">When the first of those was sent last.</param>
    public readonly int CountRetransmitted(out Instant firstSentAt)
    {
        int count = 0;
        firstSentAt = Instant.Never;
        for (int i = 0; i < Count; i++)
        {
            ref readonly SentSegment segment = ref this[i];
            if (segment.IsRetransmitted && !segment.IsDelivered)
            {
                count++;
                firstSentAt = Instant.Min(firstSentAt, segment.SentAt);
            }
        }

        return count;
    }

    /// <summary>The peer has given back what it told to have: nothing counts as delivered out of order.</summary>
    /// <remarks>RFC 2018 §8.</remarks>
    public void ForgetDelivered()
    {
        Forget(SentSegmentMarks.Delivered);
        DeliveredCount = DeliveredBytes = 0;
    }

    /// <summary>What was taken for lost was not: all of it is on its way.</summary>
    public void ForgetLost()
    {
        if (LostBytes > 0)
        {
            Forget(SentSegmentMarks.Lost);
            LostBytes = 0;
        }
    }

    private void Forget(SentSegmentMarks mark)
    {
        for (int i = 0; i < Count; i++)
        {
            this[i].Marks &= ~mark;
        }

        Order();
    }

    private readonly int Slot(int index) => (_head + index) & (_slots.Length - 1);

    private readonly int IndexAt(int slot) => (slot - _head) & (_slots.Length - 1);

    /// <summary>Takes a segment out of the sums and out of the order of transmission.</summary>
    private void Unmark(ref SentSegment segment, int slot)
    {
        if (segment.IsDelivered)
        {
            DeliveredCount--;
            DeliveredBytes -= segment.LengthBytes;
        }
        else if (segment.IsLost)
        {
            LostBytes -= segment.LengthBytes;
        }
        else
        {
            Unlink(slot);
        }
    }

    private int Put(in SentSegment segment)
    {
        Debug.Assert(Count < Limit && (Count == 0 || this[Count - 1].End == segment.Start), "new data follows old");
        if (Count == _slots.Length)
        {
            Grow();
        }

        int slot = Slot(Count++);
        _slots[slot] = segment;
        return slot;
    }

    private void Grow()
    {
        SentSegment[] old = _slots;
        int oldMask = old.Length - 1;
        _slots = new SentSegment[old.Length * 2];
        for (int i = 0; i < Count; i++)
        {
            SentSegment segment = old[(_head + i) & oldMask];
            segment.Earlier = segment.Earlier == NoSlot ? NoSlot : (segment.Earlier - _head) & oldMask;
            segment.Later = segment.Later == NoSlot ? NoSlot : (segment.Later - _head) & oldMask;
            _slots[i] = segment;
        }

        _earliest = _earliest == NoSlot ? NoSlot : (_earliest - _head) & oldMask;
        _latest = _latest == NoSlot ? NoSlot : (_latest - _head) & oldMask;
        _overtaken = _overtaken == NoSlot ? NoSlot : (_overtaken - _head) & oldMask;
        _head = 0;
    }
}
