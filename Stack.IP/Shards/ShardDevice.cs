using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// A queue of a device as one shard sees it: what it receives is the shard's own, whichever queue it came by. Frames of other
/// shards are handed to them.
/// </summary>
internal sealed class ShardDevice(IEthernetDevice queue, HostShard shard, ShardLinks links) : IEthernetDevice
{
    // Link header, an ICMP error, and what it quotes: two IP headers at their longest, and the ports.
    private const int SteeringBytes = EthernetHeader.LengthBytes + (2 * Ipv4Header.MaximumLengthBytes) + (2 * IcmpHeader.LengthBytes);

    private readonly PacketBuffer[] _incoming = new PacketBuffer[EthernetPort.BurstFrames];
    private readonly DeviceMedium _medium = queue.Capabilities.Medium;
    private readonly MacAddress _address = queue.Address;
    private PacketPool _pool = null!;
    private Action _wake = null!;

    public string Name => queue.Name;

    public MacAddress Address => _address;

    public DeviceCapabilities Capabilities => queue.Capabilities;

    public IEthernetDevice Source => queue.Source;

    public void Attach(PacketPool pool, Action wake)
    {
        _pool = pool;
        _wake = wake;
        queue.Attach(pool, wake);
        links.Attach(pool, wake);
    }

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        // What others handed over came earlier than what is in the queue. Half of the burst at most: whoever hands over
        // much cannot keep this shard from its own queue.
        int half = (burst.Length + 1) / 2;
        int count = links.Receive(burst[..half], now);
        Span<PacketBuffer> incoming = _incoming.AsSpan(0, Math.Min(burst.Length - count, _incoming.Length));
        bool mayHaveMore = count == half;
        int taken = queue.Receive(incoming, now);
        mayHaveMore |= taken == incoming.Length;
        for (int i = 0; i < taken; i++)
        {
            PacketBuffer frame = _incoming[i];
            _incoming[i] = null!;
            if (frame.Next is not null && frame.Length < SteeringBytes)
            {
                // Where there is no room the packet is cut as no device cuts it, and the host drops it.
                frame.TryPullUp(SteeringBytes);
            }

            int owner = ShardOf(frame.Span);
            if (shard.IsForeign(owner))
            {
                links.Append(owner, frame, now);
                continue;
            }

            if (owner == FlowSteering.Everyone)
            {
                HandCopies(frame, now);
            }

            burst[count++] = frame;
        }

        links.Flush(now);
        if (mayHaveMore && count < burst.Length)
        {
            // Not a full burst, as some were not ours; but more may wait, whose arrival has woken the loop already.
            _wake();
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now) => queue.Transmit(burst, now);

    public void Reclaim()
    {
        queue.Reclaim();
        links.Reclaim();
    }

    public void ReleaseBuffers() => queue.ReleaseBuffers();

    /// <inheritdoc/>
    public void FilterGroups(ReadOnlySpan<MacAddress> groups) => queue.FilterGroups(groups);

    public IDeviceWaiter? CreateWaiter() => queue.CreateWaiter();

    /// <summary>Hands a packet to the shard that it belongs to. Takes the ownership.</summary>
    /// <param name="packet">The packet, from its IP header on, with room before it for a link header.</param>
    /// <param name="owner">The shard.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public void HandOver(PacketBuffer packet, int owner, Instant now)
    {
        if (_medium == DeviceMedium.Ethernet)
        {
            EthernetHeader.Write(packet.Prepend(EthernetHeader.LengthBytes), _address, _address, EtherType.IPv4);
        }

        links.Append(owner, packet, now);
        links.Flush(now);
    }

    /// <summary>Unplugs nothing: queue and cables have owners of their own.</summary>
    public void Dispose()
    {
    }

    private int ShardOf(ReadOnlySpan<byte> frame)
    {
        if (_medium == DeviceMedium.Ethernet
            && EthernetHeader.TryParse(frame, out EthernetHeader header)
            && header.Destination is { IsGroup: false } destination
            && destination != _address)
        {
            // Not ours: it goes no further, wherever it is dropped.
            return FlowSteering.Anyone;
        }

        return shard.Group.Steering.ShardOfFrame(frame, _medium);
    }

    // Copies, not slices: an answer may be written over the frame.
    private void HandCopies(PacketBuffer frame, Instant now)
    {
        for (int other = 0; other < links.Count; other++)
        {
            if (other == shard.Index)
            {
                continue;
            }

            if (_pool.TryLeaseCopy(frame.Span) is { } copy)
            {
                links.Append(other, copy, now);
            }
            else
            {
                _pool.Counters.CountDrop(DropReason.PoolExhausted);
            }
        }
    }
}
