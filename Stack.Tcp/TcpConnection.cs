#pragma warning disable CA1822 // The bodies follow.
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>One connection: the transmission control block of RFC 9293 and the machine that works on it.</summary>
/// <remarks>RFC 9293 §3.3.1, §3.10.</remarks>
public sealed partial class TcpConnection : TimerNode
{
    /// <summary>The state.</summary>
    public TcpState State { get; private set; }

    /// <summary>Our address and port.</summary>
    public IpEndPoint LocalEndPoint { get; private set; }

    /// <summary>The peer's address and port.</summary>
    public IpEndPoint RemoteEndPoint { get; private set; }

    /// <summary>Why the connection ended; <see cref="TcpError.None"/> before that, and after an orderly end.</summary>
    public TcpError Error { get; private set; }

    /// <summary>The owner's own; the stack does not look at it.</summary>
    public object? User { get; set; }

    /// <summary>Whether small segments leave at once although earlier ones are not acknowledged (no Nagle algorithm).</summary>
    public bool NoDelay { get; set; }

    /// <summary>The free room of the send buffer.</summary>
    public int SendRoomBytes => 0;

    /// <summary>The payload appended and not yet acknowledged, whether sent or not.</summary>
    public long QueuedBytes => 0;

    /// <summary>The payload sent and not yet acknowledged.</summary>
    public long UnacknowledgedBytes => 0;

    /// <summary>Whether the peer has finished sending and everything before that has been taken.</summary>
    public bool IsReceiveFinished => false;

    /// <summary>The events since the last call; clears them.</summary>
    public TcpEvents TakeEvents() => TcpEvents.None;

    /// <summary>Queues payload to be sent. Takes the ownership of the chain; its blocks are written by nobody from now on.</summary>
    public void Append(PacketBuffer data, Instant now) => _ = (data, now);

    /// <summary>Finishes sending: a FIN follows what is queued. Receiving goes on.</summary>
    public void Shutdown(Instant now) => _ = now;

    /// <summary>Takes the chain of all payload that has arrived in order; null where there is none. The ownership moves to the caller.</summary>
    public PacketBuffer? TakeReceived() => null;

    /// <summary>The owner is done with so many of the bytes it has taken: the window may open.</summary>
    public void Consumed(long bytes, Instant now) => _ = (bytes, now);

    /// <summary>Reads no more: discards what has arrived; payload that arrives from now on is answered with a reset.</summary>
    public void StopReceiving(Instant now) => _ = now;

    /// <summary>Lets the machine finish by itself: sends what is queued, then a FIN. Nobody listens any more.</summary>
    public void Close(Instant now) => _ = now;

    /// <summary>Ends the connection with a reset. Queued data is discarded.</summary>
    public void Abort(Instant now) => _ = now;

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now) => _ = now;
}
