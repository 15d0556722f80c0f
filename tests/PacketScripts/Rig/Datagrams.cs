using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.PacketScripts.Tests;

/// <summary>IPv4 packets.</summary>
internal static class Datagrams
{
    /// <summary>A packet around a transport part, whose checksum is filled in.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> transport, byte protocol, IpAddress from, IpAddress to)
    {
        byte[] packet = new byte[20 + transport.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = protocol;
        from.Write(packet.AsSpan(12));
        to.Write(packet.AsSpan(16));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(0, 20)));
        transport.CopyTo(packet.AsSpan(20));
        int place = 20 + (protocol switch { 6 => 16, 17 => 6, _ => 2 });
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(place), Sum(packet, protocol));
        return packet;
    }

    public static byte[] Udp(ushort fromPort, ushort toPort, ReadOnlySpan<byte> payload, IpAddress from, IpAddress to)
    {
        byte[] udp = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(udp, fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(2), toPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        payload.CopyTo(udp.AsSpan(8));
        return Wrap(udp, 17, from, to);
    }

    public static byte[] EchoRequest(IpAddress from, IpAddress to) => Wrap([8, 0, 0, 0, 0, 1, 0, 1], 1, from, to);

    /// <summary>An ICMP destination unreachable that quotes a packet.</summary>
    public static byte[] Unreachable(byte code, ushort nextMtu, ReadOnlySpan<byte> quoted, IpAddress from, IpAddress to)
    {
        byte[] icmp = new byte[8 + Math.Min(quoted.Length, 28)];
        icmp[0] = 3;
        icmp[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(6), nextMtu);
        quoted[..(icmp.Length - 8)].CopyTo(icmp.AsSpan(8));
        return Wrap(icmp, 1, from, to);
    }

    /// <summary>The packet is whole, its checksums are right, and it goes from us to the peer.</summary>
    public static void Verify(ReadOnlySpan<byte> packet, byte protocol)
    {
        Assert.Equal(0x45, packet[0]);
        Assert.Equal(packet.Length, BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        Assert.Equal(protocol, packet[9]);
        Assert.Equal(0, InternetChecksum.Compute(packet[..20]));
        Assert.Equal(0, Sum(packet, protocol));
        Assert.Equal(Script.OurAddress, IpAddress.Read(packet[12..16]));
        Assert.Equal(Script.PeerAddress, IpAddress.Read(packet[16..20]));
    }

    private static ushort Sum(ReadOnlySpan<byte> packet, byte protocol)
    {
        ulong pseudo = protocol == 1
            ? 0
            : InternetChecksum.PseudoHeader(packet[12..16], packet[16..20], protocol, (uint)(packet.Length - 20));
        return InternetChecksum.Compute(packet[20..], pseudo);
    }
}
