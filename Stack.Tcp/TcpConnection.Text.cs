using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Tcp;

// Seventh and eighth step: the segment text and the FIN bit. RFC 9293 §3.10.7.4. And when what arrived is acknowledged.
public sealed partial class TcpConnection
{
    /// <summary>How many times its limit a receive queue of half-empty blocks may be charged with before payload is refused.</summary>
    private const int ChargeFactor = 4;

    /// <summary>Takes in payload and FIN of an acceptable segment that is trimmed to the window. Takes the ownership of the packet.</summary>
    private void TextArrives(in Segment segment, PacketBuffer packet, Instant now)
    {
        if (State is not (TcpState.SynReceived or TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
        {
            // "This should not occur since a FIN has been received from the remote side. Ignore the segment text."
            Pool.Drop(packet, DropReason.TcpDataAfterClose);
            return;
        }

        if (segment.PayloadBytes > 0 && _isReceiveStopped)
        {
            SendReset(now);
            Pool.Drop(packet, DropReason.TcpDataAfterClose);
            Terminate(TcpError.ConnectionAborted);
            return;
        }

        SequenceNumber end = segment.Sequence + segment.PayloadBytes;
        bool isFin = segment.IsFin && State != TcpState.SynReceived;
        if (segment.PayloadBytes == 0)
        {
            Deliver(packet);
        }
        else if (TakePayload(segment.Sequence, segment.PayloadBytes, packet, now))
        {
            MeasureReceiver(segment, now);
        }
        else
        {
            return;
        }

        if (isFin && end == _receiveNext)
        {
            FinArrives(now);
        }
        else if (isFin && end > _receiveNext)
        {
            (_reassembly ??= new Reassembly(_tcp.Memory)).SetFin(end);
            AcknowledgeNow();
        }
        else if (_reassembly?.TryTakeFin(_receiveNext) ?? false)
        {
            FinArrives(now);
        }

        if (_reassembly?.IsEmpty ?? false)
        {
            _reassembly = null;
        }
    }

    /// <returns>False where the payload was refused; the packet is dropped.</returns>
    private bool TakePayload(SequenceNumber sequence, int payloadBytes, PacketBuffer packet, Instant now)
    {
        if (_usesSack && _reassembly is { Count: > 0 } held && held.TryFindOverlap(sequence, sequence + payloadBytes, out SackBlock overlap))
        {
            DuplicateArrives(overlap.Start, overlap.End, now);
        }

        if (sequence == _receiveNext)
        {
            if (!TryAppendReceived(packet, payloadBytes, now))
            {
                Pool.Drop(packet, DropReason.TcpReceiveFull);
                return false;
            }

            if (_reassembly is { Count: > 0 } reassembly)
            {
                // RFC 5681 §4.2: "a TCP receiver SHOULD send an immediate ACK when it receives a data segment that fills in
                // all or part of a gap in the sequence space".
                AcknowledgeNow();
                while (reassembly.TryTake(_receiveNext, out int lengthBytes) is { } chain)
                {
                    _receiveQueue.Append(_tcp.Memory, chain);
                    _receiveNext += lengthBytes;
                    _receivedBytes += lengthBytes;
                }
            }

            Counters.Increment(Counter.FramesDelivered);
            Raise(TcpEvents.Readable);
            return true;
        }

        Debug.Assert(sequence > _receiveNext, "the segment was trimmed");

        _reassembly ??= new Reassembly(_tcp.Memory);
        if (MustReportFirst(_reassembly, sequence))
        {
            TransmitAcknowledgment(now);
        }

        // RFC 5681 §4.2: "a TCP receiver SHOULD send an immediate duplicate ACK when an out-of-order segment arrives."
        BeQuick();
        AcknowledgeNow();
        AcknowledgeEach(packet, payloadBytes, now);
        switch (_reassembly.Add(sequence, packet, MaximumReassemblyBlocks, now))
        {
            case ReassemblyOutcome.Added:
                ScheduleTimer();
                Counters.Increment(Counter.FramesDelivered);
                return true;
            case ReassemblyOutcome.Duplicate:
                Pool.Drop(packet, DropReason.TcpDuplicateData);
                return true;
            default:
                Pool.Drop(packet, DropReason.TcpReassemblyFull);
                return false;
        }
    }

    /// <summary>
    /// Segments behind a gap that came as one packet: a peer without SACK counts the duplicate acknowledgments, one for each.
    /// </summary>
    private void AcknowledgeEach(PacketBuffer packet, int payloadBytes, Instant now)
    {
        if (_usesSack || packet.Gso == GsoType.None || packet.GsoSizeBytes == 0)
        {
            return;
        }

        for (int rest = payloadBytes - packet.GsoSizeBytes; rest > 0; rest -= packet.GsoSizeBytes)
        {
            TransmitAcknowledgment(now);
        }

        AcknowledgeNow();
    }

    /// <summary>When the payload that has waited longest behind a gap is given back.</summary>
    private Instant ReassemblyDeadline => _reassembly is { Count: > 0 } reassembly
        ? reassembly.HeldSince + _tcp.Options.ReassemblyTimeout
        : Instant.Never;

    private void ExpireReassembly(Instant now)
    {
        if (_reassembly!.Expire(now - _tcp.Options.ReassemblyTimeout))
        {
            Counters.Increment(Counter.TcpReassemblyDiscards);
        }

        if (_reassembly.IsEmpty)
        {
            _reassembly = null;
        }
    }

    /// <summary>Appends the payload that is next and decides when to acknowledge it.</summary>
    /// <returns>False where the queue is charged with too many half-empty blocks; the packet is still the caller's.</returns>
    private bool TryAppendReceived(PacketBuffer packet, int payloadBytes, Instant now)
    {
        if (_receiveQueue.ChargedBytes > (long)ChargeFactor * ReceiveBufferBytes || !HasMemoryFor(payloadBytes))
        {
            AcknowledgeNow();
            return false;
        }

        _receiveQueue.Append(_tcp.Memory, packet);
        _receiveNext += payloadBytes;
        _receivedBytes += payloadBytes;
        _receiveSegmentBytes = Math.Max(_receiveSegmentBytes, Math.Min(payloadBytes, OurMaximumSegmentBytes));
        AcknowledgeText(now);
        return true;
    }

    /// <summary>The FIN is next in sequence.</summary>
    private void FinArrives(Instant now)
    {
        HasReceivedFin = true;
        _receiveNext += 1;
        _reassembly?.Clear();
        AcknowledgeNow();
        Raise(TcpEvents.Readable);
        switch (State)
        {
            case TcpState.Established:
                State = TcpState.CloseWait;
                break;
            case TcpState.FinWait1:
                State = TcpState.Closing;
                break;
            case TcpState.FinWait2:
                EnterTimeWait(now);
                break;
        }
    }

    /// <summary>Trims text that came with a SYN to the first window.</summary>
    private void TrimToWindow(ref Segment segment, PacketBuffer packet)
    {
        segment.RemoveFrom(SequenceNumber.Max(_receiveRightEdge, segment.Sequence));
        packet.Truncate(segment.PayloadBytes);
    }
}
