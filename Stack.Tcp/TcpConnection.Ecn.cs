using NetStack.Core;

namespace NetStack.Tcp;

// Explicit congestion notification: RFC 3168 §6.1, RFC 9768.
public sealed partial class TcpConnection
{
    private EcnForm _ecn;
    private TcpFlags _ecnRequest;
    private AccurateEcn? _accurateEcn;
    private EcnCodepoint _synCodepoint;

    // Whether our data goes out as ECN-capable.
    private bool _isEcnCapable;

    // Of RFC 3168: whether our acknowledgments echo a mark, and whether our next data tells that the window was reduced.
    private bool _echoesCongestion;
    private bool _owesReduced;

    /// <summary>Whether congestion marks are used in place of losses, as both ends agreed in the handshake.</summary>
    /// <remarks>RFC 3168 §6.1.1, RFC 9768 §3.1.</remarks>
    public bool UsesEcn => _ecn != EcnForm.None;

    /// <summary>Whether the marks are told in the accurate form.</summary>
    /// <remarks>RFC 9768.</remarks>
    public bool UsesAccurateEcn => _ecn == EcnForm.Accurate;

    /// <summary>The ECN bits of our SYN or SYN,ACK.</summary>
    private TcpFlags EcnSynFlags(bool isAnswer)
    {
        if (isAnswer)
        {
            // RFC 9768 §3.2.3.2.2: after two SYN,ACKs in vain the third goes without the bits, though the form stays.
            return _ecn == EcnForm.Accurate && _retries > 1 ? TcpFlags.None : EcnNegotiation.Answer(_ecn, _synCodepoint);
        }

        // RFC 3168 §6.1.1.1: what answers no SYN with the bits may answer one without. RFC 9768 §3.1.4.1 has the accurate
        // form tried once more.
        if (_retries <= (_options.Ecn == EcnUse.AskAccurate ? 1 : 0))
        {
            return _ecnRequest = EcnNegotiation.Request(_options.Ecn);
        }

        _isEcnCapable = false;
        return TcpFlags.None;
    }

    /// <summary>The peer's SYN or SYN,ACK settles whether and how ECN is used.</summary>
    private void SettleEcn(in Segment syn)
    {
        bool isAnswer = State == TcpState.SynSent && syn.IsAcknowledgment;
        bool isWithoutAsking = isAnswer && _retries > (_options.Ecn == EcnUse.AskAccurate ? 1 : 0);
        _ecn = isAnswer
            ? EcnNegotiation.Answered(_ecnRequest, syn.Flags)
            : State == TcpState.SynSent ? EcnForm.None : EcnNegotiation.Agreed(_options.Ecn, syn.Flags);
        _synCodepoint = syn.Codepoint;

        // RFC 3168 §6.1.1: who has sent a SYN without the bits as well must not send ECN-capable packets.
        _isEcnCapable = _ecn != EcnForm.None && !isWithoutAsking;
        if (_ecn != EcnForm.Accurate)
        {
            _accurateEcn = null;
            return;
        }

        _accurateEcn = new AccurateEcn { SynCodepoint = syn.Codepoint, OwesHandshakeFeedback = isAnswer };
        if (syn.Codepoint == EcnCodepoint.CongestionExperienced)
        {
            _accurateEcn.SynWasMarked();
        }

        TcpFlags reserved = TcpFlags.AccurateEcn | TcpFlags.EcnEcho;
        if (isAnswer && (syn.Flags & EcnNegotiation.Bits) != reserved)
        {
            TakeHandshakeFeedback(syn.Flags);
        }
    }

    /// <summary>A SYN that comes again without the bits: the peer has given ECN up.</summary>
    private void SynComesAgain(in Segment syn)
    {
        if ((syn.Flags & EcnNegotiation.Bits) == TcpFlags.None)
        {
            _ecn = EcnForm.None;
            _isEcnCapable = false;
            _accurateEcn = null;
        }
    }

    /// <summary>The acknowledgment of our SYN,ACK tells how that arrived.</summary>
    /// <remarks>RFC 9768 §3.2.2.1, and §3.2.2.4: zero means that something on the way clears the field.</remarks>
    private void EcnHandshakeCompletes(in Segment segment)
    {
        if (_ecn == EcnForm.Accurate && (segment.Flags & EcnNegotiation.Bits) == TcpFlags.None)
        {
            _isEcnCapable = false;
        }
        else if (_ecn == EcnForm.Accurate && !segment.HasText)
        {
            TakeHandshakeFeedback(segment.Flags);
        }
    }

