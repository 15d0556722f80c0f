using NetStack.Core;

namespace NetStack.IP;

/// <summary>One packet whose fragments arrive. No two of them may overlap: what overlaps is an error or an attack.</summary>
/// <remarks>RFC 791 §3.2, RFC 1122 §3.3.2; overlaps in the manner of RFC 5722 §3.</remarks>
internal sealed class Reassembly(Ipv4Reassembler reassembler) : TimerNode, IAged<Reassembly>
{
    private const int InitialFragments = 8;

    // By offset, lowest first.
    private (int Offset, int Length, PacketBuffer Packet)[] _fragments = new (int, int, PacketBuffer)[InitialFragments];
    private int _receivedBytes;
    private int _totalBytes;

    /// <summary>What its fragments have in common.</summary>
    public FragmentKey Key { get; private set; }

    /// <summary>What the header of the first fragment told, or that of any as long as the first is missing.</summary>
    public IpFacts Facts { get; private set; }

    /// <summary>The fragments kept.</summary>
    public int Count { get; private set; }

    /// <summary>The pool memory they hold.</summary>
    public int HeldBytes { get; private set; }

    /// <summary>Whether fragments overlapped: the rest of them are dropped as they come.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether the first fragment is there, so that an ICMP error can quote it.</summary>
    public bool HasFirst => Count > 0 && _fragments[0].Offset == 0;

    /// <summary>The fragment of the lowest offset.</summary>
    public PacketBuffer First => _fragments[0].Packet;

    public Reassembly? Older { get; set; }

    public Reassembly? Newer { get; set; }

    /// <summary>Makes it ready for a packet.</summary>
    public void Open(FragmentKey key, in IpFacts facts)
    {
        Key = key;
        Facts = facts;
        _totalBytes = -1;
        _receivedBytes = 0;
        IsRefused = false;
    }

    /// <summary>Adds a fragment, its header stripped. Keeps it where the outcome says so; otherwise it stays the caller's.</summary>
    public FragmentOutcome Append(PacketBuffer packet, int offset, int lengthBytes, bool isLast, in IpFacts facts)
    {
        int end = offset + lengthBytes;
        int position = Count;
        while (position > 0 && _fragments[position - 1].Offset > offset)
        {
            position--;
        }

        if (position > 0 && _fragments[position - 1] is var before && before.Offset + before.Length > offset)
        {
            bool isSame = before.Offset == offset && before.Length == lengthBytes && isLast == (end == _totalBytes);
            return isSame ? FragmentOutcome.Duplicate : FragmentOutcome.Overlap;
        }

        bool isBeyondEnd = _totalBytes >= 0 && (isLast || end > _totalBytes);
        bool isNotLast = isLast && position < Count;
        if (isBeyondEnd || isNotLast || (position < Count && _fragments[position].Offset < end))
        {
            return FragmentOutcome.Overlap;
        }

        Insert(position, offset, lengthBytes, packet);
        MergeFacts(facts, isFirst: offset == 0);
        _totalBytes = isLast ? end : _totalBytes;
        return _receivedBytes == _totalBytes ? FragmentOutcome.Completed : FragmentOutcome.Kept;
    }

    /// <summary>Chains the fragments to one packet, now the caller's.</summary>
    public PacketBuffer Join()
    {
        PacketBuffer whole = First;
        PacketBuffer last = whole.Last;
        for (int i = 1; i < Count; i++)
        {
            last.Append(_fragments[i].Packet);
            last = _fragments[i].Packet.Last;
        }

        Forget();
        return whole;
    }

    /// <summary>Drops what was kept.</summary>
    public void DropFragments(PacketPool pool, DropReason reason)
    {
        for (int i = 0; i < Count; i++)
        {
            pool.Drop(_fragments[i].Packet, reason);
        }

        Forget();
    }

    /// <summary>From now on every fragment is refused.</summary>
    public void Refuse() => IsRefused = true;

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now) => reassembler.TimerExpired(this, now);

    private void Insert(int position, int offset, int lengthBytes, PacketBuffer packet)
    {
        if (Count == _fragments.Length)
        {
            Array.Resize(ref _fragments, _fragments.Length * 2);
        }

        Array.Copy(_fragments, position, _fragments, position + 1, Count - position);
        _fragments[position] = (offset, lengthBytes, packet);
        Count++;
        _receivedBytes += lengthBytes;
        HeldBytes += PacketChain.HeldBytes(packet);
    }

    // The whole packet has the header of its first fragment, but congestion seen by any of them (RFC 3168 §5.3).
    private void MergeFacts(in IpFacts facts, bool isFirst)
    {
        const byte CongestionExperienced = 3;
        bool isCongested = (facts.TrafficClass & CongestionExperienced) == CongestionExperienced
            || (Facts.TrafficClass & CongestionExperienced) == CongestionExperienced;
        IpFacts merged = isFirst ? facts : Facts;
        byte trafficClass = (byte)(merged.TrafficClass | (isCongested ? CongestionExperienced : 0));
        Facts = merged with { TrafficClass = trafficClass };
    }

    private void Forget()
    {
        Array.Clear(_fragments, 0, Count);
        Count = 0;
        HeldBytes = 0;
    }
}
