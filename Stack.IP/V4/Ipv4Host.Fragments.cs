using NetStack.Core;

namespace NetStack.IP;

// Packets larger than a link.
internal sealed partial class Ipv4Host
{
    /// <summary>The transport header that a transport finds in one piece, where the packet has as much.</summary>
    private const int TransportHeaderBytes = 60;

    /// <summary>The packets that wait for fragments.</summary>
    public Ipv4Reassembler Reassembler { get; }

    private void ReceiveFragment(PacketBuffer packet, IpProtocol protocol, IpFacts facts, Instant now)
    {
        if (Reassembler.Receive(packet, ref facts, now) is not { } whole)
        {
            return;
        }

        if (!whole.TryPullUp(TransportHeaderBytes))
        {
            _pool.Drop(whole, DropReason.FragmentMalformed);
            return;
        }

        if (Ip.Shard is { } shard
            && shard.Group.Steering.ShardOfPayload(protocol, facts.Source, facts.Destination, whole.Span) is var owner
            && shard.IsForeign(owner))
        {
            HandOver(whole, owner, protocol, facts, now);
            return;
        }

        Deliver(whole, protocol, facts, now);
    }

    /// <summary>Hands a packet that was put together here to the shard that it belongs to, as if it had arrived whole. Takes the ownership.</summary>
    private void HandOver(PacketBuffer whole, int owner, IpProtocol protocol, in IpFacts facts, Instant now)
    {
        int totalBytes = Ipv4Header.MinimumLengthBytes + whole.TotalLength;
        if (facts.Interface.Queue is not { } queue || _pool.TryLease() is not { } head)
        {
            _pool.Drop(whole, DropReason.PoolExhausted);
            return;
        }

        Ipv4Header.Write(head.Extend(Ipv4Header.MinimumLengthBytes), new Ipv4Fields(
            facts.Source.ValueV4, facts.Destination.ValueV4, protocol, totalBytes, facts.HopLimit, facts.TrafficClass));
        head.Append(whole);

        // Its owner counts it as received once more.
        _counters.Increment(Counter.FramesDelivered);
        queue.HandOver(head, owner, now);
    }

    /// <summary>Sends a packet larger than its path, in fragments if it may be. Takes the ownership.</summary>
    /// <remarks>RFC 791 §3.2. The fragments are copies: the packet's blocks may end anywhere.</remarks>
    private TransmitStatus TransmitLarge(
        PacketBuffer packet, int payloadBytes, IpPath path, IpProtocol protocol, in IpSendOptions options, Instant now)
    {
        if (!options.AllowFragmentation || payloadBytes > Ipv4Header.MaximumTotalLengthBytes - Ipv4Header.MinimumLengthBytes)
        {
            _pool.Drop(packet, DropReason.PacketTooBig);
            return TransmitStatus.TooBig;
        }

        packet.FillChecksum();
        _counters.Increment(Counter.IpPacketsFragmented);
        ushort identification = NextIdentification();
        int fragmentBytes = (path.MtuBytes - Ipv4Header.MinimumLengthBytes) & ~7;
        TransmitStatus status = TransmitStatus.Sent;
        for (int offset = 0; offset < payloadBytes; offset += fragmentBytes)
        {
            int lengthBytes = Math.Min(fragmentBytes, payloadBytes - offset);
            if (PacketChain.TryCopy(packet, offset, lengthBytes) is not { } fragment)
            {
                _pool.Drop(packet, DropReason.PoolExhausted);
                return TransmitStatus.OutOfMemory;
            }

            Ipv4Header.Write(fragment.Prepend(Ipv4Header.MinimumLengthBytes), new Ipv4Fields(
                path.Source.ValueV4, path.Destination.ValueV4, protocol, Ipv4Header.MinimumLengthBytes + lengthBytes,
                HopLimit(options), options.TrafficClass, identification, DontFragment: false,
                MoreFragments: offset + lengthBytes < payloadBytes, offset));
            status = TransmitLink(fragment, path, now);
            if (status == TransmitStatus.NoRoom)
            {
                // Without this fragment the others are of no use.
                break;
            }
        }

        _pool.Return(packet);
        return status;
    }
}
