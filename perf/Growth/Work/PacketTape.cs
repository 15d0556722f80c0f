using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Growth.Work;

/// <summary>IPv4 packets made beforehand, one behind the other in memory, so that to play one costs a copy, whatever it is.</summary>
internal sealed class PacketTape
{
    private const byte HopLimit = 64;
    private const ushort PeerWindow = 1000;

    private readonly List<byte> _bytes = [];
    private readonly List<int> _ends = [];
    private ushort _identification;

    /// <summary>The packets.</summary>
    public int Count => _ends.Count;

    /// <summary>The bytes of a packet.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : _ends[index - 1];
            return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[start.._ends[index]];
        }
    }

    /// <summary>Adds a UDP datagram, in fragments where the packet would be larger than the MTU.</summary>
    /// <returns>The packets that it made.</returns>
    public int AddDatagram(in IpEndPoint source, in IpEndPoint destination, int payloadBytes, int mtuBytes)
    {
        byte[] datagram = new byte[UdpHeader.LengthBytes + payloadBytes];
        new SeededEntropy(1).Fill(datagram.AsSpan(UdpHeader.LengthBytes));
        UdpHeader.Write(datagram, source.Port, destination.Port, datagram.Length, 0);
        WriteChecksum(datagram, UdpHeader.ChecksumOffset, source, destination, IpProtocol.Udp);
        int fragmentBytes = (mtuBytes - Ipv4Header.MinimumLengthBytes) & ~7;
        bool isWhole = datagram.Length + Ipv4Header.MinimumLengthBytes <= mtuBytes;
        int packets = 0;
        _identification++;
        for (int offset = 0; offset < datagram.Length; packets++)
        {
            int length = isWhole ? datagram.Length : Math.Min(fragmentBytes, datagram.Length - offset);
            Add(source, destination, IpProtocol.Udp, datagram.AsSpan(offset, length), offset, offset + length < datagram.Length);
            offset += length;
        }

        return packets;
    }

    /// <summary>Adds a TCP segment without data.</summary>
    public void AddSegment(in IpEndPoint source, in IpEndPoint destination, TcpFlags flags, uint sequence)
    {
        byte[] segment = new byte[TcpHeader.MinimumLengthBytes];
        TcpHeader.Write(segment, source.Port, destination.Port, new SequenceNumber(sequence), default, flags, PeerWindow);
        WriteChecksum(segment, TcpHeader.ChecksumOffset, source, destination, IpProtocol.Tcp);
        Add(source, destination, IpProtocol.Tcp, segment, 0, hasMore: false);
    }

    private static void WriteChecksum(byte[] data, int offset, in IpEndPoint source, in IpEndPoint destination, IpProtocol protocol)
    {
        ulong pseudo = InternetChecksum.PseudoHeader(source.Address.ValueV4, destination.Address.ValueV4, (byte)protocol, (uint)data.Length);
        ushort checksum = InternetChecksum.Compute(data, pseudo);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(offset), checksum == 0 ? ushort.MaxValue : checksum);
    }

    private void Add(
        in IpEndPoint source, in IpEndPoint destination, IpProtocol protocol, ReadOnlySpan<byte> payload, int offset, bool hasMore)
    {
        Span<byte> header = stackalloc byte[Ipv4Header.MinimumLengthBytes];
        Ipv4Header.Write(header, new Ipv4Fields(
            source.Address.ValueV4, destination.Address.ValueV4, protocol, header.Length + payload.Length, HopLimit,
            Identification: _identification, MoreFragments: hasMore, FragmentOffsetBytes: offset));
        _bytes.AddRange(header);
        _bytes.AddRange(payload);
        _ends.Add(_bytes.Count);
    }
}
