using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp.Tests;

/// <summary>Packets as bytes, made and read without the code under test, but for the checksum.</summary>
internal static class Packets
{
    public static byte[] Tcp(
        IpEndPoint from,
        IpEndPoint to,
        uint sequence,
        uint acknowledgment,
        TcpFlags flags,
        int window,
        ReadOnlySpan<byte> options = default,
        ReadOnlySpan<byte> payload = default,
        byte trafficClass = 0,
        int urgentPointer = 0)
    {
        int headerBytes = 20 + ((options.Length + 3) / 4 * 4);
        byte[] packet = new byte[20 + headerBytes + payload.Length];
        Span<byte> tcp = packet.AsSpan(20);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgment);
        tcp[12] = (byte)(headerBytes / 4 << 4 | (int)flags >> 8);
        tcp[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], (ushort)window);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[18..], (ushort)urgentPointer);
        options.CopyTo(tcp[20..]);
        payload.CopyTo(tcp[headerBytes..]);
        packet[1] = trafficClass;
        WriteIp(packet, from.Address, to.Address, 6);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Sum(packet));
        return packet;
    }

    /// <summary>An ICMP error that quotes a packet.</summary>
    public static byte[] IcmpError(IpAddress from, byte type, byte code, uint rest, ReadOnlySpan<byte> quoted)
    {
        int quoteBytes = Math.Min(quoted.Length, 28);
        byte[] packet = new byte[28 + quoteBytes];
        Span<byte> icmp = packet.AsSpan(20);
        icmp[0] = type;
        icmp[1] = code;
        BinaryPrimitives.WriteUInt32BigEndian(icmp[4..], rest);
        quoted[..quoteBytes].CopyTo(icmp[8..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Compute(icmp));
        WriteIp(packet, from, IpAddress.Read(quoted[12..16]), 1);
        return packet;
    }

    /// <summary>The checksum over pseudo-header and segment, which is 0 for a packet whose checksum is right.</summary>
    public static ushort Sum(ReadOnlySpan<byte> packet)
    {
        ulong pseudo = InternetChecksum.PseudoHeader(packet[12..16], packet[16..20], 6, (uint)(packet.Length - 20));
        return InternetChecksum.Compute(packet[20..], pseudo);
    }

    private static void WriteIp(Span<byte> packet, IpAddress from, IpAddress to, byte protocol)
    {
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = protocol;
        from.Write(packet[12..16]);
        to.Write(packet[16..20]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..20]));
    }
}
