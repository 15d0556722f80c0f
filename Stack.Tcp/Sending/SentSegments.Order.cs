namespace NetStack.Tcp;

// The order of transmission: a list through the slots of those neither delivered nor lost, the one sent longest ago first.
internal partial struct SentSegments
{
    // Enough for Limit segments and one more.
    private const int SortedLists = 17;

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

    /// <summary>Takes a mark off all segments that have it, and puts them back where they stood in the order of transmission.</summary>
    /// <remarks>A merge sort through the links: what a peer makes us forget may have been sent in any order.</remarks>
    private void LinkAgain(SentSegmentMarks mark)
    {
        // Each place holds a sorted list of twice as many segments as the one before, or none.
        Span<int> lists = stackalloc int[SortedLists];
        lists.Fill(NoSlot);
        for (int i = 0; i < Count; i++)
        {
            int list = Slot(i);
            if ((_slots[list].Marks & mark) == 0)
            {
                continue;
            }

            _slots[list].Marks &= ~mark;
            _slots[list].Later = NoSlot;
            int place = 0;
            for (; lists[place] != NoSlot; place++)
            {
                list = Merge(lists[place], list);
                lists[place] = NoSlot;
            }

            lists[place] = list;
        }

        int all = NoSlot;
        foreach (int list in lists)
        {
            all = Merge(list, all);
        }

        _earliest = Merge(_earliest, all);
        _latest = NoSlot;
        for (int slot = _earliest; slot != NoSlot; slot = _slots[slot].Later)
        {
            _slots[slot].Earlier = _latest;
            _latest = slot;
        }
    }

    /// <summary>Makes one list of two, each linked forwards in the order of transmission.</summary>
    private readonly int Merge(int first, int second)
    {
        int head = NoSlot;
        int tail = NoSlot;
        while (first != NoSlot && second != NoSlot)
        {
            ref int from = ref _slots[first].SentAt <= _slots[second].SentAt ? ref first : ref second;
            int next = from;
            from = _slots[next].Later;
            if (tail == NoSlot)
            {
                head = next;
            }
            else
            {
                _slots[tail].Later = next;
            }

            tail = next;
        }

        int rest = first != NoSlot ? first : second;
        if (tail == NoSlot)
        {
            return rest;
        }

        _slots[tail].Later = rest;
        return head;
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
