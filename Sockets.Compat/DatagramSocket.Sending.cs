using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Sockets;

// Sending: from other threads through a queue that the loop empties, from the loop at once.
public sealed partial class DatagramSocket
{
    private const int SendQueueBytes = 512 * 1024;

    private readonly ConcurrentQueue<OutgoingDatagram> _outgoing = new();
    private readonly SemaphoreSlim _sendRoom = new(0);
    private long _queuedBytes;
    private int _sendersWaiting;

    /// <summary>Sends a datagram.</summary>
    /// <returns>The bytes of the payload.</returns>
    /// <exception cref="SocketException">The payload is too long, or the network reported an error about a datagram sent earlier.</exception>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> payload, IPEndPoint remote, CancellationToken cancellationToken = default)
    {
        if (HasFailed || payload.Length > MaximumPayloadBytes || Volatile.Read(ref _queuedBytes) > SendQueueBytes)
        {
            return WaitAndSendAsync(payload, remote, cancellationToken);
        }

        IpEndPoint to = IpEndPoint.From(remote);
        if (_loop.IsCurrentThread && _outgoing.IsEmpty)
        {
            SendAtOnce(payload.Span, to);
        }
        else
        {
            Enqueue(payload, to);
        }

        return ValueTask.FromResult(payload.Length);
    }

    private async ValueTask<int> WaitAndSendAsync(ReadOnlyMemory<byte> payload, IPEndPoint remote, CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (payload.Length > MaximumPayloadBytes)
        {
            throw new SocketException((int)SocketError.MessageSize);
        }

        IpEndPoint to = IpEndPoint.From(remote);
        while (Volatile.Read(ref _queuedBytes) > SendQueueBytes)
        {
            Interlocked.Increment(ref _sendersWaiting);
            _loop.Mailbox.Post(this);
            await _sendRoom.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        Enqueue(payload, to);
        return payload.Length;
    }

    private void Enqueue(ReadOnlyMemory<byte> payload, in IpEndPoint to)
    {
        PacketBuffer? packet = TryFill(payload.Span);
        Enqueue(new OutgoingDatagram(packet, packet is null ? payload.ToArray() : null, payload.Length, to));
    }

    private void Enqueue(in OutgoingDatagram datagram)
    {
        Interlocked.Add(ref _queuedBytes, datagram.LengthBytes);
        _outgoing.Enqueue(datagram);
        _loop.Mailbox.Post(this);
    }

    /// <summary>Loop, with nothing queued: hands a datagram to the endpoint, without the queue that leads there from other threads.</summary>
    private void SendAtOnce(ReadOnlySpan<byte> payload, in IpEndPoint to)
    {
        if (_loop.Pool.TryLeaseCopy(payload) is not { } packet)
        {
            _loop.Counters.CountDrop(DropReason.PoolExhausted);
            return;
        }

        UdpSendStatus status = _endpoint.Send(packet, to, _loop.TurnTime);
        if (status == UdpSendStatus.WouldBlock)
        {
            Enqueue(new OutgoingDatagram(packet, null, payload.Length, to));
        }
        else
        {
            Note(status);
        }
    }

    private PacketBuffer? TryFill(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > PacketBuffer.DefaultCapacityBytes || _loop.Exchange.TryTake() is not { } block)
        {
            return null;
        }

        payload.CopyTo(block.Extend(payload.Length));
        return block;
    }

    private void SendQueued(Instant now)
    {
        while (_outgoing.TryPeek(out OutgoingDatagram datagram))
        {
            if (!TrySend(datagram, now))
            {
                // The endpoint tells when there is room again.
                break;
            }

            _outgoing.TryDequeue(out _);
            Interlocked.Add(ref _queuedBytes, -datagram.LengthBytes);
        }

        if (Volatile.Read(ref _sendersWaiting) > 0 && Volatile.Read(ref _queuedBytes) <= SendQueueBytes / 2)
        {
            _sendRoom.Release(Interlocked.Exchange(ref _sendersWaiting, 0));
        }
    }

    private bool TrySend(in OutgoingDatagram datagram, Instant now)
    {
        if ((datagram.Packet ?? _loop.Pool.TryLeaseCopy(datagram.Copy)) is not { } packet)
        {
            _loop.Counters.CountDrop(DropReason.PoolExhausted);
            return true;
        }

        UdpSendStatus status = _endpoint.Send(packet, datagram.Destination, now);
        if (status == UdpSendStatus.WouldBlock)
        {
            if (datagram.Packet is null)
            {
                _loop.Pool.Return(packet);
            }

            return false;
        }

        Note(status);
        return true;
    }

    /// <summary>Loop: the next call tells of a datagram that could not be sent.</summary>
    private void Note(UdpSendStatus status)
    {
        if (SocketErrors.ToError(status) is var error and not UdpError.None)
        {
            Volatile.Write(ref _error, (int)error);
        }
    }

    private void DiscardOutgoing()
    {
        while (_outgoing.TryDequeue(out OutgoingDatagram datagram))
        {
            if (datagram.Packet is { } packet)
            {
                _loop.Pool.Return(packet);
            }
        }
    }

    /// <param name="Packet">The payload in a block of the pool, or null where none was at hand.</param>
    /// <param name="Copy">Otherwise a copy of the payload, for the loop to put into blocks.</param>
    /// <param name="LengthBytes">The length of the payload.</param>
    /// <param name="Destination">Where to.</param>
    private readonly record struct OutgoingDatagram(PacketBuffer? Packet, byte[]? Copy, int LengthBytes, IpEndPoint Destination);
}
