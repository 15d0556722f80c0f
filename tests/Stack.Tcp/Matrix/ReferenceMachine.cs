using static NetStack.Tcp.Tests.Machine;

namespace NetStack.Tcp.Tests;

/// <summary>
/// SEGMENT ARRIVES by the text of RFC 9293 §3.10.7 and of the parts of RFC 5961 that it takes in, step by step and for one
/// segment at a time. It knows no timers, options, congestion or buffers: what it is asked is which segment answers, and
/// what becomes of the state. Written from the text alone, to judge the machine under test by.
/// </summary>
/// <remarks>Where the stack departs from the text, the comment names the row of DEVIATIONS.md.</remarks>
internal sealed class ReferenceMachine
{
    public required TcpState State { get; set; }

    /// <summary>Whether the connection came from LISTEN.</summary>
    public bool IsPassive { get; init; } = true;

    /// <summary>Whether an endpoint listens that takes in a new connection.</summary>
    public bool IsListening { get; init; }

    public required int SendUnacknowledged { get; set; }

    public required int SendNext { get; init; }

    /// <summary>MAX.SND.WND of RFC 5961.</summary>
    public required int LargestSendWindow { get; init; }

    public required int ReceiveNext { get; set; }

    public required int ReceiveWindow { get; set; }

    private Reply Acknowledgment => new(Ack, SendNext, ReceiveNext);

    public Reply SegmentArrives(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes)
    {
        int length = payloadBytes + Bit(flags, Syn) + Bit(flags, Fin);
        return State switch
        {
            TcpState.Closed => ArrivesInClosed(flags, sequence, acknowledgment, length),
            TcpState.Listen => ArrivesInListen(flags, sequence, acknowledgment),
            TcpState.SynSent => ArrivesInSynSent(flags, sequence, acknowledgment, payloadBytes),
            _ => ArrivesElsewhere(flags, sequence, acknowledgment, payloadBytes, length),
        };
    }

    private static int Bit(TcpFlags flags, TcpFlags bit) => (flags & bit) != 0 ? 1 : 0;

    private static bool Has(TcpFlags flags, TcpFlags bit) => (flags & bit) != 0;

    /// <remarks>§3.10.7.1.</remarks>
    private static Reply ArrivesInClosed(TcpFlags flags, int sequence, int acknowledgment, int length)
    {
        // "An incoming segment containing a RST is discarded."
        if (Has(flags, Rst))
        {
            return Reply.None;
        }

        // "If the ACK bit is off, sequence number zero is used, <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. If the ACK bit
        // is on, <SEQ=SEG.ACK><CTL=RST>".
        return Has(flags, Ack) ? new Reply(Rst, acknowledgment, 0) : new Reply(Rst | Ack, 0, sequence + length);
    }

    /// <remarks>§3.10.7.2.</remarks>
    private Reply ArrivesInListen(TcpFlags flags, int sequence, int acknowledgment)
    {
        // "First, check for a RST: ... An incoming RST should be ignored."
        if (Has(flags, Rst))
        {
            return Reply.None;
        }

        // "Second, check for an ACK: Any acknowledgment is bad if it arrives on a connection still in the LISTEN state. ...
        // <SEQ=SEG.ACK><CTL=RST>".
        if (Has(flags, Ack))
        {
            return new Reply(Rst, acknowledgment, 0);
        }

        // "Third, check for a SYN: ... Set RCV.NXT to SEG.SEQ+1 ... any other control or text should be queued for
        // processing later. ... <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>". Fourth: "Drop the segment and return."
        if (!Has(flags, Syn))
        {
            return Reply.None;
        }

        State = TcpState.SynReceived;
        ReceiveNext = sequence + 1;
        return new Reply(Syn | Ack, 0, ReceiveNext);
    }

    /// <remarks>§3.10.7.3.</remarks>
    private Reply ArrivesInSynSent(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes)
    {
        // "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the RST bit is set, if so drop the segment and return)".
        if (Has(flags, Ack) && (acknowledgment <= 0 || acknowledgment > SendNext))
        {
            return Has(flags, Rst) ? Reply.None : new Reply(Rst, acknowledgment, 0);
        }

        // "If the ACK was acceptable, then signal to the user 'error: connection reset', drop the segment, enter CLOSED
        // state ... Otherwise (no ACK), drop the segment and return."
        if (Has(flags, Rst))
        {
            State = Has(flags, Ack) ? TcpState.Closed : State;
            return Reply.None;
        }

        // "Fifth, if neither of the SYN or RST bits is set, then drop the segment and return."
        if (!Has(flags, Syn))
        {
            return Reply.None;
        }

        ReceiveNext = sequence + 1;
        if (!Has(flags, Ack))
        {
            // "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> and send it."
            State = TcpState.SynReceived;
            return new Reply(Syn | Ack, 0, ReceiveNext);
        }

        // "If SND.UNA > ISS (our SYN has been ACKed), change the connection state to ESTABLISHED, form an ACK segment ... If
        // there are other controls or text in the segment, then continue processing at the sixth step".
        SendUnacknowledged = acknowledgment;
        State = TcpState.Established;
        TakeText(flags, ReceiveNext, payloadBytes);
        return Acknowledgment;
    }

