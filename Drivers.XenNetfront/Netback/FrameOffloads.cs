using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The work on frames that Linux does around its netback: finding the transport header, cutting super-frames. A super-frame's
/// TCP header stands right behind its IPv4 or IPv6 header, in its first block.
/// </summary>
internal static class FrameOffloads
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const int Ipv4Bytes = 20;
    private const int Ipv6Bytes = 40;
    private const int TcpBytes = 20;
    private const int TcpChecksum = 16;
    private const byte Finish = 0x01;
    private const byte Push = 0x08;
    private const byte WindowReduced = 0x80;

    /// <summary>Finds the transport header of a frame.</summary>
    public static bool TryLocate(ReadOnlySpan<byte> frame, out int transport, out byte protocol)
    {
        transport = 0;
        protocol = 0;
        if (frame.Length < EthernetHeader.LengthBytes + Ipv4Bytes)
        {
            return false;
        }

        ReadOnlySpan<byte> network = frame[EthernetHeader.LengthBytes..];
        switch ((EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[12..]))
        {
            case EtherType.IPv4:
                transport = EthernetHeader.LengthBytes + ((network[0] & 0xF) * 4);
                protocol = network[9];
                break;
            case EtherType.IPv6 when network.Length >= Ipv6Bytes:
                transport = EthernetHeader.LengthBytes + Ipv6Bytes;
                protocol = network[6];
                break;
        }

        int headerBytes = protocol switch { Tcp => TcpBytes, Udp => 8, _ => int.MaxValue - 0xFFFF };
        return transport >= EthernetHeader.LengthBytes + Ipv4Bytes && transport + headerBytes <= frame.Length;
    }

    /// <summary>Cuts a TCP super-frame into frames with whole checksums.</summary>
    /// <param name="super">The super-frame; stays the caller's.</param>
    /// <param name="pool">Where the parts' blocks come from.</param>
    /// <param name="parts">Filled with the parts.</param>
    /// <returns>How many; 0 where it cannot be cut, or into too many.</returns>
    public static int Cut(PacketBuffer super, PacketPool pool, Span<PacketBuffer> parts)
    {
        ReadOnlySpan<byte> first = super.Span;
        if (!TryLocate(first, out int transport, out byte protocol) || protocol != Tcp)
        {
            return 0;
        }

        int headerBytes = transport + ((first[transport + 12] >> 4) * 4);
        int size = super.GsoSizeBytes;
        int total = super.TotalLength;
        if (headerBytes < transport + TcpBytes || headerBytes > first.Length || size == 0 || headerBytes + size > PacketBuffer.DefaultCapacityBytes)
        {
            return 0;
        }

        int count = Math.Max(1, (total - headerBytes + size - 1) / size);
        if (count > parts.Length || pool.AvailableBlocks < count)
        {
            return 0;
        }

        PacketBuffer? block = super;
        int blockOffset = headerBytes;
        for (int i = 0; i < count; i++)
        {
            int payload = Math.Min(size, total - headerBytes - (i * size));
            PacketBuffer part = pool.TryLease()!;
            Span<byte> bytes = part.Extend(headerBytes + payload);
            first[..headerBytes].CopyTo(bytes);
            Take(ref block, ref blockOffset, bytes[headerBytes..]);
            FinishPart(part, transport, i * size, i, isLast: i == count - 1);
            parts[i] = part;
        }

        return count;
    }

    private static void Take(ref PacketBuffer? block, ref int offset, Span<byte> to)
    {
        while (!to.IsEmpty && block is not null)
        {
            int part = Math.Min(to.Length, block.Length - offset);
            block.Span.Slice(offset, part).CopyTo(to);
            to = to[part..];
            offset += part;
            if (offset == block.Length)
            {
                block = block.Next;
                offset = 0;
            }
        }
    }

    private static void FinishPart(PacketBuffer part, int transport, int sequenceOffset, int index, bool isLast)
    {
        Span<byte> frame = part.Span;
        Span<byte> network = frame[EthernetHeader.LengthBytes..];
        if (network[0] >> 4 == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(network[2..], (ushort)network.Length);
            BinaryPrimitives.WriteUInt16BigEndian(network[4..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(network[4..]) + index));
            network[10..12].Clear();
            ushort sum = InternetChecksum.Compute(network[..(transport - EthernetHeader.LengthBytes)]);
            BinaryPrimitives.WriteUInt16BigEndian(network[10..], sum);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(network[4..], (ushort)(network.Length - Ipv6Bytes));
        }

        Span<byte> tcp = frame[transport..];
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]) + (uint)sequenceOffset);
        tcp[13] &= (byte)~((isLast ? 0 : Finish | Push) | (index == 0 ? 0 : WindowReduced));
        tcp.Slice(TcpChecksum, 2).Clear();
        ulong pseudo = PseudoHeader(frame, transport, Tcp, tcp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpChecksum..], InternetChecksum.Compute(tcp, pseudo));
    }

    private static ulong PseudoHeader(ReadOnlySpan<byte> frame, int transport, byte protocol, int lengthBytes)
    {
        ReadOnlySpan<byte> network = frame[EthernetHeader.LengthBytes..transport];
        ReadOnlySpan<byte> addresses = network[0] >> 4 == 4 ? network[12..20] : network[8..40];
        Span<byte> tail = stackalloc byte[8];
        tail.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(tail, (uint)lengthBytes);
        tail[7] = protocol;
        return InternetChecksum.Accumulate(tail, InternetChecksum.Accumulate(addresses));
    }
}
