using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>
/// A packet that stands for several, on its way to a device that does not cut such packets: it is cut here, and its payload
/// copied and summed in one pass.
/// </summary>
/// <remarks>RFC 9293 §3.1, RFC 768: every part has the headers of the whole, but for what tells of its place and length.</remarks>
internal struct SuperPacket
{
    private const byte LastOnly = TcpFields.Fin | TcpFields.Push;
    private const byte FirstOnly = TcpFields.CongestionWindowReduced;

    private readonly PacketBuffer _packet;
    private readonly int _headerBytes;
    private readonly int _sizeBytes;
    private PacketBuffer? _block;
    private int _offset;
    private int _cutBytes;
    private int _leftBytes;

    /// <summary>Looks at a packet from its transport header on, which its first block holds whole.</summary>
    public SuperPacket(PacketBuffer packet)
    {
        _packet = packet;
        _sizeBytes = packet.GsoSizeBytes;
        _headerBytes = !IsTcp ? UdpHeader.LengthBytes
            : packet.Length < TcpFields.MinimumLengthBytes ? int.MaxValue
            : TcpFields.LengthBytes(packet.Span);
        _block = packet;
        _offset = _headerBytes;
        _leftBytes = packet.TotalLength - _headerBytes;
    }

    /// <summary>Whether it can be cut: there are its headers, something behind them, and a size.</summary>
    public readonly bool IsValid =>
        _headerBytes <= _packet.Length && _headerBytes >= UdpHeader.LengthBytes && _sizeBytes > 0 && _leftBytes > 0
        && (!IsTcp || _headerBytes >= TcpFields.MinimumLengthBytes);

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsDone => _leftBytes == 0;

    private readonly bool IsTcp => _packet.Gso != GsoType.Udp;

    /// <summary>Cuts the next part off: a packet of its own, with its checksum.</summary>
    /// <param name="source">The source address.</param>
    /// <param name="destination">The destination address.</param>
    /// <returns>The part; null where the pool is used up.</returns>
    public PacketBuffer? TryCut(uint source, uint destination)
    {
        if (_packet.Pool.TryLease() is not { } part)
        {
            return null;
        }

        int lengthBytes = Math.Min(_sizeBytes, _leftBytes);
        Span<byte> header = part.Extend(_headerBytes);
        _packet.Span[.._headerBytes].CopyTo(header);
        int checksumOffset = IsTcp ? WriteTcp(header, lengthBytes) : WriteUdp(header, lengthBytes);

        byte protocol = (byte)(IsTcp ? IpProtocol.Tcp : IpProtocol.Udp);
        ChecksumAccumulator sum = new(
            InternetChecksum.PseudoHeader(source, destination, protocol, (uint)(_headerBytes + lengthBytes)));
        sum.Add(header);
        if (!TryCopy(part, lengthBytes, ref sum))
        {
            _packet.Pool.Return(part);
            return null;
        }

        _cutBytes += lengthBytes;
        ushort checksum = sum.Complete();
        BinaryPrimitives.WriteUInt16BigEndian(header[checksumOffset..], checksum == 0 && !IsTcp ? ushort.MaxValue : checksum);
        return part;
    }

    private readonly int WriteTcp(Span<byte> header, int lengthBytes)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(header[TcpFields.Sequence..]);
        BinaryPrimitives.WriteUInt32BigEndian(header[TcpFields.Sequence..], sequence + (uint)_cutBytes);
        byte flags = header[TcpFields.Flags];
        flags &= (byte)~(lengthBytes < _leftBytes ? LastOnly : 0);
        flags &= (byte)~(_cutBytes > 0 ? FirstOnly : 0);
        header[TcpFields.Flags] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(header[TcpFields.Checksum..], 0);
        return TcpFields.Checksum;
    }

    private static int WriteUdp(Span<byte> header, int lengthBytes)
    {
        ushort source = BinaryPrimitives.ReadUInt16BigEndian(header);
        ushort destination = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        UdpHeader.Write(header, source, destination, UdpHeader.LengthBytes + lengthBytes, 0);
        return UdpHeader.ChecksumOffset;
    }

    /// <summary>Moves on through the payload, copying and summing it.</summary>
    private bool TryCopy(PacketBuffer part, int lengthBytes, ref ChecksumAccumulator sum)
    {
        PacketBuffer tail = part;
        _leftBytes -= lengthBytes;
        while (lengthBytes > 0)
        {
            int piece = Math.Min(_block!.Length - _offset, lengthBytes);
            if (piece == 0)
            {
                _block = _block.Next;
                _offset = 0;
                continue;
            }

            if (tail.TailroomBytes == 0)
            {
                if (part.Pool.TryLease(0) is not { } block)
                {
                    return false;
                }

                tail.Append(block);
                tail = block;
            }

            piece = Math.Min(piece, tail.TailroomBytes);
            sum.AddAndCopy(_block.Span.Slice(_offset, piece), tail.Extend(piece));
            _offset += piece;
            lengthBytes -= piece;
        }

        return true;
    }
}
