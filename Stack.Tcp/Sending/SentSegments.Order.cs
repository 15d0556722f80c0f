using NetStack.Core;

namespace NetStack.Tcp;

// The order of transmission: a list through the slots of those neither delivered nor lost, the one sent longest ago first.
// Segments of one turn of the loop share its time: among those the sequence number decides, as RFC 8985 §6.2 says.
internal partial struct SentSegments
{
    /// <summary>
    /// Takes for lost what was sent before the segment delivered latest, by more than its round trip and a window for
    /// reordering.
    /// </summary>
    /// <param name="latest">The segment delivered that was sent last.</param>
    /// <param name="reorderingWindow">RACK.reo_wnd.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="lostBytes">The bytes newly lost are added.</param>
    /// <returns>How long to wait until all that was sent before is lost; zero where nothing is suspected.</returns>
    /// <remarks>
    /// RFC 8985 §6.2, step 5. What it costs is what is newly lost and newly suspected: an acknowledgment that tells of
    /// nothing costs nothing, however much is suspected already.
    /// </remarks>
    public Duration DetectLosses(in LatestDelivery latest, Duration reorderingWindow, Instant now, ref long lostBytes)
    {
        Instant lateBefore = now - latest.RoundTrip - reorderingWindow;
        while (_earliest != NoSlot && _slots[_earliest].SentAt <= lateBefore && IsSentBefore(_earliest, latest.SentAt, latest.End))
        {
            lostBytes += MarkLost(IndexAt(_earliest));
        }

        while (_overtaken != NoSlot && !IsSentBefore(_overtaken, latest.SentAt, latest.End))
        {
            _overtaken = _slots[_overtaken].Earlier;
        }

        int next = _overtaken == NoSlot ? _earliest : _slots[_overtaken].Later;
        while (next != NoSlot && IsSentBefore(next, latest.SentAt, latest.End))
        {
            _overtaken = next;
            next = _slots[next].Later;
        }

        return _overtaken == NoSlot ? Duration.Zero : _slots[_overtaken].SentAt - lateBefore;
    }

    private readonly bool IsSentBefore(int slot, Instant sentAt, SequenceNumber end)
    {
        ref readonly SentSegment segment = ref _slots[slot];
        return segment.SentAt < sentAt || (segment.SentAt == sentAt && segment.End < end);
    }

    private readonly bool IsSentBefore(int slot, int other) => IsSentBefore(slot, _slots[other].SentAt, _slots[other].End);

    private void LinkLatest(int slot)
    {
        // What is sent again in the turn in which new data was sent goes before that.
        int earlier = _latest;
        while (earlier != NoSlot && IsSentBefore(slot, earlier))
        {
            earlier = _slots[earlier].Earlier;
        }

        int later = earlier == NoSlot ? _earliest : _slots[earlier].Later;
        Join(earlier, slot);
        Join(slot, later);
    }

    private void Unlink(int slot)
    {
        int earlier = _slots[slot].Earlier;
        _overtaken = _overtaken == slot ? earlier : _overtaken;
        Join(earlier, _slots[slot].Later);
    }

    /// <summary>Makes two slots neighbours in the list; none stands for its end.</summary>
    private void Join(int earlier, int later)
    {
        if (earlier == NoSlot)
        {
            _earliest = later;
        }
        else
        {
            _slots[earlier].Later = later;
        }

        if (later == NoSlot)
        {
            _latest = earlier;
        }
        else
        {
            _slots[later].Earlier = earlier;
        }
    }

    /// <summary>Makes the list anew, after much has come back to it: neighbours in the ring were mostly sent one after the other.</summary>
    private void Order()
    {
        // Chains are merged with chains made of as many: n log n, however the times are mixed.
        Span<int> chains = stackalloc int[32];
        chains.Fill(NoSlot);
        int first = NoSlot;
        int last = NoSlot;
        for (int i = 0; i < Count; i++)
        {
            int slot = Slot(i);
            if (!_slots[slot].IsUnderway)
            {
                continue;
            }

            if (last != NoSlot && IsSentBefore(last, slot))
            {
                _slots[last].Later = slot;
            }
            else
            {
                AddChain(chains, first);
                first = slot;
            }

            last = slot;
            _slots[slot].Later = NoSlot;
        }

        AddChain(chains, first);
        int all = NoSlot;
        foreach (int chain in chains)
        {
            all = Merge(chain, all);
        }

        _earliest = _latest = _overtaken = NoSlot;
        while (all != NoSlot)
        {
            int next = _slots[all].Later;
            Join(_latest, all);
            Join(all, NoSlot);
            all = next;
        }
    }

    private readonly void AddChain(Span<int> chains, int chain)
    {
        if (chain == NoSlot)
        {
            return;
        }

        int i = 0;
        for (; chains[i] != NoSlot; i++)
        {
            chain = Merge(chains[i], chain);
            chains[i] = NoSlot;
        }

        chains[i] = chain;
    }

    private readonly int Merge(int one, int other)
    {
        int first = NoSlot;
        int last = NoSlot;
        while (one != NoSlot && other != NoSlot)
        {
            bool isOne = IsSentBefore(one, other);
            int next = isOne ? one : other;
            one = isOne ? _slots[one].Later : one;
            other = isOne ? other : _slots[other].Later;
            if (last == NoSlot)
            {
                first = next;
            }
            else
            {
                _slots[last].Later = next;
            }

            last = next;
        }

        int rest = one == NoSlot ? other : one;
        if (last == NoSlot)
        {
            return rest;
        }

        _slots[last].Later = rest;
        return first;
    }
}
