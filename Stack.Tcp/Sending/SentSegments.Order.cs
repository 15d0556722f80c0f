namespace NetStack.Tcp;

// The order of transmission: a list through the slots of those neither delivered nor lost, the one sent longest ago first.
internal partial struct SentSegments
{
    private void LinkLatest(int slot)
    {
        ref SentSegment segment = ref _slots[slot];
        segment.Later = NoSlot;
        segment.Earlier = _latest;
        if (_latest == NoSlot)
        {
            _earliest = slot;
        }
        else
        {
            _slots[_latest].Later = slot;
        }

        _latest = slot;
    }

    /// <summary>Puts a segment back where it stood in the order of transmission.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="cursor">The slot of one put back before: neighbours were mostly sent one after the other.</param>
    /// <returns>The slot, the cursor of the next.</returns>
    private int LinkInOrder(int slot, int cursor)
    {
        ref SentSegment segment = ref _slots[slot];
        int earlier = cursor != NoSlot && _slots[cursor].SentAt <= segment.SentAt ? cursor : NoSlot;
        int later = earlier == NoSlot ? _earliest : _slots[earlier].Later;
        while (later != NoSlot && _slots[later].SentAt <= segment.SentAt)
        {
            earlier = later;
            later = _slots[later].Later;
        }

        segment.Earlier = earlier;
        segment.Later = later;
        if (earlier == NoSlot)
        {
            _earliest = slot;
        }
        else
        {
            _slots[earlier].Later = slot;
        }

        if (later == NoSlot)
        {
            _latest = slot;
        }
        else
        {
            _slots[later].Earlier = slot;
        }

        return slot;
    }

    private void Unlink(int slot)
    {
        SentSegment segment = _slots[slot];
        if (segment.Earlier == NoSlot)
        {
            _earliest = segment.Later;
        }
        else
        {
            _slots[segment.Earlier].Later = segment.Later;
        }

        if (segment.Later == NoSlot)
        {
            _latest = segment.Earlier;
        }
        else
        {
            _slots[segment.Later].Earlier = segment.Earlier;
        }
    }
}
