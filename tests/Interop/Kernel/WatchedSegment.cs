using System.Buffers.Binary;
using NetStack.Tcp;

namespace NetStack.Interop.Tests;

/// <summary>A TCP segment as it passed.</summary>
/// <param name="IsOurs">Whether the stack sent it, not the kernel.</param>
/// <param name="Flags">Its control bits.</param>
/// <param name="Codepoint">The ECN codepoint of its packet.</param>
/// <param name="PayloadBytes">Its payload.</param>
/// <param name="Sequence">SEG.SEQ.</param>
/// <param name="Acknowledgment">SEG.ACK.</param>
/// <param name="Options">Its options.</param>
internal sealed record WatchedSegment(
    bool IsOurs, TcpFlags Flags, int Codepoint, int PayloadBytes, uint Sequence, uint Acknowledgment, byte[] Options)
{
    public bool IsSyn => (Flags & TcpFlags.Syn) != 0;

    public bool Has(TcpFlags flags) => (Flags & flags) == flags;

    public static WatchedSegment Read(ReadOnlySpan<byte> packet, int lengthBytes, bool isOurs)
    {
        int ipBytes = (packet[0] & 15) * 4;
        ReadOnlySpan<byte> tcp = packet[ipBytes..];
        int headerBytes = (tcp[12] >> 4) * 4;
        int totalBytes = Math.Min(lengthBytes, BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        return new WatchedSegment(
            isOurs,
            (TcpFlags)(BinaryPrimitives.ReadUInt16BigEndian(tcp[12..]) & 0x1FF),
            packet[1] & 3,
            totalBytes - ipBytes - headerBytes,
            BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]),
            tcp[20..headerBytes].ToArray());
    }
}
