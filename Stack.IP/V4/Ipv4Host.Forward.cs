using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

// The way through the host, where it is a router. RFC 1812 §5.
internal sealed partial class Ipv4Host
{
    private const uint LinkLocalNetwork = 0xA9FE;

    private readonly ForwardPaths? _forwardPaths;

    /// <summary>Takes in a packet that is for none of ours, and not forwarded lately. Takes the ownership.</summary>
    /// <param name="packet">The packet from its header on, which is checked; the padding of the link is cut off.</param>
    /// <param name="header">The header.</param>
    /// <param name="via">Where it arrived.</param>
    /// <param name="isLinkGroup">Whether it was sent to many stations.</param>
    /// <param name="now">The time of the loop's turn.</param>
    private void ReceiveForeign(PacketBuffer packet, Ipv4Header header, Ipv4Interface via, bool isLinkGroup, Instant now)
    {
        if (_forwardPaths is not { } paths || via.Interface.IsLoopback)
        {
            _pool.Drop(packet, DropReason.Ipv4NotForUs);
            return;
        }

        uint destination = header.Destination;
        if (isLinkGroup || (destination >> 24) is 0 or 127 or >= 224 || destination >> 16 == LinkLocalNetwork)
        {
            // RFC 1812 §5.3.4: "a router MUST NOT forward any packet that the router received as a Link Layer broadcast".
            _pool.Drop(packet, DropReason.ForwardRefused);
            return;
        }

        if (paths.Find(destination) is { } path)
        {
            Forward(packet, header, via, path, now);
        }
        else if (AcceptsForwardOptions(packet, header, via, now))
        {
            Refuse(packet, header, via, IcmpErrorKind.NetworkUnreachable, DropReason.NoRoute, now);
        }
    }

    /// <summary>Sends a packet on. Takes the ownership.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Forward(PacketBuffer packet, Ipv4Header header, Ipv4Interface via, IpPath path, Instant now)
    {
        if (header.Source >> 16 == LinkLocalNetwork || path.IsBroadcast)
        {
            // RFC 3927 §7; RFC 2644 §2: directed broadcasts not unless told to.
            _pool.Drop(packet, DropReason.ForwardRefused);
            return;
        }

        if (header.LengthBytes > Ipv4Header.MinimumLengthBytes && !AcceptsForwardOptions(packet, header, via, now))
        {
            return;
        }

        if (Ip.Filter is { } filter && !PassesForwardFilter(filter, packet, header, via, now))
        {
            return;
        }

        if (header.HopLimit <= 1)
        {
            // RFC 1812 §5.3.1: "If the TTL is reduced to zero (or less), the packet MUST be discarded, and if the destination
            // is not a multicast address the router MUST send an ICMP Time Exceeded message".
            Refuse(packet, header, via, IcmpErrorKind.HopLimitExceeded, DropReason.HopLimitExceeded, now);
            return;
        }

        if (header.TotalLengthBytes > path.Interface.MtuBytes && !FitsInSegments(packet, header, path))
        {
            ForwardLarge(packet, header, via, path, now);
            return;
        }

        if (packet.Gso != GsoType.None && (path.Offloads & SegmentationOf(packet.Gso)) == 0)
        {
            ForwardSegments(packet, header, path, now);
            return;
        }

        CarryOffloads(packet, path);
        header.CountHop();
        _counters.Increment(Counter.FramesDelivered);
        _counters.Increment(Counter.IpPacketsForwarded);
        if (packet.Next is null)
        {
            TransmitLink(packet, path, now);
        }
        else
        {
            ForwardChain(packet, path, now);
        }
    }

