using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>A segment that the host has sent.</summary>
internal sealed record SentSegment(
    TcpFlags Flags, uint Sequence, uint Acknowledgment, int Window, byte[] Options, byte[] Payload, byte[] Packet, Instant At)
{
    /// <summary>The TOS byte of its packet.</summary>
    public int TrafficClass => Packet[1];

    public int UrgentPointer => BinaryPrimitives.ReadUInt16BigEndian(Packet.AsSpan(38));

    public static SentSegment Read(byte[] packet, Instant at)
    {
        Assert.Equal(0x45, packet[0]);
        Assert.Equal(6, packet[9]);
        Assert.Equal(0, Packets.Sum(packet));
        ReadOnlySpan<byte> tcp = packet.AsSpan(20);
        int headerBytes = tcp[12] >> 4 << 2;
        return new SentSegment(
            (TcpFlags)((tcp[12] & 1) << 8 | tcp[13]),
            BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]),
            BinaryPrimitives.ReadUInt16BigEndian(tcp[14..]),
            tcp[20..headerBytes].ToArray(),
            tcp[headerBytes..].ToArray(),
            packet,
            at);
    }
}
