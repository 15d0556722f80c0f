namespace NetStack.Tcp;

// What selective acknowledgments tell of the ranges. RFC 2018 §4, RFC 2883 §4.
internal sealed partial class Reassembly
{
    /// <summary>The first stretch of a segment that is held already.</summary>
    /// <remarks>RFC 2883 §4.</remarks>
    public bool TryFindOverlap(SequenceNumber start, SequenceNumber end, out SackBlock overlap)
    {
        int index = FindFrom(start + 1);
        bool isFound = index < Count && _ranges[index].Start < end;
        overlap = isFound
            ? new SackBlock(SequenceNumber.Max(start, _ranges[index].Start), SequenceNumber.Min(end, _ranges[index].End))
            : default;
        return isFound;
    }

    /// <summary>Whether a range has grown since the last report.</summary>
    public bool HasUnreported => _order.Unreported > 0;

    /// <summary>How many ranges have grown since the last report, once a segment is taken in that starts here.</summary>
    public int UnreportedWith(SequenceNumber start)
    {
        int index = FindFrom(start);
        bool isKnown = index < Count && _ranges[index].Start <= start && _order.IsUnreported(_ranges[index].Start, _ranges[index].End);
        return _order.Unreported + (isKnown ? 0 : 1);
    }

    /// <summary>Adds the ranges to the blocks of an option, up to a number of blocks: those that grew last first, then from the lowest on.</summary>
    /// <remarks>RFC 2018 §4: "The data receiver SHOULD include as many distinct SACK blocks as possible in the SACK option."</remarks>
    public void Report(ref SackBlocks blocks, int limit)
    {
        int own = blocks.Count;
        for (int i = 0; i < _order.Count && blocks.Count < limit;)
        {
            int index = FindFrom(_order[i] + 1);
            if (index < Count && _ranges[index].Start <= _order[i])
            {
                blocks.Add(new SackBlock(_ranges[index].Start, _ranges[index].End));
                i++;
            }
            else
            {
                _order.RemoveAt(i);
            }
        }

        for (int index = 0; index < Count && blocks.Count < limit; index++)
        {
            SackBlock block = new(_ranges[index].Start, _ranges[index].End);
            if (!IsAmong(blocks, own, block))
            {
                blocks.Add(block);
            }
        }

        _order.Reported();
    }

    /// <summary>An acknowledgment has gone out that tells of no ranges.</summary>
    public void Reported() => _order.Reported();

    private static bool IsAmong(in SackBlocks blocks, int first, SackBlock block)
    {
        for (int i = first; i < blocks.Count; i++)
        {
            if (blocks[i] == block)
            {
                return true;
            }
        }

        return false;
    }
}