    /// <remarks>§3.10.7.4.</remarks>
    private Reply ArrivesElsewhere(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes, int length)
    {
        if (TryAnswerSyn(flags, sequence, acknowledgment) is { } answer)
        {
            return answer;
        }

        // Second, by RFC 5961, which asks for the sequence number alone and hence comes first: "1) If the RST bit is set and
        // the sequence number is outside the current receive window, silently drop the segment. 2) ... exactly matches the
        // next expected sequence number (RCV.NXT), then TCP endpoints MUST reset the connection ... 3) ... does not exactly
        // match the next expected sequence value, yet is within the current receive window, TCP endpoints MUST send an
        // acknowledgment (challenge ACK)". First step: "special allowance should be made to accept valid ... RSTs".
        if (Has(flags, Rst))
        {
            return ResetArrives(sequence);
        }

        // First: "If an incoming segment is not acceptable, an acknowledgment should be sent in reply". And: "If the RCV.WND
        // is zero, no segments will be acceptable, but special allowance should be made to accept valid ACKs, URGs, and RSTs."
        bool isBeyondClosedWindow = ReceiveWindow == 0 && sequence == ReceiveNext && length > 0;
        if (!IsAcceptable(sequence, length) && !(isBeyondClosedWindow && Has(flags, Ack)))
        {
            return Acknowledgment;
        }

        // Fourth: "If the connection was initiated with a passive OPEN, then return this connection to the LISTEN state and
        // return. Otherwise, handle per the directions for synchronized states below." There: "if the SYN bit is set,
        // irrespective of the sequence number, TCP endpoints MUST send a 'challenge ACK' to the remote peer".
        if (Has(flags, Syn))
        {
            if (State == TcpState.SynReceived && IsPassive)
            {
                State = TcpState.Listen;
                return Reply.None;
            }

            return Acknowledgment;
        }

        // Fifth: "if the ACK bit is off, drop the segment and return".
        return !Has(flags, Ack) ? Reply.None : AcknowledgmentArrives(flags, sequence, acknowledgment, payloadBytes);
    }

    /// <summary>The places where a SYN is more than an unacceptable segment; null elsewhere.</summary>
    private Reply? TryAnswerSyn(TcpFlags flags, int sequence, int acknowledgment)
    {
        if (!Has(flags, Syn) || Has(flags, Rst))
        {
            return null;
        }

        if (State == TcpState.TimeWait)
        {
            // §3.6.1: "it MAY accept a new SYN from the remote TCP endpoint to reopen the connection directly from TIME-WAIT
            // state (MAY-2)". Without timestamps the sequence number tells whether it is new.
            if (IsListening && !Has(flags, Ack) && sequence > ReceiveNext)
            {
                State = TcpState.SynReceived;
                ReceiveNext = sequence + 1;
                return new Reply(Syn | Ack, 0, ReceiveNext);
            }

            return Acknowledgment;
        }

        if (State != TcpState.SynReceived || sequence != ReceiveNext - 1)
        {
            return null;
        }

        // DEVIATIONS.md, "a SYN again in SYN-RECEIVED": the SYN,ACK once more.
        if (IsPassive && !Has(flags, Ack))
        {
            return new Reply(Syn | Ack, 0, ReceiveNext);
        }

        // Figure 7: the SYN,ACK of the other side completes a simultaneous open. DEVIATIONS.md has it.
        if (!IsPassive && Has(flags, Ack))
        {
            return AcknowledgmentArrives(flags & ~Syn, ReceiveNext, acknowledgment, 0);
        }

        return null;
    }

    /// <summary>Table 6, and what covers the whole window (DEVIATIONS.md).</summary>
    private bool IsAcceptable(int sequence, int length)
    {
        if (ReceiveWindow == 0)
        {
            return length == 0 && sequence == ReceiveNext;
        }

        int windowEnd = ReceiveNext + ReceiveWindow;
        int last = sequence + length - 1;
        bool startsInside = ReceiveNext <= sequence && sequence < windowEnd;
        return length == 0 ? startsInside : startsInside || (ReceiveNext <= last && sequence < windowEnd);
    }

