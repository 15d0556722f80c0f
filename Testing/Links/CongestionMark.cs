using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Testing;

/// <summary>What a congested router does to a packet that is ECN-capable, in the place of dropping it.</summary>
/// <remarks>RFC 3168 §5.</remarks>
internal static class CongestionMark
{
    private const int LeastHeaderBytes = 20;
    private const byte Experienced = 3;

    /// <summary>Marks the packet of a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="linkHeaderBytes">Where its packet starts.</param>
    /// <returns>False where it is not ECN-capable, or no IP packet.</returns>
    public static bool TryMark(Span<byte> frame, int linkHeaderBytes)
    {
        if (frame.Length < linkHeaderBytes + LeastHeaderBytes)
        {
            return false;
        }

        ushort type = linkHeaderBytes == 0 ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        Span<byte> packet = frame[linkHeaderBytes..];
        return (packet[0] >> 4, type) switch
        {
            (4, 0 or (ushort)EtherType.IPv4) => TryMarkV4(packet),
            (6, 0 or (ushort)EtherType.IPv6) => TryMarkV6(packet),
            _ => false,
        };
    }

    private static bool TryMarkV4(Span<byte> packet)
    {
        int headerBytes = (packet[0] & 15) * 4;
        if ((packet[1] & Experienced) == 0 || headerBytes < LeastHeaderBytes || headerBytes > packet.Length)
        {
            return false;
        }

        packet[1] |= Experienced;
        packet[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..headerBytes]));
        return true;
    }

    private static bool TryMarkV6(Span<byte> packet)
    {
        // The two bits are the fifth and sixth of the second byte.
        const byte Shifted = Experienced << 4;
        if ((packet[1] & Shifted) == 0)
        {
            return false;
        }

        packet[1] |= Shifted;
        return true;
    }
}
