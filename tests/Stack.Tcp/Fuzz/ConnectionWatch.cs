using NetStack.Core;
using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>What must be true of one connection over time, seen from outside: on the wire, and at its owner.</summary>
internal sealed class ConnectionWatch(TcpConnection connection)
{
    private SequenceNumber _unacknowledged;
    private SequenceNumber _received;
    private SequenceNumber _rightEdge;
    private SequenceNumber _acknowledgmentOnWire;
    private SequenceNumber _rightEdgeOnWire;
    private SequenceNumber _firstByte;
    private bool _hasSent;
    private bool _hasReceived;
    private bool _hasAcknowledged;
    private long _appendedBytes;

    public TcpConnection Connection { get; } = connection;

    /// <summary>After every event.</summary>
    public string? Broken()
    {
        if (Connection.BrokenInvariant() is { } broken)
        {
            return broken;
        }

        if (Connection.State is TcpState.Closed or TcpState.TimeWait or TcpState.SynSent)
        {
            return null;
        }

        if (_hasReceived && (Connection.SendUnacknowledged < _unacknowledged || Connection.ReceiveNext < _received))
        {
            return "SND.UNA and RCV.NXT never move back";
        }

        if (_hasReceived && Connection.ReceiveRightEdge < _rightEdge)
        {
            return "the right edge of the receive window never moves left";
        }

        _hasReceived = true;
        _unacknowledged = Connection.SendUnacknowledged;
        _received = Connection.ReceiveNext;
        _rightEdge = Connection.ReceiveRightEdge;
        return null;
    }

    /// <summary>A segment of the connection is on the wire.</summary>
    public string? BrokenBy(SentSegment sent)
    {
        if ((sent.Flags & Rst) != 0)
        {
            return null;
        }

        SequenceNumber sequence = new(sent.Sequence);
        if ((sent.Flags & Syn) != 0 && sequence == Connection.InitialSendSequence)
        {
            _hasSent = true;
            _firstByte = sequence + 1;
            sequence += 1;
        }

        if (!_hasSent)
        {
            // Of the connection that was between these ends before.
            return null;
        }

        int offset = sequence - _firstByte;
        long afterFin = sent.Payload.Length == 0 ? 1 : 0;
        if (offset < -1 || offset + sent.Payload.Length > _appendedBytes + afterFin || sent.Payload.Length > Math.Max(Connection.SegmentBytes, 1460))
        {
            return $"{sent.Payload.Length} bytes are sent at {offset}, {_appendedBytes} were appended";
        }

        for (int i = 0; i < sent.Payload.Length; i++)
        {
            if (sent.Payload[i] != AppendedAt(offset + i))
            {
                return $"byte {offset + i} is sent as {sent.Payload[i]}";
            }
        }

        return (sent.Flags & Ack) != 0 ? BrokenWindow(sent) : null;
    }

    /// <summary>The owner appends so many bytes; the content is the watch's.</summary>
    public byte[] Append(int bytes)
    {
        byte[] payload = new byte[bytes];
        for (int i = 0; i < bytes; i++)
        {
            payload[i] = AppendedAt(_appendedBytes + i);
        }

        _appendedBytes += bytes;
        return payload;
    }

    /// <summary>The owner takes what has arrived.</summary>
    /// <param name="chain">What it took.</param>
    /// <param name="end">The sequence number behind it.</param>
    public static string? BrokenBy(PacketBuffer chain, SequenceNumber end)
    {
        SequenceNumber position = end - chain.TotalLength;
        for (PacketBuffer? block = chain; block is not null; block = block.Next)
        {
            foreach (byte value in block.Span)
            {
                if (value != FuzzPeer.PayloadAt(position.Value))
                {
                    return $"the byte at {position} is delivered as {value}";
                }

                position += 1;
            }
        }

        return null;
    }

    private static byte AppendedAt(long offset) => (byte)(offset * 31 + (offset >> 8));

    private string? BrokenWindow(SentSegment sent)
    {
        bool isSyn = (sent.Flags & Syn) != 0;
        SequenceNumber acknowledgment = new(sent.Acknowledgment);
        SequenceNumber edge = acknowledgment + (isSyn ? sent.Window : sent.Window << Connection.ReceiveScale);
        if (_hasAcknowledged && acknowledgment < _acknowledgmentOnWire)
        {
            return "what was acknowledged stays acknowledged";
        }

        // The window of a SYN,ACK is not scaled and may say less than was offered since.
        if (_hasAcknowledged && edge < _rightEdgeOnWire)
        {
            if (!isSyn)
            {
                return $"the window on the wire never moves left: it did by {_rightEdgeOnWire - edge}";
            }

            edge = _rightEdgeOnWire;
        }

        _hasAcknowledged = true;
        _acknowledgmentOnWire = acknowledgment;
        _rightEdgeOnWire = edge;
        return null;
    }
}
