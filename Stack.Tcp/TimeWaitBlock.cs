using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>
/// What is left of a connection in TIME-WAIT: enough to acknowledge a FIN that is sent again, and to tell a new connection's
/// SYN from an old segment.
/// </summary>
/// <remarks>RFC 9293 §3.6.1, §3.10.7.4; RFC 6191; RFC 1337.</remarks>
internal sealed class TimeWaitBlock : ControlBlock, IAged<TimeWaitBlock>
{
    private readonly TcpDemultiplexer _tcp;
    private RateLimit _challenges;

    public TimeWaitBlock(TcpDemultiplexer tcp, IpEndPoint local, IpEndPoint remote)
        : base(local, remote) => _tcp = tcp;

    public TimeWaitBlock? Older { get; set; }

    public TimeWaitBlock? Newer { get; set; }

    /// <summary>SND.NXT, behind our FIN.</summary>
    public required SequenceNumber SendNext { get; init; }

    /// <summary>RCV.NXT, behind the peer's FIN.</summary>
    public required SequenceNumber ReceiveNext { get; init; }

    /// <summary>The window field of acknowledgments.</summary>
    public required ushort ReceiveWindow { get; init; }

    public required byte ReceiveScale { get; init; }

    public required bool UsesTimestamps { get; init; }

    public required uint TimestampOffset { get; init; }

    public required uint TimestampRecent { get; init; }

    public required byte TrafficClass { get; init; }

    /// <summary>A segment of the old connection, or of one to come, has arrived. Takes the ownership of the packet.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="packet">Its packet.</param>
    /// <param name="mayReplace">Whether somebody takes in a new connection.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>False where it is a SYN that may open a new connection: this record is to be forgotten, the packet is still the caller's.</returns>
    public bool SegmentArrives(in Segment segment, PacketBuffer packet, bool mayReplace, Instant now)
    {
        if (segment.IsReset)
        {
            // RFC 1337 §3, fix F1: "Ignore RST segments in TIME-WAIT state."
            _tcp.Host.Pool.Drop(packet, DropReason.TcpStrayReset);
            return true;
        }

        if (mayReplace && segment.IsSyn && !segment.IsAcknowledgment && IsNewIncarnation(segment))
        {
            return false;
        }

        if (!segment.IsSyn && !segment.IsAcknowledgment && IsAcceptable(segment))
        {
            // Fifth step: "if the ACK bit is off, drop the segment and return".
            _tcp.Host.Pool.Drop(packet, DropReason.TcpBadFlags);
            return true;
        }

        if (segment.IsFin && segment.End == ReceiveNext)
        {
            // "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it, and
            // restart the 2 MSL timeout."
            _tcp.RestartTimeWait(this, now);
        }

        if (IsAnswered(segment, now))
        {
            Acknowledge(now);
        }

        _tcp.Host.Pool.Drop(packet, segment.IsSyn ? DropReason.TcpChallenged : DropReason.TcpOutOfWindow);
        return true;
    }

    /// <summary>
    /// Whether a SYN is of a later connection: by its timestamp where both connections carry them, else by its sequence number.
    /// </summary>
    /// <remarks>RFC 6191 §2; RFC 1122 §4.2.2.13.</remarks>
    private bool IsNewIncarnation(in Segment syn)
    {
        bool isLaterSequence = syn.Sequence > ReceiveNext;
        if (!UsesTimestamps || !syn.Options.HasTimestamps)
        {
            return isLaterSequence;
        }

        int later = (int)(syn.Options.TimestampValue - TimestampRecent);
        return later > 0 || (later == 0 && isLaterSequence);
    }

    /// <remarks>RFC 9293 §3.4, table 6.</remarks>
    private bool IsAcceptable(in Segment segment)
    {
        int windowBytes = ReceiveWindow << ReceiveScale;
        int start = segment.Sequence - ReceiveNext;
        return windowBytes == 0
            ? start == 0 && segment.LengthBytes == 0
            : start < windowBytes && (start >= 0 || start + segment.LengthBytes > 0);
    }

    private bool IsAnswered(in Segment segment, Instant now)
    {
        if (segment.IsFin || segment.PayloadBytes > 0)
        {
            return true;
        }

        // An acknowledgment that is in order needs no answer; one that is not gets one, but not for ever.
        return (segment.IsSyn || segment.Sequence != ReceiveNext || segment.Acknowledgment != SendNext)
            && _challenges.TryPass(now, _tcp.Options.ChallengesPerFiveSeconds, Duration.FromSeconds(5));
    }

    private void Acknowledge(Instant now) => _tcp.SendControl(
        LocalEndPoint,
        RemoteEndPoint,
        new ControlSegment(
            SendNext,
            ReceiveNext,
            TcpFlags.Acknowledgment,
            ReceiveWindow,
            UsesTimestamps,
            unchecked((uint)now.Milliseconds + TimestampOffset),
            TimestampRecent,
            TrafficClass),
        now);

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now) => _tcp.RemoveTimeWait(this);
}
