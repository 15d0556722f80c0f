using NetStack.Core;

namespace NetStack.Tcp;

// How large the buffers are, and what window follows from it: RFC 9293 §3.8.6, within the memory of the whole stack.
public sealed partial class TcpConnection
{
    /// <summary>What a congestion window's worth of the send buffer is multiplied with: one on its way, one to follow it.</summary>
    private const int SendBufferWindows = 2;

    private const int LeastReassemblyBlocks = 16;

    private MemoryPressure Pressure => _tcp.Memory.Pressure;

    /// <summary>The window of a SYN.</summary>
    private int FirstWindowBytes => FirstWindowOf(_options, _tcp.Memory);

    /// <summary>The window of a SYN,ACK, also of one that leaves nothing behind; at most what a SYN can tell.</summary>
    internal static int FirstWindowOf(TcpConnectionOptions options, MemoryBudget memory)
    {
        int bytes = Math.Min(options.StartingReceiveBufferBytes, ushort.MaxValue);
        return memory.Pressure == MemoryPressure.None
            ? bytes
            : (int)Math.Min(bytes, (long)memory.ReceiveRoomBlocks(0, isReading: false) * DefaultSegmentBytesV4);
    }

    /// <summary>The blocks that may be held behind gaps.</summary>
    private int MaximumReassemblyBlocks
    {
        get
        {
            MemoryPressure pressure = Pressure;
            if (pressure == MemoryPressure.Critical || !_tcp.Memory.HasReserve)
            {
                return 0;
            }

            int byBuffer = Math.Max(LeastReassemblyBlocks, ReceiveBufferBytes / ReceiveQueue.BlockChargeBytes);
            int held = _reassembly?.Blocks ?? 0;
            return pressure == MemoryPressure.None ? byBuffer : Math.Min(byBuffer, held + _tcp.Memory.ReceiveRoomBlocks(held, isReading: false));
        }
    }

    /// <summary>The payload the send buffer takes now.</summary>
    private long SendAllowanceBytes
    {
        get
        {
            if (Pressure == MemoryPressure.None)
            {
                return SendBufferBytes;
            }

            long room = (long)_tcp.Memory.SendRoomBlocks(_sendQueue.Blocks) * PacketBuffer.BlockBytes;
            return Math.Min(SendBufferBytes, _sendQueue.LengthBytes + room);
        }
    }

    /// <summary>Whether the payload that is next may be taken in. Where it may not the sender has to send it again.</summary>
    private bool HasMemoryFor(int payloadBytes)
    {
        MemoryBudget memory = _tcp.Memory;
        if (memory.Pressure == MemoryPressure.None)
        {
            return memory.HasSpare || _receiveQueue.Fits(payloadBytes);
        }

        // What lies behind gaps goes first. A reader that keeps up is served on, one with unread data has to read it.
        memory.Prune();
        if (memory.ReceiveRoomBlocks(_receiveQueue.Blocks, _isReading) > 0 || _receiveQueue.Fits(payloadBytes))
        {
            return true;
        }

        _isReading = false;
        return false;
    }

    /// <summary>The sender may use twice what was read in a round trip.</summary>
    private void TuneReceiveBuffer(long bytes, Instant now)
    {
        _isReading |= bytes > 0;
        if (_options.ReceiveBufferBytes == 0)
        {
            int maximum = Math.Min(_options.MaximumReceiveBufferBytes, LargestWindowBytes);
            _receiveTuning.Read(bytes, _receiveSegmentBytes, maximum, Pressure == MemoryPressure.None, now);
        }
    }

    /// <summary>Learns the round trip from payload that has arrived, for the tuning of the receive buffer.</summary>
    private void MeasureReceiver(in Segment segment, Instant now)
    {
        if (_options.ReceiveBufferBytes != 0)
        {
            return;
        }

        if (!_usesTimestamps)
        {
            _receiveTuning.Arrived(_receiveNext, _receiveRightEdge, now);
        }
        else if (segment.Options.TimestampEcho != 0 && segment.PayloadBytes >= _receiveSegmentBytes)
        {
            // The clock ticks in milliseconds: below that the handshake has told more.
            int milliseconds = (int)(Timestamp(now) - segment.Options.TimestampEcho);
            if (milliseconds > 1)
            {
                _receiveTuning.Echoed(Duration.FromMilliseconds(milliseconds));
            }
            else if (milliseconds >= 0)
            {
                Duration tick = Duration.FromMilliseconds(1);
                _receiveTuning.Echoed(_rtt.HasSample ? Duration.Min(_rtt.Smoothed, tick) : tick);
            }
        }
    }

    /// <summary>A sender that has two congestion windows' worth queued never waits for its application.</summary>
    private void TuneSendBuffer()
    {
        long wanted = Math.Min(SendBufferWindows * CongestionWindowBytes, _options.MaximumSendBufferBytes);
        if (wanted > _tunedSendBufferBytes && _options.SendBufferBytes == 0 && Pressure == MemoryPressure.None)
        {
            _tunedSendBufferBytes = (int)wanted;
        }
    }

    /// <summary>The largest window that can be told.</summary>
    private int LargestWindowBytes => _usesWindowScale ? ushort.MaxValue << _receiveScale : ushort.MaxValue;

    /// <summary>
    /// The right edge to offer: what the buffer has room for, moved only by steps worth an acknowledgment.
    /// </summary>
    /// <remarks>RFC 9293 §3.8.6.2.2: "the receiver avoids advancing the right window edge by small increments".</remarks>
    private SequenceNumber NextRightEdge()
    {
        int buffer = ReceiveBufferBytes;
        long room = buffer - _receiveQueue.ChargedBytes;
        if (Pressure != MemoryPressure.None)
        {
            // The edge stays where it is, and the window becomes smaller as data arrives.
            room = Math.Min(room, (long)_tcp.Memory.ReceiveRoomBlocks(_receiveQueue.Blocks, _isReading) * _receiveSegmentBytes);
        }

        SequenceNumber edge = _receiveNext + (int)Math.Clamp(room, 0, LargestWindowBytes);
        int step = Math.Min(buffer / 2, _receiveSegmentBytes);
        return edge - _receiveRightEdge >= step ? edge : SequenceNumber.Max(_receiveRightEdge, _receiveNext);
    }

    /// <summary>Whether the window has opened so far that the peer should be told without waiting for its next segment.</summary>
    private bool IsWindowUpdateDue()
    {
        int limit = ReceiveBufferBytes;
        int advance = NextRightEdge() - _receiveRightEdge;
        int left = _receiveRightEdge - _receiveNext;
        return advance >= limit / 2
            || (advance >= 2 * _receiveSegmentBytes && (advance >= limit / 4 || left <= limit / 8));
    }
}
