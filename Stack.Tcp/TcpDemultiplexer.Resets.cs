using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

// The resets of connections that are no more. RFC 9293 §3.10.5.
public sealed partial class TcpDemultiplexer
{
    /// <summary>How many resets wait for room at most; one that is not sent leaves a peer with a connection that nobody answers for.</summary>
    private const int MaximumWaitingResets = 65_536;

    private readonly Queue<WaitingReset> _waitingResets = new();

    /// <summary>Resets the peer of a connection that ends: at once, or as soon as there is room.</summary>
    internal void ResetPeer(in IpEndPoint local, in IpEndPoint remote, in ControlSegment segment, Instant now)
    {
        bool isSent = _waitingResets.Count == 0 && TrySendControl(local, remote, segment, now);
        if (!isSent && _waitingResets.Count < MaximumWaitingResets)
        {
            _waitingResets.Enqueue(new WaitingReset(local, remote, segment));
            RetryLater(now);
        }
    }

    /// <summary>Sends the reset that has waited longest, if there is one and room for it.</summary>
    private bool TryTransmitReset(Instant now)
    {
        if (!_waitingResets.TryPeek(out WaitingReset waiting))
        {
            return false;
        }

        if (!TrySendControl(waiting.Local, waiting.Remote, waiting.Segment, now))
        {
            RetryLater(now);
            return false;
        }

        _waitingResets.Dequeue();
        return true;
    }

    private readonly record struct WaitingReset(IpEndPoint Local, IpEndPoint Remote, ControlSegment Segment);
}
