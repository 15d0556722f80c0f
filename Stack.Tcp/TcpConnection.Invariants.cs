using System.Diagnostics;
using NetStack.Core;

namespace NetStack.Tcp;

// What holds between any two events. The debug build checks it at every event, tests in any build.
public sealed partial class TcpConnection
{
    internal SequenceNumber InitialSendSequence => _initialSendSequence;

    internal SequenceNumber SendUnacknowledged => _sendUnacknowledged;

    internal SequenceNumber SendNext => _sendNext;

    internal SequenceNumber ReceiveNext => _receiveNext;

    internal SequenceNumber ReceiveRightEdge => _receiveRightEdge;

    /// <summary>What is on its way; null where nothing is.</summary>
    internal Flight? Underway => _flight;

    internal byte ReceiveScale => _receiveScale;

    /// <summary>Whether a FIN is queued: no more payload is taken.</summary>
    internal bool IsSendFinished => _isFinQueued;

    private bool IsOpening => State is TcpState.SynSent or TcpState.SynReceived;

    private bool IsOver => State is TcpState.Closed or TcpState.TimeWait;

    [Conditional("DEBUG")]
    private void CheckInvariants() => Debug.Assert(BrokenInvariant() is null, BrokenInvariant());

    /// <summary>The first rule that does not hold; null where all do.</summary>
    internal string? BrokenInvariant() =>
        BrokenEnd() ?? BrokenSequence() ?? BrokenFlight() ?? BrokenState() ?? BrokenTimer() ?? BrokenOutput() ?? BrokenReassembly();

    private static string? Broken(bool holds, string rule) => holds ? null : rule;

    private string? BrokenEnd() => IsOver
        ? Broken(_sendQueue.LengthBytes == 0 && _reassembly is null, "a connection that is over holds nothing")
            ?? Broken(!IsScheduled, "a connection that is over has no timer")
            ?? Broken(_pending == PendingOutput.None, "a connection that is over has nothing to send")
        : null;

    /// <remarks>RFC 9293 §3.3.1, §3.4.</remarks>
    private string? BrokenSequence()
    {
        if (IsOver)
        {
            return null;
        }

        // What was sent lay within a window offered once, and the right edge of that window is at most the largest window
        // behind SND.UNA. A FIN needs no room in it.
        int beyond = _sendNext - _sendUnacknowledged - _largestSendWindow - (_isFinSent ? 1 : 0);
        return Broken(_sendUnacknowledged <= _sendNext, "SND.UNA <= SND.NXT")
            ?? Broken(_sendNext <= _sendMaximum, "SND.NXT <= SND.MAX")
            ?? Broken(_sendMaximum <= _sendNext + 1, "one byte of a probe is the most that lies beyond SND.NXT")
            ?? Broken(IsOpening || beyond <= 0, "SND.NXT <= SND.UNA + MAX.SND.WND")
            ?? Broken(_sendMaximum <= _sendQueue.End + 1, "nothing is sent that is not queued")
            ?? Broken(IsOpening || _sendQueue.Start == SequenceNumber.Min(_sendUnacknowledged, _sendQueue.End), "the send queue starts at SND.UNA")
            ?? Broken(State == TcpState.SynSent || _receiveNext <= _receiveRightEdge + 1, "RCV.NXT is not beyond the window, but for a FIN")
            ?? Broken(State == TcpState.SynSent || _lastAcknowledgmentSent <= _receiveNext, "nothing is acknowledged that has not arrived");
    }

    /// <summary>Every byte between SND.UNA and SND.NXT belongs to a segment on its way, and each is counted as what it is.</summary>
    /// <remarks>RFC 6675 §3, §4; RFC 8985 §5.2.</remarks>
    private string? BrokenFlight()
    {
        if (_flight is not { } flight)
        {
            return Broken(IsOver || IsOpening || _sendUnacknowledged == _sendNext, "what is on its way is remembered");
        }

        SequenceNumber next = State == TcpState.SynReceived ? _initialSendSequence + 1 : _sendUnacknowledged;
        int deliveredCount = 0;
        int deliveredBytes = 0;
        int lostBytes = 0;
        for (int i = 0; i < flight.Segments.Count; i++)
        {
            ref SentSegment segment = ref flight.Segments[i];
            if (segment.Start != next || segment.LengthBytes <= 0 || (segment.IsDelivered && segment.IsLost))
            {
                return "the segments on their way follow one another, each delivered, lost or under way";
            }

            next = segment.End;
            deliveredCount += segment.IsDelivered ? 1 : 0;
            deliveredBytes += segment.IsDelivered ? segment.LengthBytes : 0;
            lostBytes += segment.IsLost ? segment.LengthBytes : 0;
        }

        return Broken(!IsOver && flight.Segments.Count > 0 && next == _sendNext, "the segments on their way end at SND.NXT")
            ?? Broken(
                deliveredCount == flight.Segments.DeliveredCount && deliveredBytes == flight.Segments.DeliveredBytes && lostBytes == flight.Segments.LostBytes,
                "the scoreboard counts what it holds");
    }

