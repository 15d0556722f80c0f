using System.Buffers.Binary;
using System.Net;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>
/// Frames written out from the RFCs' field diagrams, with a checksum of its own (the definition, word by word), so that
/// the code under test is not its own witness.
/// </summary>
internal static class Frames
{
    public const int LinkBytes = 14;

    public static byte[] Ethernet(MacAddress to, MacAddress from, ushort type, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[LinkBytes + payload.Length];
        to.Write(frame);
        from.Write(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        payload.CopyTo(frame.AsSpan(LinkBytes));
        return frame;
    }

    public static byte[] Arp(ArpOperation operation, MacAddress senderLink, IpAddress sender, MacAddress targetLink, IpAddress target, MacAddress? to = null)
    {
        byte[] message = new byte[28];
        byte[] fixedPart = [0, 1, 8, 0, 6, 4, 0, (byte)operation];
        fixedPart.CopyTo(message, 0);
        senderLink.Write(message.AsSpan(8));
        sender.Write(message.AsSpan(14));
        targetLink.Write(message.AsSpan(18));
        target.Write(message.AsSpan(24));
        return Ethernet(to ?? MacAddress.Broadcast, senderLink, 0x0806, message);
    }

    /// <summary>An IPv4 packet, not yet framed.</summary>
    public static byte[] Ipv4(
        IpAddress source, IpAddress destination, byte protocol, ReadOnlySpan<byte> payload,
        byte[]? options = null, ushort fragment = 0, ushort id = 0, byte ttl = 64, byte tos = 0)
    {
        options ??= [];
        int headerBytes = 20 + options.Length;
        byte[] packet = new byte[headerBytes + payload.Length];
        packet[0] = (byte)(0x40 | (headerBytes / 4));
        packet[1] = tos;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), id);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), fragment);
        packet[8] = ttl;
        packet[9] = protocol;
        source.Write(packet.AsSpan(12));
        destination.Write(packet.AsSpan(16));
        options.CopyTo(packet, 20);
        payload.CopyTo(packet.AsSpan(headerBytes));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, headerBytes)));
        return packet;
    }

    /// <summary>A frame from the peer with an IPv4 packet.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> packet, MacAddress? to = null) =>
        Ethernet(to ?? Wire.HostLink, Wire.PeerLink, 0x0800, packet);

    public static byte[] Udp(IpAddress source, IpAddress destination, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> data)
    {
        byte[] datagram = new byte[8 + data.Length];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        data.CopyTo(datagram.AsSpan(8));
        ushort checksum = Checksum([.. PseudoHeader(source, destination, 17, datagram.Length), .. datagram]);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), checksum == 0 ? (ushort)0xFFFF : checksum);
        return datagram;
    }

    /// <summary>A frame from the peer to the host with a UDP datagram.</summary>
    public static byte[] UdpFrame(ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> data) =>
        Frame(Ipv4(HostRig.Peer, HostRig.Local, 17, Udp(HostRig.Peer, HostRig.Local, sourcePort, destinationPort, data)));

    public static byte[] Icmp(byte type, byte code, uint rest, ReadOnlySpan<byte> data)
    {
        byte[] message = new byte[8 + data.Length];
        message[0] = type;
        message[1] = code;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), rest);
        data.CopyTo(message.AsSpan(8));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(message));
        return message;
    }

    /// <summary>A frame from the peer to the host with an ICMP message.</summary>
    public static byte[] IcmpFrame(byte type, byte code, uint rest, ReadOnlySpan<byte> data) =>
        Frame(Ipv4(HostRig.Peer, HostRig.Local, 1, Icmp(type, code, rest, data)));

    public static byte[] PseudoHeader(IpAddress source, IpAddress destination, byte protocol, int lengthBytes)
    {
        byte[] header = new byte[12];
        source.Write(header);
        destination.Write(header.AsSpan(4));
        header[9] = protocol;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)lengthBytes);
        return header;
    }

    /// <summary>The definition of RFC 1071: the complement of the end-around sum of 16-bit words.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> data)
    {
        int sum = 0;
        for (int i = 0; i < data.Length; i++)
        {
            sum += i % 2 == 0 ? data[i] << 8 : data[i];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    // What is read from frames of the host.
    public static ReadOnlySpan<byte> Packet(byte[] frame) => frame.AsSpan(LinkBytes);

    public static ReadOnlySpan<byte> Payload(byte[] frame) => frame.AsSpan(LinkBytes + 20);

    public static ushort Word(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt16BigEndian(data[offset..]);

    public static IpAddress Address(ReadOnlySpan<byte> data, int offset) => IpAddress.From(new IPAddress(data.Slice(offset, 4)));

    public static MacAddress LinkDestination(byte[] frame) => MacAddress.Read(frame);

    /// <summary>That a frame holds a sound IPv4 packet of the host to the peer.</summary>
    public static void AssertPacket(byte[] frame, byte protocol)
    {
        Assert.Equal(Wire.PeerLink, MacAddress.Read(frame));
        Assert.Equal(Wire.HostLink, MacAddress.Read(frame.AsSpan(6)));
        Assert.Equal(0x0800, Word(frame, 12));
        ReadOnlySpan<byte> packet = Packet(frame);
        Assert.Equal(0x45, packet[0]);
        Assert.Equal(packet.Length, Word(packet, 2));
        Assert.Equal(64, packet[8]);
        Assert.Equal(protocol, packet[9]);
        Assert.Equal(0, Checksum(packet[..20]));
        Assert.Equal(HostRig.Local, Address(packet, 12));
        Assert.Equal(HostRig.Peer, Address(packet, 16));
    }
}
