using System.Buffers.Binary;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>The checksum over the pseudo-header, the header and the payload of a segment.</summary>
/// <remarks>RFC 9293 §3.1; RFC 8200 §8.1.</remarks>
internal static class SegmentChecksum
{
    /// <summary>The partial sum of the pseudo-header.</summary>
    public static ulong PseudoHeader(in IpAddress source, in IpAddress destination, int lengthBytes) => source.IsIPv4
        ? InternetChecksum.PseudoHeader(source.ValueV4, destination.ValueV4, (byte)IpProtocol.Tcp, (uint)lengthBytes)
        : InternetChecksum.PseudoHeader(
            source.High, source.Low, destination.High, destination.Low, (byte)IpProtocol.Tcp, (uint)lengthBytes);

    /// <summary>Whether a received segment is intact.</summary>
    public static bool Verify(PacketBuffer packet, in IpAddress source, in IpAddress destination)
    {
        if (packet.Next is null)
        {
            return InternetChecksum.Verify(packet.Span, PseudoHeader(source, destination, packet.Length));
        }

        ChecksumAccumulator sum = new(PseudoHeader(source, destination, packet.TotalLength));
        for (PacketBuffer? block = packet; block is not null; block = block.Next)
        {
            sum.Add(block.Span);
        }

        return sum.Fold() == ushort.MaxValue;
    }

    /// <summary>Fills in the checksum of a segment to send, whose checksum field is zero.</summary>
    /// <param name="packet">The segment, its header at the start of the first block.</param>
    /// <param name="source">Our address.</param>
    /// <param name="destination">The peer's address.</param>
    /// <param name="payloadSum">The partial sum of the last <paramref name="summedBytes"/> payload bytes of the first block, summed while they were copied.</param>
    /// <param name="summedBytes">How many those are.</param>
    public static void Fill(PacketBuffer packet, in IpAddress source, in IpAddress destination, ulong payloadSum, int summedBytes)
    {
        ChecksumAccumulator sum = new(PseudoHeader(source, destination, packet.TotalLength));
        Span<byte> first = packet.Span;
        sum.Add(first[..^summedBytes]);
        sum.AddSum(payloadSum);
        for (PacketBuffer? block = packet.Next; block is not null; block = block.Next)
        {
            sum.Add(block.Span);
        }

        BinaryPrimitives.WriteUInt16BigEndian(first[TcpHeader.ChecksumOffset..], sum.Complete());
    }

    /// <summary>Leaves the checksum to the device: the field gets the sum of the pseudo-header.</summary>
    public static void Defer(PacketBuffer packet, in IpAddress source, in IpAddress destination)
    {
        ushort partial = InternetChecksum.Fold(PseudoHeader(source, destination, packet.TotalLength));
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[TcpHeader.ChecksumOffset..], partial);
        packet.Checksum = ChecksumState.ToBeFilled;
        packet.ChecksumStart = (ushort)packet.Start;
        packet.ChecksumOffset = TcpHeader.ChecksumOffset;
    }
}
