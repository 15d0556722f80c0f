using System.Buffers.Binary;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary><c>struct tcp_info</c>, as far as the stack tells what belongs there; the rest is zero.</summary>
internal static class TcpInformation
{
    public const int LengthBytes = 280;

    private const int SegmentOffset = 16;
    private const int UnacknowledgedOffset = 24;
    private const int RoundTripOffset = 68;
    private const int ThresholdOffset = 76;
    private const int WindowOffset = 80;
    private const int NotSentOffset = 144;

    public static void Write(Span<byte> destination, byte state, TcpConnection? connection)
    {
        destination.Clear();
        destination[0] = state;
        if (connection is null || connection.Congestion is not { } congestion)
        {
            return;
        }

        int segmentBytes = Math.Max(connection.SegmentBytes, 1);
        Put(destination, SegmentOffset, segmentBytes);
        Put(destination, UnacknowledgedOffset, Segments(connection.UnacknowledgedBytes, segmentBytes));
        Put(destination, RoundTripOffset, connection.RoundTripTime.Microseconds);
        Put(destination, ThresholdOffset, congestion.SlowStartThresholdBytes == long.MaxValue ? int.MaxValue : Segments(congestion.SlowStartThresholdBytes, segmentBytes));
        Put(destination, WindowOffset, congestion.WindowBytes / segmentBytes);
        Put(destination, NotSentOffset, connection.QueuedBytes - connection.UnacknowledgedBytes);
    }

    private static long Segments(long bytes, int segmentBytes) => (bytes + segmentBytes - 1) / segmentBytes;

    private static void Put(Span<byte> destination, int offset, long value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(destination[offset..], (uint)Math.Min(value, uint.MaxValue));
}
