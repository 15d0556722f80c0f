using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// The payload that arrived out of order: ranges sorted by sequence number, disjoint and not adjacent, each a chain of
/// blocks. A range is found by bisection, and what arrives in sequence behind a gap extends the last range, so that no
/// order of arrival is expensive. Bounded in ranges, in blocks and in time. It exists only while something is held.
/// </summary>
/// <remarks>RFC 9293 §3.10.7.4, fifth and seventh steps ("segments with higher beginning sequence numbers SHOULD be held").</remarks>
internal sealed partial class Reassembly : IAged<Reassembly>
{
    private const int SmallBytes = 256;
    private const int InitialRanges = 4;
    private const int MaximumRanges = 256;

    private Range[] _ranges = new Range[InitialRanges];
    private readonly MemoryBudget _memory;
    private SackOrder _order;
    private SequenceNumber _fin;
    private int _blocks;

    /// <summary>Starts empty.</summary>
    public Reassembly(MemoryBudget memory) => _memory = memory;

    public Reassembly? Older { get; set; }

    public Reassembly? Newer { get; set; }

    /// <summary>The ranges held.</summary>
    public int Count { get; private set; }

    /// <summary>The blocks held.</summary>
    public int Blocks
    {
        get => _blocks;
        private set
        {
            if ((_blocks == 0) != (value == 0))
            {
                if (value == 0)
                {
                    _memory.Remove(this);
                }
                else
                {
                    _memory.Add(this);
                }
            }

            _memory.Hold(value - _blocks);
            _blocks = value;
        }
    }

    /// <summary>Since when the oldest payload is held, or an earlier time; <see cref="Instant.Never"/> where none is.</summary>
    public Instant HeldSince { get; private set; } = Instant.Never;

    /// <summary>The payload bytes held.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>Whether a FIN behind a gap was seen.</summary>
    public bool HasFin { get; private set; }

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => Count == 0 && !HasFin;

    /// <summary>Remembers the FIN behind a gap. The first one counts.</summary>
    public void SetFin(SequenceNumber fin)
    {
        if (!HasFin)
        {
            HasFin = true;
            _fin = fin;
        }
    }

    /// <summary>Whether the FIN is next. It is forgotten then.</summary>
    public bool TryTakeFin(SequenceNumber receiveNext)
    {
        bool isNext = HasFin && _fin <= receiveNext;
        HasFin &= !isNext;
        return isNext;
    }

    /// <summary>Adds payload that lies behind a gap. Where it overlaps what is held, one of the two is cut: nothing is held twice.</summary>
    /// <param name="start">The sequence number of its first byte.</param>
    /// <param name="chain">The payload, not empty. The ownership moves only with <see cref="ReassemblyOutcome.Added"/>.</param>
    /// <param name="maximumBlocks">The blocks that may be held.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public ReassemblyOutcome Add(SequenceNumber start, PacketBuffer chain, int maximumBlocks, Instant now)
    {
        SequenceNumber end = start + chain.TotalLength;
        int index = FindFrom(start);
        if (index < Count && _ranges[index].Start <= start)
        {
            if (end <= _ranges[index].End)
            {
                // RFC 2883 §4: behind the block of the duplicate "the second SACK block should specify that (possibly
                // larger) block of data".
                _order.Grew(_ranges[index].Start, _ranges[index].End);
                return ReassemblyOutcome.Duplicate;
            }
        }

        int blocks = CountBlocks(chain);
        if (Blocks + blocks > maximumBlocks || (Count == MaximumRanges && !Touches(index, start, end)))
        {
            return ReassemblyOutcome.Full;
        }

        // From here on the range at the index is the first that ends at or behind the start of the new payload.
        Range added = new() { Start = start, End = end, Head = chain, Tail = chain.Last, Since = now };
        HeldSince = Instant.Min(HeldSince, now);
        Blocks += blocks;
        LengthBytes += end - start;
        if (index < Count && _ranges[index].Start <= start)
        {
            Range before = _ranges[index];
            RemoveFront(ref added, before.End - start);
            Join(ref before, added);
            added = before;
        }
        else
        {
            Open(index);
        }

        Absorb(index, ref added);
        _ranges[index] = added;
        _order.Grew(added.Start, added.End);
        Check();
        return ReassemblyOutcome.Added;
    }

    /// <summary>Takes out the first range if it is next, or begins before what is next.</summary>
    /// <param name="receiveNext">RCV.NXT.</param>
    /// <param name="lengthBytes">The bytes of the chain, which start at RCV.NXT.</param>
    public PacketBuffer? TryTake(SequenceNumber receiveNext, out int lengthBytes)
    {
        lengthBytes = 0;
        while (Count > 0 && _ranges[0].Start <= receiveNext)
        {
            Range first = _ranges[0];
            Close(0, 1);
            if (first.End > receiveNext)
            {
                RemoveFront(ref first, receiveNext - first.Start);
                lengthBytes = first.End - first.Start;
                LengthBytes -= lengthBytes;
                Blocks -= CountBlocks(first.Head);
                return first.Head;
            }

            Release(first);
        }

        return null;
    }

