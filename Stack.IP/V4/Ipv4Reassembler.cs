using NetStack.Core;

namespace NetStack.IP;

/// <summary>Puts packets together from their fragments, within limits of time, number and memory.</summary>
/// <remarks>RFC 791 §3.2, RFC 1122 §3.3.2, RFC 1858, RFC 3128.</remarks>
internal sealed class Ipv4Reassembler
{
    // What a first fragment must hold, so that no filter on the way judged a packet by less than its ports and flags.
    private const int MinimumFirstBytes = 8;
    private const int MinimumFirstTcpBytes = 20;

    private readonly Ipv4Host _host;
    private readonly PacketPool _pool;
    private readonly IpHostOptions _options;
    private readonly Dictionary<FragmentKey, Reassembly> _reassemblies = [];
    private readonly Stack<Reassembly> _free = new();
    private AgeList<Reassembly> _byAge;
    private int _heldBytes;

    public Ipv4Reassembler(Ipv4Host host)
    {
        _host = host;
        _pool = host.Ip.Pool;
        _options = host.Ip.Options;
    }

    /// <summary>The packets that wait for fragments.</summary>
    public int Count => _reassemblies.Count;

    /// <summary>Takes a fragment in, whose header was checked and still stands before its data. Takes the ownership.</summary>
    /// <param name="packet">The fragment.</param>
    /// <param name="facts">What its header told; with a whole packet, what that of the first fragment told.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>The whole packet, headers stripped, now the caller's; null where fragments are missing.</returns>
    public PacketBuffer? Receive(PacketBuffer packet, ref IpFacts facts, Instant now)
    {
        if (!Ipv4Header.TryParseQuote(packet.Span, out Ipv4Header header) || !IsSound(header))
        {
            _pool.Drop(packet, DropReason.FragmentMalformed);
            return null;
        }

        int headerBytes = header.LengthBytes;
        FragmentKey key = new(header.Source, header.Destination, header.Identification, header.Protocol);
        int heldBytes = PacketChain.HeldBytes(packet);
        if (!_reassemblies.TryGetValue(key, out Reassembly? reassembly))
        {
            reassembly = Open(key, facts, now);
        }

        if (!reassembly.IsRefused && !TryMakeRoom(heldBytes, reassembly))
        {
            _pool.Drop(packet, DropReason.FragmentQueueFull);
            return null;
        }

        packet.RemoveFront(headerBytes);
        _heldBytes -= reassembly.HeldBytes;
        FragmentOutcome outcome = reassembly.IsRefused
            ? FragmentOutcome.Overlap
            : reassembly.Append(
                packet, header.FragmentOffsetBytes, header.TotalLengthBytes - headerBytes, !header.MoreFragments, facts);
        _heldBytes += reassembly.HeldBytes;
        return Finish(reassembly, packet, outcome, ref facts);
    }

    /// <summary>Gives up all packets that wait for fragments.</summary>
    public void Clear()
    {
        while (_byAge.Oldest is { } oldest)
        {
            Close(oldest, DropReason.HostClosed);
        }
    }

    /// <summary>The packet's time is up.</summary>
    public void TimerExpired(Reassembly reassembly, Instant now)
    {
        if (reassembly.HasFirst)
        {
            // RFC 1122 §3.3.2: "an ICMP Time Exceeded message SHOULD be sent to the source host (if its fragment zero
            // has been received)".
            _host.Icmp.SendError(reassembly.First, IcmpErrorKind.ReassemblyTimeExceeded, reassembly.Facts, now);
        }

        Close(reassembly, DropReason.FragmentTimeout);
    }

    private PacketBuffer? Finish(Reassembly reassembly, PacketBuffer packet, FragmentOutcome outcome, ref IpFacts facts)
    {
        switch (outcome)
        {
            case FragmentOutcome.Kept:
                return null;
            case FragmentOutcome.Duplicate:
                _pool.Drop(packet, DropReason.FragmentDuplicate);
                return null;
            case FragmentOutcome.Overlap:
                // RFC 5722 §3: "the entire datagram (and any constituent fragments, including those not yet received)
                // MUST be silently discarded": it stays refused until its time is up.
                _heldBytes -= reassembly.HeldBytes;
                reassembly.DropFragments(_pool, DropReason.FragmentOverlap);
                reassembly.Refuse();
                _pool.Drop(packet, DropReason.FragmentOverlap);
                return null;
        }

        facts = reassembly.Facts;
        int fragments = reassembly.Count;
        _heldBytes -= reassembly.HeldBytes;
        PacketBuffer whole = reassembly.Join();
        Close(reassembly, DropReason.FragmentTimeout);

        // The transport accounts for one frame; the others end here.
        _host.Ip.Counters.Add(Counter.FramesDelivered, fragments - 1);
        _host.Ip.Counters.Increment(Counter.IpPacketsReassembled);
        whole.Checksum = ChecksumState.None;
        whole.Gso = GsoType.None;
        return whole;
    }

    private static bool IsSound(Ipv4Header header)
    {
        int offset = header.FragmentOffsetBytes;
        int lengthBytes = header.TotalLengthBytes - header.LengthBytes;
        bool isTcp = header.Protocol == IpProtocol.Tcp;
        if (offset == 0 && lengthBytes < (isTcp ? MinimumFirstTcpBytes : MinimumFirstBytes))
        {
            return false;
        }

        // RFC 3128 §4: a second fragment at offset 8 could rewrite the flags of a TCP header.
        return lengthBytes > 0
            && (lengthBytes % 8 == 0 || !header.MoreFragments)
            && header.LengthBytes + offset + lengthBytes <= Ipv4Header.MaximumTotalLengthBytes
            && !(isTcp && offset == 8);
    }

    private Reassembly Open(FragmentKey key, in IpFacts facts, Instant now)
    {
        while (_reassemblies.Count >= _options.MaximumReassemblies && _byAge.Oldest is { } oldest)
        {
            Close(oldest, DropReason.FragmentQueueFull);
        }

        Reassembly reassembly = _free.TryPop(out Reassembly? free) ? free : new Reassembly(this);
        reassembly.Open(key, facts);
        _reassemblies.Add(key, reassembly);
        _byAge.Append(reassembly);
        _host.Ip.Timers.Schedule(reassembly, now + _options.ReassemblyTimeout);
        return reassembly;
    }

    // The oldest packets give way. Where the fragment's own is the oldest, it is the one that asks for too much.
    private bool TryMakeRoom(int heldBytes, Reassembly reassembly)
    {
        while (_heldBytes + heldBytes > _options.ReassemblyBytes && _byAge.Oldest is { } oldest)
        {
            Close(oldest, DropReason.FragmentQueueFull);
            if (oldest == reassembly)
            {
                return false;
            }
        }

        return true;
    }

    private void Close(Reassembly reassembly, DropReason reason)
    {
        _heldBytes -= reassembly.HeldBytes;
        reassembly.DropFragments(_pool, reason);
        _host.Ip.Timers.Cancel(reassembly);
        _reassemblies.Remove(reassembly.Key);
        _byAge.Remove(reassembly);
        _free.Push(reassembly);
    }
}