    /// <remarks>RFC 9293 §3.3.2.</remarks>
    private string? BrokenState()
    {
        bool hasPeerFinished = State is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck;
        bool haveWeFinished = State is TcpState.FinWait1 or TcpState.FinWait2 or TcpState.Closing or TcpState.LastAck;
        return IsOver
            ? null
            : Broken(HasReceivedFin == hasPeerFinished, "the state tells whether the peer has finished")
                ?? Broken(IsOpening || _isFinQueued == haveWeFinished, "the state tells whether we have finished")
                ?? Broken(!_isFinSent || _isFinQueued, "only a FIN that is queued is sent")
                ?? Broken(State != TcpState.FinWait2 || (_isFinSent && _sendUnacknowledged == _sendNext), "FIN-WAIT-2 follows the acknowledgment of our FIN")
                ?? Broken(State != TcpState.FinWait1 || !_isFinSent || _sendUnacknowledged != _sendNext, "an acknowledged FIN ends FIN-WAIT-1")
                ?? Broken(Listener is null || !_isOwned, "a connection is listed for acceptance or has an owner");
    }

    /// <summary>No timer without reason, and none missing.</summary>
    /// <remarks>RFC 6298 §5; RFC 9293 §3.8.4, §3.8.6.1, §3.8.6.3.</remarks>
    private string? BrokenTimer()
    {
        if (IsOver)
        {
            return null;
        }

        bool isInFlight = _sendUnacknowledged != _sendNext;
        bool waitsToSend = IsOpening || _sendNext < _sendQueue.End || (_isFinQueued && !_isFinSent) || _path is null || _path.IsStale;
        Instant earliest = Instant.Min(
            Instant.Min(_retransmitDeadline, _acknowledgmentDeadline), Instant.Min(_idleDeadline, ReassemblyDeadline));
        earliest = _flight is { } flight ? Instant.Min(earliest, flight.Deadline) : earliest;
        return Broken(!isInFlight || _retransmitDeadline != Instant.Never, "what is on its way has a timer")
            ?? Broken(_retransmitDeadline == Instant.Never || isInFlight || waitsToSend, "the retransmission timer has something to wait for")
            ?? Broken(_acknowledgmentDeadline == Instant.Never || _lastAcknowledgmentSent != _receiveNext, "a delayed acknowledgment is owed")
            ?? Broken(
                _idleDeadline == Instant.Never || _options.KeepAlive || (IsOrphan && State == TcpState.FinWait2),
                "the idle timer is of keep-alive or of FIN-WAIT-2")
            ?? Broken(!(IsOrphan && State == TcpState.FinWait2) || _idleDeadline != Instant.Never, "an orphan in FIN-WAIT-2 has a timer")
            ?? Broken(Deadline <= earliest, "the timer expires by the earliest deadline");
    }

    private string? BrokenOutput()
    {
        bool isUnsent = !IsOver && !IsOpening && (_sendNext < _sendQueue.End || (_isFinQueued && !_isFinSent));
        return Broken((_pending & PendingOutput.Acknowledgment) == 0 || IsReady || _path is null, "an acknowledgment that is owed leaves")
            ?? Broken(!isUnsent || IsReady || _retransmitDeadline != Instant.Never, "what waits to be sent has somebody who looks after it");
    }

    private string? BrokenReassembly()
    {
        if (_reassembly is not { } reassembly)
        {
            return null;
        }

        string? broken = null;
        for (int i = 0; i < reassembly.Count && broken is null; i++)
        {
            (SequenceNumber start, SequenceNumber end) = reassembly.RangeAt(i);
            broken = Broken(start < end && start > _receiveNext, "what is held lies behind a gap")
                ?? Broken(i == 0 || reassembly.RangeAt(i - 1).End < start, "the ranges held are apart")
                ?? Broken(end <= _receiveRightEdge, "what is held lies within the window");
        }

        return broken;
    }
}
