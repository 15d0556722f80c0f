using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

// Output: the header, and the way to the link.
internal sealed partial class Ipv4Host
{
    /// <summary>Sends one packet. Takes the ownership.</summary>
    /// <remarks>RFC 791 §3.2, RFC 1122 §3.2.1, RFC 6864 §4.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TransmitStatus Transmit(PacketBuffer packet, IpPath path, IpProtocol protocol, in IpSendOptions options, Instant now)
    {
        if (packet.Gso != GsoType.None && (path.Offloads & SegmentationOf(packet.Gso)) == 0)
        {
            return TransmitSegments(packet, path, protocol, options, now);
        }

        int payloadBytes = packet.Length;
        if (packet.Next is not null)
        {
            payloadBytes = packet.TotalLength;
            if (PacketChain.CountBlocks(packet) > path.Interface.MaximumBlocks && packet.Gso == GsoType.None)
            {
                return TransmitCopy(packet, payloadBytes, path, protocol, options, now);
            }
        }

        if (packet.Checksum == ChecksumState.ToBeFilled && (path.Offloads & DeviceOffloads.TransmitChecksumV4) == 0)
        {
            packet.FillChecksum();
        }

        if (path.MtuExpires <= now)
        {
            path.RestoreMtu();
        }

        int totalBytes = payloadBytes + Ipv4Header.MinimumLengthBytes;
        if (totalBytes > path.MtuBytes && packet.Gso == GsoType.None)
        {
            return TransmitLarge(packet, payloadBytes, path, protocol, options, now);
        }

        if (totalBytes > Ipv4Header.MaximumTotalLengthBytes)
        {
            _pool.Drop(packet, DropReason.PacketTooBig);
            return TransmitStatus.TooBig;
        }

        // RFC 6864 §4.1: a packet that is no fragment and may not become one needs no identification.
        bool mayBecomeFragments = path.MayBeFragmented || options.MayBeFragmentedOnTheWay;
        Ipv4Header.Write(packet.Prepend(Ipv4Header.MinimumLengthBytes), new Ipv4Fields(
            path.Source.ValueV4, path.Destination.ValueV4, protocol, totalBytes, HopLimit(options), options.TrafficClass,
            mayBecomeFragments ? NextIdentification() : (ushort)0, DontFragment: !mayBecomeFragments));
        return TransmitLink(packet, path, now);
    }

    /// <summary>Tells the transport of a packet, IP header first, that its next hop does not answer. Takes the ownership.</summary>
    /// <remarks>RFC 1122 §2.4: "The link layer MUST NOT report a Destination Unreachable error ... solely because there is no ARP cache entry", but does when ARP fails.</remarks>
    public void ReportUnreachable(PacketBuffer packet, Instant now)
    {
        bool isReadable = Ipv4Header.TryParseQuote(packet.Span, out Ipv4Header header);
        if (isReadable && _forwardPaths is not null && !IsLocal(header.Source))
        {
            // RFC 1812 §5.2.7.1: the sender of a packet on its way is told that its destination cannot be reached.
            packet.NetworkStart = (ushort)packet.Start;
            Icmp.SendError(packet, IcmpErrorKind.HostUnreachable, FactsOf(header, Ip.Interfaces[0].V4), now);
        }
        else if (isReadable && header.FragmentOffsetBytes == 0)
        {
            Ip.ReportUnreachable(
                header.Protocol, new IpAddress(header.Source), new IpAddress(header.Destination),
                packet.Span[header.LengthBytes..], now);
        }

        _pool.Drop(packet, DropReason.NeighborUnreachable);
    }

    /// <summary>Sends a packet that has its IP header. Takes the ownership.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TransmitStatus TransmitLink(PacketBuffer packet, IpPath path, Instant now)
    {
        _counters.Increment(Counter.IpPacketsTransmitted);
        return path.Neighbor is { State: NeighborState.Reachable } neighbor
            ? TransmitPort(packet, path, neighbor.LinkAddress, now)
            : FindLink(packet, path, now);
    }

    private TransmitStatus FindLink(PacketBuffer packet, IpPath path, Instant now)
    {
        switch (path.Kind)
        {
            case PathKind.Neighbor:
                return path.Interface.V4.Arp!.Neighbors.Transmit(packet, path, now);
            case PathKind.FixedLink:
                return TransmitPort(packet, path, path.LinkAddress, now);
            default:
                return Ip.TransmitLoopback(packet, now);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TransmitStatus TransmitPort(PacketBuffer packet, IpPath path, MacAddress destination, Instant now) =>
        path.Interface.Port.Transmit(packet, destination, EtherType.IPv4, now) ? TransmitStatus.Sent : TransmitStatus.NoRoom;

    /// <summary>The identification of the next packet that is a fragment or may become one.</summary>
    /// <remarks>RFC 6864 §4.3, RFC 7739 (unpredictable).</remarks>
    private ushort NextIdentification() => Ip.Entropy.NextUInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte HopLimit(in IpSendOptions options) =>
        options.HopLimit != 0 ? options.HopLimit : Ip.Options.DefaultHopLimit;

    // The device takes fewer blocks in a frame than the packet has.
    private TransmitStatus TransmitCopy(
        PacketBuffer packet, int payloadBytes, IpPath path, IpProtocol protocol, in IpSendOptions options, Instant now)
    {
        packet.FillChecksum();
        PacketBuffer? copy = PacketChain.TryCopy(packet, 0, payloadBytes);
        if (copy is null)
        {
            _pool.Drop(packet, DropReason.PoolExhausted);
            return TransmitStatus.OutOfMemory;
        }

        _pool.Return(packet);
        return Transmit(copy, path, protocol, options, now);
    }
}
