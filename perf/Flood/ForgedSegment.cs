using System.Buffers.Binary;
using System.Net;
using NetStack.Core;

namespace NetStack.Flood;

/// <summary>
/// One forged segment after the other: of the right addresses and ports, with sequence and acknowledgment numbers by chance;
/// SYNs from addresses and ports by chance.
/// </summary>
internal sealed class ForgedSegment
{
    private const int LinkBytes = 14;
    private const int IpBytes = 20;
    private const int TcpBytes = 20;
    private const int DataBytes = 100;
    private const byte Tcp = 6;

    // Syn, Rst, Ack, Psh of RFC 9293 §3.1.
    private const byte Synchronize = 0x02;
    private const byte Reset = 0x04;
    private const byte Acknowledgment = 0x10;
    private const byte Push = 0x08;

    // 198.18.0.0/15, for benchmarks: RFC 2544.
    private const uint Everywhere = 0xC612_0000;
    private const int EverywhereAddresses = 1 << 17;

    private readonly Random _random = new(1);
    private readonly byte[] _frame;
    private readonly byte _flags;
    private readonly uint _peer;
    private readonly ushort _peerPort;

    public ForgedSegment(string link, IPEndPoint target, IPEndPoint peer, string kind)
    {
        int dataBytes = kind == "data" ? DataBytes : 0;
        _flags = kind switch { "syn" => Synchronize, "rst" => Reset, "ack" => Acknowledgment, _ => Acknowledgment | Push };
        _frame = new byte[LinkBytes + IpBytes + TcpBytes + dataBytes];
        _peer = BinaryPrimitives.ReadUInt32BigEndian(peer.Address.GetAddressBytes());
        _peerPort = (ushort)peer.Port;
        Convert.FromHexString(link.Replace(":", "", StringComparison.Ordinal)).CopyTo(_frame, 0);
        _frame[6] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(_frame.AsSpan(12), 0x0800);
        Span<byte> ip = _frame.AsSpan(LinkBytes);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(_frame.Length - LinkBytes));
        ip[8] = 64;
        ip[9] = Tcp;
        target.Address.GetAddressBytes().CopyTo(ip[16..]);
        Span<byte> tcp = ip[IpBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)target.Port);
        tcp[12] = (TcpBytes / 4) << 4;
        tcp[13] = _flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 1000);
    }

    /// <summary>What can be forged.</summary>
    public static string[] Kinds { get; } = ["syn", "rst", "ack", "data"];

    /// <summary>The next one, as a frame; good until the one after it.</summary>
    public ReadOnlySpan<byte> Next()
    {
        Span<byte> ip = _frame.AsSpan(LinkBytes);
        Span<byte> tcp = ip[IpBytes..];
        bool isOpening = _flags == Synchronize;
        uint source = isOpening ? Everywhere + (uint)_random.Next(EverywhereAddresses) : _peer;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source);
        ip[10] = ip[11] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip[..IpBytes]));
        BinaryPrimitives.WriteUInt16BigEndian(tcp, isOpening ? (ushort)_random.Next(1024, 65_536) : _peerPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], (uint)_random.NextInt64(1L << 32));
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], isOpening ? 0 : (uint)_random.NextInt64(1L << 32));
        tcp[16] = tcp[17] = 0;
        uint target = BinaryPrimitives.ReadUInt32BigEndian(ip[16..]);
        ulong pseudo = InternetChecksum.PseudoHeader(source, target, Tcp, (uint)tcp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], InternetChecksum.Compute(tcp, pseudo));
        return _frame;
    }
}