    /// <summary>Returns everything, and forgets the FIN.</summary>
    public void Clear()
    {
        for (int i = 0; i < Count; i++)
        {
            Release(_ranges[i]);
        }

        Array.Clear(_ranges, 0, Count);
        Count = 0;
        HasFin = false;
        HeldSince = Instant.Never;
        Check();
    }

    /// <summary>Returns the ranges that hold payload from before a time.</summary>
    /// <returns>Whether there were any.</returns>
    /// <remarks>RFC 2018 §8: "The data receiver is permitted to discard data in its queue that has not been acknowledged to the data sender, even if the data has already been reported in a SACK option."</remarks>
    public bool Expire(Instant before)
    {
        int count = Count;
        HeldSince = Instant.Never;
        for (int i = Count - 1; i >= 0; i--)
        {
            if (_ranges[i].Since <= before)
            {
                Release(_ranges[i]);
                Close(i, 1);
            }
            else
            {
                HeldSince = Instant.Min(HeldSince, _ranges[i].Since);
            }
        }

        Check();
        return Count < count;
    }

    /// <summary>Copies the bounds of a range, the lowest first.</summary>
    public (SequenceNumber Start, SequenceNumber End) RangeAt(int index) => (_ranges[index].Start, _ranges[index].End);

    private static int CountBlocks(PacketBuffer chain)
    {
        int count = 0;
        for (PacketBuffer? block = chain; block is not null; block = block.Next)
        {
            count++;
        }

        return count;
    }

    /// <summary>The first range that ends at or behind a sequence number.</summary>
    private int FindFrom(SequenceNumber start)
    {
        if (Count == 0 || _ranges[Count - 1].End < start)
        {
            return Count;
        }

        int low = 0;
        int high = Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].End < start)
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

    private bool Touches(int index, SequenceNumber start, SequenceNumber end) =>
        index < Count && _ranges[index].Start <= end && start <= _ranges[index].End;

    /// <summary>Joins the ranges behind an index that the new one touches to it.</summary>
    private void Absorb(int index, ref Range added)
    {
        int next = index + 1;
        while (next < Count && _ranges[next].Start <= added.End)
        {
            Range after = _ranges[next++];
            if (after.End <= added.End)
            {
                added.Since = Instant.Min(added.Since, after.Since);
                Release(after);
                continue;
            }

            RemoveFront(ref after, added.End - after.Start);
            Join(ref added, after);
        }

        Close(index + 1, next - index - 1);
    }

    /// <summary>Appends a range to the one that ends where it starts.</summary>
    private void Join(ref Range first, in Range second)
    {
        Debug.Assert(first.End == second.Start);
        first.End = second.End;
        first.Since = Instant.Min(first.Since, second.Since);
        PacketBuffer head = second.Head;
        if (head.Next is null && head.Length < SmallBytes && first.Tail.TailroomBytes >= head.Length)
        {
            head.Span.CopyTo(first.Tail.Extend(head.Length));
            Blocks--;
            _memory.Pool.Return(head);
            return;
        }

        first.Tail.Append(head);
        first.Tail = second.Tail;
    }

    private void RemoveFront(ref Range range, int lengthBytes)
    {
        Debug.Assert(lengthBytes < range.End - range.Start);
        range.Start += lengthBytes;
        LengthBytes -= lengthBytes;
        while (lengthBytes > 0 && lengthBytes >= range.Head.Length)
        {
            PacketBuffer block = range.Head;
            lengthBytes -= block.Length;
            range.Head = block.Unlink()!;
            Blocks--;
            _memory.Pool.Return(block);
        }

        range.Head.RemoveFront(lengthBytes);
    }

    private void Release(in Range range)
    {
        LengthBytes -= range.End - range.Start;
        Blocks -= CountBlocks(range.Head);
        _memory.Pool.Return(range.Head);
    }

    private void Open(int index)
    {
        if (Count == _ranges.Length)
        {
            Array.Resize(ref _ranges, Count * 2);
        }

        Array.Copy(_ranges, index, _ranges, index + 1, Count - index);
        Count++;
    }

    private void Close(int index, int count)
    {
        if (count > 0)
        {
            Array.Copy(_ranges, index + count, _ranges, index, Count - index - count);
            Array.Clear(_ranges, Count - count, count);
            Count -= count;
        }
    }

    [Conditional("DEBUG")]
    private void Check()
    {
        int lengthBytes = 0;
        for (int i = 0; i < Count; i++)
        {
            Debug.Assert(_ranges[i].Start < _ranges[i].End && (i == 0 || _ranges[i - 1].End < _ranges[i].Start));
            lengthBytes += _ranges[i].End - _ranges[i].Start;
        }

        Debug.Assert(lengthBytes == LengthBytes && Blocks >= Count);
    }

    private struct Range
    {
        public SequenceNumber Start;
        public SequenceNumber End;
        public PacketBuffer Head;
        public PacketBuffer Tail;
        public Instant Since;
    }
}
