using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Tcp;

// Segments that travel as one through the stack, and are cut by the device or just before it. They have one header, of which
// each gets a copy; to the rules of sending, and to what is remembered of what is on its way, they are separate segments.
public sealed partial class TcpConnection
{
    /// <summary>What IP lets a super-segment have: the total length field counts 16 bits.</summary>
    private const int LargestPacketBytes = ushort.MaxValue;

    private GsoType SegmentationType => RemoteEndPoint.Address.IsIPv4 ? GsoType.TcpV4 : GsoType.TcpV6;

    private DeviceOffloads SegmentationOffload =>
        RemoteEndPoint.Address.IsIPv4 ? DeviceOffloads.SegmentTcpV4 : DeviceOffloads.SegmentTcpV6;

    /// <summary>
    /// Whether every segment of a super-segment may have the same header. With accurate ECN they may not: a device clears
    /// CWR in all but the first, and there it is a bit of a number. Nor where a duplicate is to be told: RFC 2883 §4 has it told
    /// "in at most one D-SACK block".
    /// </summary>
    private bool MaySendSuperSegments =>
        !IsSendingUrgent
        && !_owesReduced
        && !HasDuplicate
        && _accurateEcn is null
        && (_pending & PendingOutput.WindowProbe) == 0;

    /// <summary>How much goes out at once where at least one full segment may: full segments, and the rest where it may follow them.</summary>
    /// <param name="sendable">What there is within the peer's window.</param>
    /// <param name="finWaits">Whether a FIN follows what there is.</param>
    /// <param name="now">The time of the loop's turn.</param>
    private int SuperSegmentBytes(int sendable, bool finWaits, Instant now)
    {
        int roomBytes = SegmentRoomBytes;
        int segments = _tcp.Host.SegmentLimit(_path!, SegmentationOffload);
        if (segments <= 1 || !MaySendSuperSegments)
        {
            return roomBytes;
        }

        int limit = (int)Math.Min(sendable, (long)segments * roomBytes);
        limit = Math.Min(limit, LargestPacketBytes - IpHeaderBytes - TcpHeader.MaximumLengthBytes);
        limit = (int)Math.Min(limit, CongestionWindowBytes - FlightBytes);
        if (_flight is { } flight)
        {
            limit = (int)Math.Min(limit, (long)flight.RoomSegments * roomBytes);
        }

        limit = (int)Math.Min(limit, PaceAllowanceBytes(now));
        if (_sendQueue.Blocks >= _path!.MaximumBlocks)
        {
            limit = Math.Min(limit, _sendQueue.BytesWithin(_sendNext, _path.MaximumBlocks - 1));
        }

        int full = limit / roomBytes * roomBytes;
        int rest = _sendQueue.End - _sendNext - full;
        bool takesRest = rest > 0 && rest < roomBytes && full + rest <= limit && IsWorthSending(rest, rest, finWaits);
        return Math.Max(takesRest ? full + rest : full, roomBytes);
    }

    /// <summary>Remembers new data that went out, segment by segment.</summary>
    private void AppendTransmission(
        Flight flight, SequenceNumber start, int lengthBytes, int segmentBytes, TcpFlags flags, Instant now)
    {
        // A FIN may lie beyond the room of the last segment: it takes none of it.
        while (lengthBytes > segmentBytes + 1 || (lengthBytes == segmentBytes + 1 && (flags & TcpFlags.Fin) == 0))
        {
            flight.Append(DescribeTransmission(flight, start, segmentBytes, TcpFlags.Acknowledgment, now));
            start += segmentBytes;
            lengthBytes -= segmentBytes;
        }

        flight.Append(DescribeTransmission(flight, start, lengthBytes, flags, now));
    }
}
