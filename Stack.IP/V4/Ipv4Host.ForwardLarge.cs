using NetStack.Core;

namespace NetStack.IP;

// Packets on their way that are larger than the next link or stand for several.
internal sealed partial class Ipv4Host
{
    /// <remarks>RFC 791 §3.2, RFC 1191 §4, RFC 1812 §5.2.6.</remarks>
    private void ForwardLarge(PacketBuffer packet, Ipv4Header header, Ipv4Interface via, IpPath path, Instant now)
    {
        if (header.DontFragment || packet.Gso != GsoType.None)
        {
            // A packet that stands for several fragments itself no better: its sender has to make smaller segments.
            Refuse(
                packet, header, via, IcmpErrorKind.PacketTooBig, DropReason.PacketTooBig, now, path.Interface.MtuBytes);
            return;
        }

        packet.FillChecksum();
        _counters.Increment(Counter.IpPacketsFragmented);
        bool isWhole = true;
        int headerBytes = header.LengthBytes;
        int payloadBytes = header.TotalLengthBytes - headerBytes;
        int offset = 0;
        Span<byte> options = stackalloc byte[Ipv4Header.MaximumLengthBytes - Ipv4Header.MinimumLengthBytes];
        while (offset < payloadBytes && isWhole)
        {
            // The fragments behind the first carry those options alone that say so.
            int optionBytes = offset == 0 ? CopyAll(header.Options, options) : Ipv4OptionList.CopyToFragment(header.Options, options);
            int fragmentHeaderBytes = Ipv4Header.MinimumLengthBytes + optionBytes;
            int fragmentBytes = Math.Min((path.Interface.MtuBytes - fragmentHeaderBytes) & ~7, payloadBytes - offset);
            if (PacketChain.TryCopy(packet, headerBytes + offset, fragmentBytes) is not { } fragment)
            {
                _pool.Drop(packet, DropReason.PoolExhausted);
                return;
            }

            bool isLast = offset + fragmentBytes == payloadBytes;
            Ipv4Header.Write(fragment.Prepend(fragmentHeaderBytes), options[..optionBytes], new Ipv4Fields(
                header.Source, header.Destination, header.Protocol, fragmentHeaderBytes + fragmentBytes,
                (byte)(header.HopLimit - 1), header.TrafficClass, header.Identification, DontFragment: false,
                MoreFragments: !isLast || header.MoreFragments, header.FragmentOffsetBytes + offset));
            offset += fragmentBytes;

            // Without this fragment the others are of no use.
            isWhole = TransmitLink(fragment, path, now) != TransmitStatus.NoRoom;
        }

        _counters.Increment(Counter.FramesDelivered);
        _counters.Increment(Counter.IpPacketsForwarded);
        _pool.Return(packet);
    }

    /// <summary>Sends a packet on in the parts that it stands for, where the next device does not cut it. Takes the ownership.</summary>
    private void ForwardSegments(PacketBuffer packet, Ipv4Header header, IpPath path, Instant now)
    {
        IpProtocol expected = packet.Gso == GsoType.Udp ? IpProtocol.Udp : IpProtocol.Tcp;
        ReadOnlySpan<byte> headerBytes = packet.Span[..header.LengthBytes];
        packet.RemoveFront(headerBytes.Length);
        SuperPacket whole = new(packet);
        if (!whole.IsValid || header.Protocol != expected)
        {
            _pool.Drop(packet, DropReason.OffloadFactsMalformed);
            return;
        }

        TransmitStatus status = TransmitStatus.Sent;
        ushort identification = header.Identification;
        while (!whole.IsDone && status != TransmitStatus.NoRoom)
        {
            if (whole.TryCut(header.Source, header.Destination) is not { } part)
            {
                _pool.Drop(packet, DropReason.PoolExhausted);
                return;
            }

            int totalBytes = headerBytes.Length + part.TotalLength;
            Ipv4Header.Write(part.Prepend(headerBytes.Length), header.Options, new Ipv4Fields(
                header.Source, header.Destination, header.Protocol, totalBytes, (byte)(header.HopLimit - 1), header.TrafficClass,
                identification++, header.DontFragment));
            _counters.Increment(Counter.IpPacketsForwarded);
            status = TransmitLink(part, path, now);
        }

        _counters.Increment(Counter.FramesDelivered);
        _pool.Return(packet);
    }

    private static int CopyAll(ReadOnlySpan<byte> options, Span<byte> destination)
    {
        options.CopyTo(destination);
        return options.Length;
    }
}
