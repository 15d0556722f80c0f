namespace NetStack.Tcp;

/// <summary>What tells that segments were sent again for nothing, so that the window may be what it was.</summary>
/// <remarks>RFC 3522 §3.2 (Eifel detection, by timestamps), RFC 3708 §3 (by DSACK), RFC 4015 (the response).</remarks>
internal struct LossUndo
{
    /// <summary>What may be undone before all that was on its way by then is acknowledged.</summary>
    /// <remarks>
    /// It takes the peer two acknowledgments to have everything taken for lost and to have that undone, and us a walk over all
    /// of it: no path needs that more often, and nobody else shall have it.
    /// </remarks>
    private const int Limit = 16;

    private SequenceNumber _start;
    private SequenceNumber _countedEnd;
    private byte _count;
    private int _unanswered;
    private uint _firstTimestamp;
    private bool _isPossible;
    private bool _hasRetransmitted;

    /// <summary>A recovery begins.</summary>
    /// <param name="sendUnacknowledged">SND.UNA.</param>
    /// <param name="retransmitted">The segments on their way that an earlier recovery has sent again.</param>
    /// <param name="firstTimestamp">TSval of the first of those: what answers it says nothing of this recovery.</param>
    public void Start(SequenceNumber sendUnacknowledged, int retransmitted, uint firstTimestamp)
    {
        _start = sendUnacknowledged;
        _unanswered = retransmitted;
        _firstTimestamp = firstTimestamp;
        _isPossible = _count < Limit;
        _hasRetransmitted = retransmitted > 0;
    }

    /// <summary>Nothing is to be undone any more.</summary>
    public void Stop() => _isPossible = false;

    /// <summary>The recovery was for nothing.</summary>
    /// <param name="sendNext">SND.NXT.</param>
    public void Undone(SequenceNumber sendNext)
    {
        _isPossible = false;
        _countedEnd = _count == 0 ? sendNext : _countedEnd;
        _count = (byte)Math.Min(_count + 1, Limit);
    }

    /// <summary>SND.UNA has moved.</summary>
    public void FollowAcknowledgment(SequenceNumber sendUnacknowledged)
    {
        if (_count > 0 && sendUnacknowledged >= _countedEnd)
        {
            _count = 0;
        }
    }

    /// <summary>A segment was sent again.</summary>
    /// <param name="timestamp">TSval of the segment.</param>
    public void Retransmitted(uint timestamp)
    {
        _firstTimestamp = _hasRetransmitted ? _firstTimestamp : timestamp;
        _hasRetransmitted = true;
        _unanswered++;
    }

    /// <summary>The peer has told that it got a segment twice.</summary>
    public void DuplicateDelivered(SequenceNumber end)
    {
        if (_isPossible && _unanswered > 0 && end > _start)
        {
            _unanswered--;
        }
    }

    /// <summary>Whether everything that was sent again had arrived before.</summary>
    public readonly bool IsProvenByDuplicates => _isPossible && _hasRetransmitted && _unanswered == 0;

    /// <summary>Whether an acknowledgment of new data answers what was sent first, not what was sent again.</summary>
    public readonly bool IsProvenByTimestamp(in Segment segment, bool usesTimestamps) =>
        _isPossible
        && (!_hasRetransmitted
            || (usesTimestamps
                && segment.Options.HasTimestamps
                && segment.Options.TimestampEcho != 0
                && (int)(segment.Options.TimestampEcho - _firstTimestamp) < 0));
}
