using System.Runtime.CompilerServices;

namespace NetStack.Tcp;

/// <summary>The ranges behind gaps in the order in which SACK tells of them: the one that last grew first. A range is known by a position in it.</summary>
/// <remarks>RFC 2018 §4: "The first SACK block MUST specify the contiguous block of data containing the segment which triggered this ACK".</remarks>
internal struct SackOrder
{
    private Positions _positions;

    /// <summary>The ranges known, at most four.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them have grown since the last report: they stand first.</summary>
    public int Unreported { get; private set; }

    /// <summary>A position in one of the ranges.</summary>
    public readonly SequenceNumber this[int index] => _positions[index];

    /// <summary>A range has grown, or begun: it comes first, and what it has swallowed is forgotten.</summary>
    public void Grew(SequenceNumber start, SequenceNumber end)
    {
        int kept = 0;
        int unreported = 0;
        for (int i = 0; i < Count; i++)
        {
            SequenceNumber position = _positions[i];
            if (position < start || position >= end)
            {
                unreported += i < Unreported ? 1 : 0;
                _positions[kept++] = position;
            }
        }

        kept = Math.Min(kept, SackBlocks.Limit - 1);
        for (int i = kept; i > 0; i--)
        {
            _positions[i] = _positions[i - 1];
        }

        _positions[0] = start;
        Count = kept + 1;
        Unreported = Math.Min(unreported + 1, Count);
    }

    /// <summary>Forgets a range that is not behind a gap any more.</summary>
    public void RemoveAt(int index)
    {
        Count--;
        Unreported -= index < Unreported ? 1 : 0;
        for (int i = index; i < Count; i++)
        {
            _positions[i] = _positions[i + 1];
        }
    }

    /// <summary>A report has gone out.</summary>
    public void Reported() => Unreported = 0;

    /// <summary>Whether one of the ranges that grew since the last report lies between two sequence numbers.</summary>
    public readonly bool IsUnreported(SequenceNumber start, SequenceNumber end)
    {
        for (int i = 0; i < Unreported; i++)
        {
            if (_positions[i] >= start && _positions[i] < end)
            {
                return true;
            }
        }

        return false;
    }

    [InlineArray(SackBlocks.Limit)]
    private struct Positions
    {
        private SequenceNumber _first;
    }
}
