using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Differential.Tests;

/// <summary>Packets as bytes, made without the code under test, but for the checksum.</summary>
internal static class Packets
{
    public static byte[] Make(
        IpEndPoint from,
        IpEndPoint to,
        uint sequence,
        uint acknowledgment,
        TcpFlags flags,
        int window,
        ReadOnlySpan<byte> options,
        ReadOnlySpan<byte> payload)
    {
        int headerBytes = 20 + ((options.Length + 3) / 4 * 4);
        byte[] packet = new byte[20 + headerBytes + payload.Length];
        Span<byte> tcp = packet.AsSpan(20);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgment);
        tcp[12] = (byte)(headerBytes / 4 << 4);
        tcp[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], (ushort)window);
        options.CopyTo(tcp[20..]);
        payload.CopyTo(tcp[headerBytes..]);
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 6;
        from.Address.Write(packet.AsSpan(12, 4));
        to.Address.Write(packet.AsSpan(16, 4));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(0, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Sum(packet));
        return packet;
    }

    /// <summary>The checksum over pseudo-header and segment, which is 0 for a packet whose checksum is right.</summary>
    public static ushort Sum(ReadOnlySpan<byte> packet)
    {
        ulong pseudo = InternetChecksum.PseudoHeader(packet[12..16], packet[16..20], 6, (uint)(packet.Length - 20));
        return InternetChecksum.Compute(packet[20..], pseudo);
    }
}