    /// <summary>Sends a packet of several blocks on: a copy where the device takes fewer.</summary>
    private void ForwardChain(PacketBuffer packet, IpPath path, Instant now)
    {
        if (packet.Gso != GsoType.None || PacketChain.CountBlocks(packet) <= path.Interface.MaximumBlocks)
        {
            TransmitLink(packet, path, now);
            return;
        }

        packet.FillChecksum();
        if (PacketChain.TryCopy(packet, 0, packet.TotalLength) is { } copy)
        {
            TransmitLink(copy, path, now);
        }
        else
        {
            _counters.CountDrop(DropReason.PoolExhausted);
        }

        _pool.Return(packet);
    }

    private bool AcceptsForwardOptions(PacketBuffer packet, Ipv4Header header, Ipv4Interface via, Instant now) =>
        header.LengthBytes == Ipv4Header.MinimumLengthBytes || AcceptsOptions(packet, header, FactsOf(header, via), now);

    /// <summary>What a device has left undone or vouches for, as the next one is to see it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CarryOffloads(PacketBuffer packet, IpPath path)
    {
        if (packet.Checksum == ChecksumState.Validated && packet.Gso == GsoType.None)
        {
            // It is right and in its place.
            packet.Checksum = ChecksumState.None;
        }
        else if (packet.Checksum == ChecksumState.ToBeFilled && (path.Offloads & DeviceOffloads.TransmitChecksumV4) == 0)
        {
            packet.FillChecksum();
        }
    }

    /// <summary>Whether a packet that stands for several is cut into ones that fit.</summary>
    private static bool FitsInSegments(PacketBuffer packet, Ipv4Header header, IpPath path)
    {
        if (packet.Gso == GsoType.None)
        {
            return false;
        }

        const int DataOffset = 12;
        int offset = header.LengthBytes;
        int transportBytes = packet.Gso == GsoType.Udp || packet.Length <= offset + DataOffset
            ? UdpHeader.LengthBytes
            : (packet.Span[offset + DataOffset] >> 4) * 4;
        return offset + transportBytes + packet.GsoSizeBytes <= path.Interface.MtuBytes;
    }

    /// <summary>Answers a packet that cannot be forwarded, and drops it.</summary>
    private void Refuse(
        PacketBuffer packet, Ipv4Header header, Ipv4Interface via, IcmpErrorKind kind, DropReason reason, Instant now, int mtuBytes = 0)
    {
        Icmp.SendError(packet, kind, FactsOf(header, via), now, mtuBytes: mtuBytes);
        _pool.Drop(packet, reason);
    }

    private static IpFacts FactsOf(Ipv4Header header, Ipv4Interface via) => new(
        new IpAddress(header.Source), new IpAddress(header.Destination), via.Interface, header.TrafficClass, header.HopLimit,
        IsUnicast: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool PassesForwardFilter(PacketFilter filter, PacketBuffer packet, Ipv4Header header, Ipv4Interface via, Instant now) =>
        (FilterKey.TryRead(header, packet.Span, out FilterKey key) && filter.Decide(FilterWay.Forward, key) == FilterVerdict.Accept)
        || PassesFilterSlowly(filter, packet, header, via, now);

    private bool PassesFilterSlowly(PacketFilter filter, PacketBuffer packet, Ipv4Header header, Ipv4Interface via, Instant now) =>
        PassesFilter(filter, FilterWay.Forward, packet, FactsOf(header, via), header, now);

    /// <summary>Asks the filter. What it holds back is dropped.</summary>
    private bool PassesFilter(
        PacketFilter filter, FilterWay way, PacketBuffer packet, in IpFacts facts, Ipv4Header header, Instant now)
    {
        if (!FilterKey.TryRead(header, packet.Span, out FilterKey key))
        {
            _pool.Drop(packet, DropReason.FilterFragment);
            return false;
        }

        switch (filter.Decide(way, key))
        {
            case FilterVerdict.Accept:
                return true;
            case FilterVerdict.Reject:
                Icmp.SendError(packet, IcmpErrorKind.Prohibited, facts, now);
                _pool.Drop(packet, DropReason.FilterRejected);
                return false;
            default:
                _pool.Drop(packet, DropReason.FilterDropped);
                return false;
        }
    }
}