    /// <summary>Our SYN and SYN,ACK are sent not ECN-capable. If they arrive as anything else the path meddles with the bits.</summary>
    /// <remarks>RFC 9768 §3.2.2.3.</remarks>
    private void TakeHandshakeFeedback(TcpFlags flags)
    {
        switch (flags & EcnNegotiation.Bits)
        {
            case TcpFlags.AccurateEcn | TcpFlags.CongestionWindowReduced:
                _accurateEcn!.SynWasToldMarked();
                _isEcnCapable = false;
                break;
            case TcpFlags.AccurateEcn:
            case TcpFlags.CongestionWindowReduced | TcpFlags.EcnEcho:
                _isEcnCapable = false;
                break;
        }
    }

    /// <summary>An acceptable segment has arrived: its mark is to be told, and what it tells of ours to be heeded.</summary>
    private void EcnArrives(in Segment segment, Instant now)
    {
        if (_ecn == EcnForm.Classic)
        {
            ClassicEcnArrives(segment, now);
        }
        else if (_ecn == EcnForm.Accurate)
        {
            AccurateEcnArrives(segment, now);
        }
    }

    /// <remarks>RFC 3168 §6.1.2, §6.1.3.</remarks>
    private void ClassicEcnArrives(in Segment segment, Instant now)
    {
        if ((segment.Flags & TcpFlags.CongestionWindowReduced) != 0 && segment.PayloadBytes > 0)
        {
            // The peer's window may be down to this one segment: it waits for the acknowledgment.
            _echoesCongestion = false;
            AcknowledgeNow();
        }

        if (segment.Codepoint == EcnCodepoint.CongestionExperienced && segment.PayloadBytes > 0)
        {
            if (!_echoesCongestion)
            {
                AcknowledgeNow();
            }

            _echoesCongestion = true;
        }

        if ((segment.Flags & TcpFlags.EcnEcho) != 0)
        {
            EnterReduction(now);
        }
    }

    private void AccurateEcnArrives(in Segment segment, Instant now)
    {
        AccurateEcn counts = _accurateEcn!;
        if (counts.Arrived(
            segment.Codepoint == EcnCodepoint.CongestionExperienced,
            segment.PayloadBytes > 0,
            _receiveNext != _lastAcknowledgmentSent))
        {
            AcknowledgeNow();
        }

        // An acknowledgment that was overtaken would be read as seven marks: only progress counts.
        bool isLater = _usesTimestamps && (int)(segment.Options.TimestampValue - _timestampRecent) > 0;
        int newBytes = segment.Acknowledgment - _sendUnacknowledged;
        if ((newBytes > 0 || (newBytes == 0 && isLater)) && counts.Told(segment.Flags, newBytes, _segmentBytes))
        {
            EnterReduction(now);
        }
    }

    /// <summary>The congestion window was reduced, for whatever reason: the next data tells.</summary>
    /// <remarks>RFC 3168 §6.1.2; RFC 9768 §3.1.2 has no such flag.</remarks>
    private void WindowReduced() => _owesReduced = _ecn == EcnForm.Classic;

    /// <summary>The bytes told to be marked since the last sample.</summary>
    private long TakeMarkedBytes() => _accurateEcn?.TakeMarkedBytes() ?? 0;

    /// <summary>The ECN bits of a segment that goes out, and its codepoint.</summary>
    /// <param name="flags">Its control bits, to which the ECN bits are added.</param>
    /// <param name="hasPayload">Whether it carries data.</param>
    /// <param name="isNewData">Whether it carries data that was not sent before, and is no window probe.</param>
    /// <remarks>RFC 3168 §6.1.4 to §6.1.6: no acknowledgment, retransmission or window probe is ECN-capable.</remarks>
    private EcnCodepoint MarkSegment(ref TcpFlags flags, bool hasPayload, bool isNewData)
    {
        if (_ecn == EcnForm.None)
        {
            return EcnCodepoint.NotCapable;
        }

        if (_accurateEcn is { } counts)
        {
            flags |= counts.OwesHandshakeFeedback && !hasPayload ? EcnNegotiation.Feedback(counts.SynCodepoint) : counts.Field;
            counts.Sent();
        }
        else
        {
            flags |= _echoesCongestion ? TcpFlags.EcnEcho : 0;
            if (_owesReduced && isNewData)
            {
                flags |= TcpFlags.CongestionWindowReduced;
                _owesReduced = false;
            }
        }

        return isNewData && _isEcnCapable ? EcnCodepoint.Capable0 : EcnCodepoint.NotCapable;
    }
}
