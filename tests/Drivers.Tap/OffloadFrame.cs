using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>Frames with their checksum left to the device, and the reading of what the device made of them.</summary>
internal static class OffloadFrame
{
    public const int LinkBytes = 14;
    public const int UdpBytes = 8;
    public const int TcpBytes = 20;
    private const byte UdpProtocol = 17;
    private const byte TcpProtocol = 6;

    /// <summary>A UDP frame whose checksum field holds the sum of the pseudo-header only.</summary>
    public static PacketBuffer Udp(AttachedTap tap, IPAddress from, IPAddress to, ReadOnlySpan<byte> payload)
    {
        byte[] header = new byte[UdpBytes];
        BinaryPrimitives.WriteUInt16BigEndian(header, 4000);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), 4001);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)(UdpBytes + payload.Length));
        return Make(tap, from, to, UdpProtocol, header, 6, payload);
    }

    /// <summary>A TCP frame with ACK and PSH, its checksum field like that.</summary>
    public static PacketBuffer Tcp(AttachedTap tap, IPAddress from, IPAddress to, uint sequence, ReadOnlySpan<byte> payload)
    {
        byte[] header = new byte[TcpBytes];
        BinaryPrimitives.WriteUInt16BigEndian(header, 4000);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), 4001);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), 1);
        header[12] = TcpBytes / 4 << 4;
        header[13] = 0x18;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), 1000);
        return Make(tap, from, to, TcpProtocol, header, 16, payload);
    }

    /// <summary>The transport header and all behind it, of a frame whose checksums are looked at. Fails where one is wrong.</summary>
    public static byte[] Verified(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> packet = frame[LinkBytes..];
        if (packet[0] >> 4 == 4)
        {
            int lengthBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
            ReadOnlySpan<byte> transport = packet[20..lengthBytes];
            Assert.Equal(0, InternetChecksum.Compute(packet[..20]));
            Assert.Equal(0, InternetChecksum.Compute(
                transport, InternetChecksum.PseudoHeader(packet[12..16], packet[16..20], packet[9], (uint)transport.Length)));
            return transport.ToArray();
        }

        ReadOnlySpan<byte> payload = packet.Slice(40, BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));
        Assert.Equal(0, InternetChecksum.Compute(
            payload, InternetChecksum.PseudoHeader(packet[8..24], packet[24..40], packet[6], (uint)payload.Length)));
        return payload.ToArray();
    }

    public static bool IsFrom(ReadOnlySpan<byte> frame, ushort port) =>
        frame.Length >= LinkBytes + 20 + UdpBytes && TransportOf(frame) is { Length: >= 2 } transport && BinaryPrimitives.ReadUInt16BigEndian(transport) == port;

    private static ReadOnlySpan<byte> TransportOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
    {
        0x0800 => frame[(LinkBytes + 20)..],
        0x86DD when frame.Length >= LinkBytes + 40 => frame[(LinkBytes + 40)..],
        _ => default,
    };

    private static PacketBuffer Make(
        AttachedTap tap, IPAddress from, IPAddress to, byte protocol, byte[] transport, int checksumOffset, ReadOnlySpan<byte> payload)
    {
        byte[] source = from.GetAddressBytes();
        byte[] destination = to.GetAddressBytes();
        int lengthBytes = transport.Length + payload.Length;
        ulong pseudo = InternetChecksum.PseudoHeader(source, destination, protocol, (uint)lengthBytes);
        BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(checksumOffset), InternetChecksum.Fold(pseudo));
        byte[] network = from.AddressFamily == AddressFamily.InterNetwork
            ? NetworkV4(source, destination, protocol, lengthBytes)
            : NetworkV6(source, destination, protocol, lengthBytes);

        byte[] link = new byte[LinkBytes];
        tap.Device.KernelAddress.Write(link);
        tap.Device.Address.Write(link.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(link.AsSpan(12), (ushort)(source.Length == 4 ? EtherType.IPv4 : EtherType.IPv6));
        PacketBuffer frame = tap.FrameOf([.. link, .. network, .. transport, .. payload]);
        frame.Checksum = ChecksumState.ToBeFilled;
        frame.ChecksumStart = (ushort)(frame.Start + LinkBytes + network.Length);
        frame.ChecksumOffset = (ushort)checksumOffset;
        return frame;
    }

    private static byte[] NetworkV4(byte[] source, byte[] destination, byte protocol, int lengthBytes)
    {
        byte[] header = new byte[20];
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + lengthBytes));
        header[6] = 0x40;
        header[8] = 64;
        header[9] = protocol;
        source.CopyTo(header, 12);
        destination.CopyTo(header, 16);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), InternetChecksum.Compute(header));
        return header;
    }

    private static byte[] NetworkV6(byte[] source, byte[] destination, byte protocol, int lengthBytes)
    {
        byte[] header = new byte[40];
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)lengthBytes);
        header[6] = protocol;
        header[7] = 64;
        source.CopyTo(header, 8);
        destination.CopyTo(header, 24);
        return header;
    }
}
