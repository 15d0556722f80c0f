using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.PacketScripts;

/// <summary>
/// <c>struct tcp_info</c> (<c>linux/tcp.h</c>), as far as the stack tells what belongs there; the rest is zero. Where Linux
/// counts segments and the stack bytes, they are divided by the size of a segment.
/// </summary>
internal static class TcpInformation
{
    public const int LengthBytes = 280;

    private const byte UsesTimestamps = 1;
    private const byte UsesSack = 2;
    private const byte UsesScale = 4;
    private const byte UsesEcn = 8;
    private const byte HasSynData = 32;

    public static void Write(Span<byte> destination, byte state, TcpSnapshot? taken)
    {
        destination.Clear();
        destination[0] = state;
        if (taken is not { } snapshot || snapshot.CongestionControl is null)
        {
            return;
        }

        destination[1] = CongestionState(snapshot);
        destination[2] = destination[4] = (byte)Math.Min(snapshot.Retries, byte.MaxValue);
        destination[5] = Options(snapshot);
        destination[6] = (byte)(Math.Max(snapshot.SendScale, 0) | (Math.Max(snapshot.ReceiveScale, 0) << 4));
        WriteSegments(destination, snapshot);
        WriteTimes(destination, snapshot);
        WriteTotals(destination, snapshot);
    }

    /// <summary><c>enum tcp_ca_state</c>: Open, Disorder, CWR, Recovery, Loss.</summary>
    private static byte CongestionState(in TcpSnapshot snapshot) => snapshot.Phase switch
    {
        RecoveryPhase.None => snapshot.SelectivelyAcknowledgedBytes > 0 ? (byte)1 : (byte)0,
        RecoveryPhase.Reduction => 2,
        RecoveryPhase.Loss => 3,
        _ => 4,
    };

    private static byte Options(in TcpSnapshot snapshot) => (byte)(
        (snapshot.UsesTimestamps ? UsesTimestamps : 0)
        | (snapshot.UsesSelectiveAcknowledgments ? UsesSack : 0)
        | (snapshot.SendScale >= 0 ? UsesScale : 0)
        | (snapshot.UsesEcn ? UsesEcn : 0)
        | (snapshot.IsFastOpened ? HasSynData : 0));

    private static void WriteSegments(Span<byte> destination, in TcpSnapshot snapshot)
    {
        int segmentBytes = Math.Max(snapshot.SegmentBytes, 1);
        Put(destination, 16, segmentBytes);
        Put(destination, 20, snapshot.ReceiveSegmentBytes);
        Put(destination, 24, Segments(snapshot.OutstandingBytes, segmentBytes));
        Put(destination, 28, Segments(snapshot.SelectivelyAcknowledgedBytes, segmentBytes));

        // What was lost counts there until it is acknowledged, sent again or not.
        Put(destination, 32, Segments(snapshot.LostBytes, segmentBytes) + snapshot.RetransmittedUnderway);
        Put(destination, 36, snapshot.RetransmittedUnderway);
        Put(destination, 60, snapshot.PathMtuBytes);
        Put(destination, 76, snapshot.SlowStartThresholdBytes == long.MaxValue ? int.MaxValue : Segments(snapshot.SlowStartThresholdBytes, segmentBytes));
        Put(destination, 80, snapshot.CongestionWindowBytes / segmentBytes);
        Put(destination, 84, snapshot.OfferedSegmentBytes);

        // As Linux does, with the SYN, whose delivery counts.
        Put(destination, 192, 1 + Segments(snapshot.DeliveredBytes, segmentBytes));
    }

    private static void WriteTimes(Span<byte> destination, in TcpSnapshot snapshot)
    {
        Put(destination, 8, snapshot.RetransmissionTimeout.Microseconds);
        Put(destination, 44, snapshot.SinceTransmission.Milliseconds);
        Put(destination, 52, snapshot.SinceTextArrival.Milliseconds);
        Put(destination, 56, snapshot.SinceArrival.Milliseconds);
        Put(destination, 68, snapshot.RoundTrip.Microseconds);
        Put(destination, 72, snapshot.RoundTripVariation.Microseconds);
        Put(destination, 148, snapshot.MinimumRoundTrip == Duration.Zero ? uint.MaxValue : snapshot.MinimumRoundTrip.Microseconds);
    }

    private static void WriteTotals(Span<byte> destination, in TcpSnapshot snapshot)
    {
        Put(destination, 100, snapshot.SegmentsRetransmitted);
        BinaryPrimitives.WriteInt64LittleEndian(destination[104..], snapshot.PacingBytesPerSecond);
        BinaryPrimitives.WriteInt64LittleEndian(destination[120..], snapshot.DeliveredBytes - snapshot.SelectivelyAcknowledgedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[128..], snapshot.ReceivedBytes);
        Put(destination, 136, snapshot.SegmentsTransmitted);
        Put(destination, 140, snapshot.SegmentsReceived);
        Put(destination, 144, snapshot.UnsentBytes);
        Put(destination, 216, snapshot.DuplicatesReported);
        Put(destination, 220, snapshot.IsReorderingSeen ? 1 : 0);
        Put(destination, 228, snapshot.SendWindowBytes);
        Put(destination, 232, snapshot.ReceiveWindowBytes);
    }

    private static long Segments(long bytes, int segmentBytes) => (bytes + segmentBytes - 1) / segmentBytes;

    private static void Put(Span<byte> destination, int offset, long value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(destination[offset..], (uint)Math.Min(value, uint.MaxValue));
}
