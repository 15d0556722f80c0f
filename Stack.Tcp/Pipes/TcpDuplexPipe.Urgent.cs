using NetStack.Core;

namespace NetStack.Tcp;

/// <content>Urgent data: it stays in the stream, and its end is a position there. RFC 9293 §3.8.5, RFC 6093.</content>
public sealed partial class TcpDuplexPipe
{
    // Loop only.
    private long _deliveredBytes;
    private long _urgentSeen;

    // Shared.
    private long _urgentMark;

    /// <summary>
    /// The position in the received stream behind the urgent data that the peer has told of last, counted from its first
    /// byte, which is 0; 0 where there was none. It may lie beyond what has arrived. Any thread.
    /// </summary>
    public long UrgentMark => Volatile.Read(ref _urgentMark);

    /// <summary>The position in the received stream of the first byte that was not consumed. The reader's thread.</summary>
    public long ReadPosition => _reader.ConsumedBytes;

    /// <summary>What was written so far is urgent. The writer's thread, before it flushes.</summary>
    public void MarkUrgent() => _writer.MarkUrgent();

    /// <summary>Loop: the peer has told of urgent data.</summary>
    private void UrgentArrived()
    {
        if (_connection.UrgentBytes is var bytes and > 0)
        {
            Volatile.Write(ref _urgentMark, _deliveredBytes + bytes);
        }
    }

    /// <summary>Loop: passes the writer's mark on, once all before it is queued.</summary>
    private void MarkAppended(Instant now)
    {
        long urgent = _writer.UrgentBytes;
        if (urgent > _urgentSeen && urgent <= _appendedBytes)
        {
            _urgentSeen = urgent;
            _connection.MarkUrgent(_appendedBytes - urgent, now);
        }
    }
}
