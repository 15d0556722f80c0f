namespace NetStack.Tcp;

/// <summary>What a connection with accurate ECN counts: the marks that arrived, and those that the peer has told.</summary>
/// <remarks>RFC 9768 §3.2. The object exists only where accurate ECN was agreed upon.</remarks>
internal sealed class AccurateEcn
{
    private const int AceModulus = 8;

    // The counters start at 5, so that a field of zero betrays a path that clears it.
    private const int InitialCount = 5;

    private uint _received = InitialCount;
    private uint _told = InitialCount;
    private byte _sinceAcknowledgment;
    private bool _wasMarked;

    /// <summary>Whether our next segment, if it is a bare acknowledgment, tells how the SYN,ACK arrived.</summary>
    public bool OwesHandshakeFeedback { get; set; }

    /// <summary>How the peer's SYN or SYN,ACK arrived.</summary>
    public EcnCodepoint SynCodepoint { get; init; }

    /// <summary>The bytes told to be marked that the congestion controller does not know of.</summary>
    public long MarkedBytes { get; private set; }

    /// <summary>The ACE field of a segment.</summary>
    public TcpFlags Field
    {
        get
        {
            uint ace = _received % AceModulus;
            return ((ace & 4) != 0 ? TcpFlags.AccurateEcn : 0)
                | ((ace & 2) != 0 ? TcpFlags.CongestionWindowReduced : 0)
                | ((ace & 1) != 0 ? TcpFlags.EcnEcho : 0);
        }
    }

    /// <summary>A packet has arrived marked, before the connection was established.</summary>
    public void SynWasMarked() => _received++;

    /// <summary>The peer has told that our SYN or SYN,ACK arrived marked.</summary>
    public void SynWasToldMarked() => _told++;

    /// <summary>Counts a segment that has arrived.</summary>
    /// <param name="isMarked">Whether it was marked.</param>
    /// <param name="hasPayload">Whether it carried data.</param>
    /// <param name="hasUnacknowledged">Whether data has arrived that is not acknowledged.</param>
    /// <returns>Whether an acknowledgment is due at once.</returns>
    /// <remarks>RFC 9768 §3.2.2.5.1: change-triggered and increment-triggered acknowledgments.</remarks>
    public bool Arrived(bool isMarked, bool hasPayload, bool hasUnacknowledged)
    {
        bool isChange = isMarked && !_wasMarked && hasPayload;
        if (hasPayload)
        {
            _wasMarked = isMarked;
        }

        if (!isMarked)
        {
            return false;
        }

        _received++;
        _sinceAcknowledgment++;
        return isChange || _sinceAcknowledgment >= (hasUnacknowledged || hasPayload ? 2 : 3);
    }

    /// <summary>A segment goes out that tells all.</summary>
    public void Sent()
    {
        _sinceAcknowledgment = 0;
        OwesHandshakeFeedback = false;
    }

    /// <summary>Reads the ACE field of a segment that acknowledges more than those before.</summary>
    /// <param name="flags">Its flags.</param>
    /// <param name="acknowledgedBytes">The bytes it acknowledges anew.</param>
    /// <param name="segmentBytes">The payload of a full segment.</param>
    /// <returns>Whether it tells of marks.</returns>
    /// <remarks>
    /// RFC 9768 appendix A.1: the field wraps at 8. Where more segments were acknowledged at once than it can count, the
    /// greatest number is assumed that fits both: taking marks for none would be the less safe.
    /// </remarks>
    public bool Told(TcpFlags flags, int acknowledgedBytes, int segmentBytes)
    {
        uint ace = ((flags & TcpFlags.AccurateEcn) != 0 ? 4u : 0)
            | ((flags & TcpFlags.CongestionWindowReduced) != 0 ? 2u : 0)
            | ((flags & TcpFlags.EcnEcho) != 0 ? 1u : 0);
        int marks = (int)(ace - _told & (AceModulus - 1));
        int segments = (acknowledgedBytes + segmentBytes - 1) / segmentBytes;
        if (segments >= AceModulus && marks > 0)
        {
            marks = segments - ((segments - marks) & (AceModulus - 1));
        }

        _told += (uint)marks;
        MarkedBytes += Math.Min((long)marks * segmentBytes, Math.Max(acknowledgedBytes, segmentBytes));
        return marks > 0;
    }

    /// <summary>The marked bytes since the last call.</summary>
    public long TakeMarkedBytes()
    {
        long bytes = MarkedBytes;
        MarkedBytes = 0;
        return bytes;
    }
}
