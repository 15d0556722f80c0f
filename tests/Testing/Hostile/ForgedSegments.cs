using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests.Hostile;

/// <summary>Writes segments with whatever addresses and numbers an attacker likes, their checksums right.</summary>
internal sealed class ForgedSegments(MacAddress from, MacAddress to)
{
    private const int HeadersBytes = EthernetHeader.LengthBytes + 20 + TcpHeader.MinimumLengthBytes;

    private readonly byte[] _frame = new byte[1514];

    /// <summary>A frame, good until the next call.</summary>
    public ReadOnlySpan<byte> Write(
        IpEndPoint source, IpEndPoint destination, uint sequence, uint acknowledgment, TcpFlags flags, int payloadBytes = 0)
    {
        EthernetHeader.Write(_frame, to, from, EtherType.IPv4);
        Span<byte> ip = _frame.AsSpan(EthernetHeader.LengthBytes, 20);
        Span<byte> tcp = _frame.AsSpan(EthernetHeader.LengthBytes + 20, TcpHeader.MinimumLengthBytes + payloadBytes);
        ip.Clear();
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(ip.Length + tcp.Length));
        ip[8] = 64;
        ip[9] = (byte)IpProtocol.Tcp;
        source.Address.Write(ip[12..]);
        destination.Address.Write(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));
        tcp[TcpHeader.MinimumLengthBytes..].Fill(0xEE);
        TcpHeader.Write(
            tcp[..TcpHeader.MinimumLengthBytes],
            source.Port,
            destination.Port,
            new SequenceNumber(sequence),
            new SequenceNumber(acknowledgment),
            flags,
            window: 1000);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[18..], 0);
        ulong pseudo = InternetChecksum.PseudoHeader(
            source.Address.ValueV4, destination.Address.ValueV4, (byte)IpProtocol.Tcp, (uint)tcp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpHeader.ChecksumOffset..], InternetChecksum.Compute(tcp, pseudo));
        return _frame.AsSpan(0, HeadersBytes + payloadBytes);
    }
}