    private Reply ResetArrives(int sequence)
    {
        if (State == TcpState.TimeWait)
        {
            // RFC 1337 §3, fix F1: "Ignore RST segments in TIME-WAIT state." DEVIATIONS.md has it.
            return Reply.None;
        }

        if (sequence != ReceiveNext)
        {
            return sequence > ReceiveNext && sequence < ReceiveNext + ReceiveWindow ? Acknowledgment : Reply.None;
        }

        // "If this connection was initiated with a passive OPEN (i.e., came from the LISTEN state), then return this
        // connection to LISTEN state and return."
        State = State == TcpState.SynReceived && IsPassive ? TcpState.Listen : TcpState.Closed;
        return Reply.None;
    }

    private Reply AcknowledgmentArrives(TcpFlags flags, int sequence, int acknowledgment, int payloadBytes)
    {
        if (State == TcpState.SynReceived)
        {
            // "If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state and continue processing ... If the segment
            // acknowledgment is not acceptable, form a reset segment <SEQ=SEG.ACK><CTL=RST> and send it."
            if (acknowledgment <= SendUnacknowledged || acknowledgment > SendNext)
            {
                return new Reply(Rst, acknowledgment, 0);
            }

            State = TcpState.Established;
        }

        // RFC 5961 §5.2: "acceptable only if it is in the range of ((SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT). All
        // incoming segments whose ACK value doesn't satisfy the above condition MUST be discarded and an ACK sent back."
        if (acknowledgment < SendUnacknowledged - LargestSendWindow || acknowledgment > SendNext)
        {
            return Acknowledgment;
        }

        SendUnacknowledged = Math.Max(SendUnacknowledged, acknowledgment);
        bool isFinAcknowledged = SendUnacknowledged == SendNext;
        switch (State)
        {
            case TcpState.FinWait1 when isFinAcknowledged:
                // "if the FIN segment is now acknowledged, then enter FIN-WAIT-2 and continue processing in that state."
                State = TcpState.FinWait2;
                break;
            case TcpState.Closing:
                // "if the ACK acknowledges our FIN, then enter the TIME-WAIT state; otherwise, ignore the segment."
                State = isFinAcknowledged ? TcpState.TimeWait : State;
                return RefusedText(sequence, payloadBytes);
            case TcpState.LastAck:
                // "If our FIN is now acknowledged, delete the TCB, enter the CLOSED state, and return."
                State = isFinAcknowledged ? TcpState.Closed : State;
                return isFinAcknowledged ? Reply.None : RefusedText(sequence, payloadBytes);
            case TcpState.CloseWait:
                // Seventh: "This should not occur since a FIN has been received from the remote side. Ignore the segment text."
                return RefusedText(sequence, payloadBytes);
            case TcpState.TimeWait:
                // "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it". What
                // is in order and carries nothing is not answered, lest two hosts in TIME-WAIT answer each other for ever.
                bool isEmpty = payloadBytes == 0 && !Has(flags, Fin);
                return isEmpty && sequence == ReceiveNext && acknowledgment == SendNext ? Reply.None : Acknowledgment;
        }

        if (payloadBytes == 0 && !Has(flags, Fin))
        {
            return Reply.None;
        }

        // Seventh: "When the TCP endpoint takes responsibility for delivering the data to the user, it must also acknowledge
        // the receipt of the data." Out of order: "A TCP implementation MAY send an ACK segment acknowledging RCV.NXT
        // when a valid segment arrives that is in the window but not at the left window edge (MAY-13)": this one does.
        TakeText(flags, sequence, payloadBytes);
        return Acknowledgment;
    }

    /// <summary>Text that is ignored; at a closed window the first step has answered it.</summary>
    private Reply RefusedText(int sequence, int payloadBytes) =>
        ReceiveWindow == 0 && payloadBytes > 0 && sequence == ReceiveNext ? Acknowledgment : Reply.None;

    /// <summary>Seventh and eighth step: what is next is taken in as far as the window goes, and the FIN behind it.</summary>
    private void TakeText(TcpFlags flags, int sequence, int payloadBytes)
    {
        int end = sequence + payloadBytes;
        int windowEnd = ReceiveNext + ReceiveWindow;
        bool isCut = end > windowEnd;
        if (sequence > ReceiveNext)
        {
            return;
        }

        int before = ReceiveNext;
        ReceiveNext = Math.Max(ReceiveNext, Math.Min(end, windowEnd));
        ReceiveWindow -= ReceiveNext - before;

        // DEVIATIONS.md, "a FIN at a closed window": it needs no buffer.
        if (!Has(flags, Fin) || isCut || end != ReceiveNext)
        {
            return;
        }

        ReceiveNext++;
        State = State switch
        {
            TcpState.Established => TcpState.CloseWait,
            TcpState.FinWait1 => TcpState.Closing,
            TcpState.FinWait2 => TcpState.TimeWait,
            _ => State,
        };
    }
}
