using NetStack.Core;

namespace NetStack.Tcp;

// Urgent data: RFC 9293 §3.8.5, RFC 6093. It stays in the stream; the pointer marks where it ends.
public sealed partial class TcpConnection
{
    private UrgentPointers? _urgent;

    /// <summary>
    /// The bytes from the first one that was not taken to the end of the urgent data, which may lie beyond what has
    /// arrived; 0 where there is none.
    /// </summary>
    /// <remarks>RFC 9293 §3.8.5: "provide a way for the application to learn how much urgent data remains to be read" (MUST-33).</remarks>
    public int UrgentBytes => _urgent is { IsReceiving: true } urgent ? Math.Max(urgent.Receive - NextToTake, 0) : 0;

    /// <summary>The sequence number of the first byte that was not taken.</summary>
    private SequenceNumber NextToTake => _receiveNext - (_receiveQueue.LengthBytes + (HasReceivedFin ? 1 : 0));

    private bool IsSendingUrgent => _urgent is { IsSending: true };

    /// <summary>
    /// Queues payload that is urgent: all segments tell of it until it is acknowledged, also where the peer's window is
    /// closed. Takes the ownership of the chain. New applications should not use it.
    /// </summary>
    /// <remarks>RFC 9293 §3.10.2, §3.8.5 (MUST-30, MUST-31); RFC 6093 §5.</remarks>
    public void AppendUrgent(PacketBuffer data, Instant now)
    {
        Append(data, now);
        MarkUrgent(0, now);
    }

    /// <summary>What is queued is urgent, but for the last bytes of it.</summary>
    /// <param name="laterBytes">The bytes that were queued behind the urgent data.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public void MarkUrgent(long laterBytes, Instant now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(laterBytes);
        if (laterBytes >= _sendQueue.LengthBytes || State is TcpState.Closed or TcpState.TimeWait)
        {
            return;
        }

        _urgent ??= new UrgentPointers();
        _urgent.Send = _sendQueue.End - (int)laterBytes;
        _urgent.IsSending = true;
        if (State is not (TcpState.SynSent or TcpState.SynReceived))
        {
            // "If the URGENT flag is set, then SND.UP <- SND.NXT and set the urgent pointer in the outgoing segments."
            // Where no data may go out now, an acknowledgment does.
            AcknowledgeNow();
        }
    }

    /// <summary>Sixth step: the URG bit.</summary>
    /// <param name="segment">The segment, its ACK field processed, its text not.</param>
    /// <param name="sequence">SEG.SEQ as it came, before any trimming.</param>
    private void UrgentArrives(in Segment segment, SequenceNumber sequence)
    {
        if (State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2) || _isReceiveStopped)
        {
            // "This should not occur since a FIN has been received from the remote side. Ignore the URG."
            return;
        }

        // A pointer that does not point beyond what has arrived tells of urgent data that was told of before, or of none.
        SequenceNumber pointer = sequence + segment.UrgentPointer;
        if (pointer <= _receiveNext || (_urgent is { IsReceiving: true } known && pointer <= known.Receive))
        {
            return;
        }

        // RFC 9293 §3.8.5: "inform the application layer asynchronously whenever it receives an urgent pointer and there was
        // previously no pending urgent data, or whenever the urgent pointer advances in the data stream" (MUST-32).
        _urgent ??= new UrgentPointers();
        _urgent.Receive = pointer;
        _urgent.IsReceiving = true;
        Raise(TcpEvents.Urgent);
    }

    /// <summary>The application has taken all that had arrived: the urgent data is passed where it lies before that.</summary>
    private void PassUrgent()
    {
        if (_urgent is { IsReceiving: true } urgent && urgent.Receive <= NextToTake)
        {
            urgent.IsReceiving = false;
        }
    }

    /// <summary>Sets the URG bit and the pointer of a segment that begins before the end of the urgent data.</summary>
    private void WriteUrgent(Span<byte> header, SequenceNumber sequence)
    {
        UrgentPointers urgent = _urgent!;
        if (_sendUnacknowledged >= urgent.Send)
        {
            urgent.IsSending = false;
        }
        else if (sequence < urgent.Send)
        {
            // Urgent data of any length: a pointer that cannot reach its end points as far as it can.
            TcpHeader.WriteUrgentPointer(header, (ushort)Math.Min(urgent.Send - sequence, ushort.MaxValue));
        }
    }
}
