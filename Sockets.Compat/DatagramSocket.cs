using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// A UDP socket. One thread at a time may receive and one may send. Sending queues the datagram and returns; an error
/// that the network reports later (a port that nobody listens on) is thrown by the next call.
/// </summary>
public sealed class DatagramSocket : MailboxItem, IAsyncDisposable, IValueTaskSource<bool>
{
    /// <summary>The largest payload of a datagram over IPv4: 65,535 bytes less both headers.</summary>
    public const int MaximumPayloadBytes = 65_507;

    private const int AheadDatagrams = 256;
    private const int SendQueueBytes = 512 * 1024;

    private readonly StackShard _shard;
    private readonly StackLoop _loop;
    private readonly UdpEndpoint _endpoint;
    private readonly PipeWait _receiveWait;
    private readonly ConcurrentQueue<UdpDatagram> _received = new();
    private readonly ConcurrentQueue<OutgoingDatagram> _outgoing = new();
    private readonly SemaphoreSlim _sendRoom = new(0);
    private BlockSlot _returned;
    private long _queuedBytes;
    private int _sendersWaiting;
    private int _error;
    private volatile bool _isClosed;

    internal DatagramSocket(StackShard shard, UdpEndpoint endpoint)
    {
        _shard = shard;
        _loop = shard.Loop;
        _endpoint = endpoint;
        _receiveWait = new PipeWait(PipeScheduler.ThreadPool);
        endpoint.User = this;
        LocalEndPoint = endpoint.LocalEndPoint.ToIPEndPoint();
    }

    /// <summary>The address and port it is bound to.</summary>
    public IPEndPoint LocalEndPoint { get; private set; }

    /// <summary>Whether a datagram waits to be received.</summary>
    public bool HasPending => !_received.IsEmpty;

    /// <summary>The length of the datagram that would be received next, in bytes; 0 where there is none.</summary>
    internal int NextLengthBytes => _received.TryPeek(out UdpDatagram next) ? next.Packet.TotalLength : 0;

    /// <summary>Whether a receive would return, or throw, at once.</summary>
    internal bool HasNews => !_received.IsEmpty || _isClosed || Volatile.Read(ref _error) != 0;

    /// <summary>Takes datagrams from one peer only, and lets its ICMP errors reach this socket.</summary>
    /// <exception cref="SocketException">There is no way to the peer, or another socket is connected to it from the same port.</exception>
    public Task ConnectAsync(IPEndPoint remote)
    {
        IpEndPoint to = IpEndPoint.From(remote);
        return _loop.CallAsync(_ =>
        {
            if (_endpoint.Connect(to) is var error and not UdpError.None)
            {
                throw SocketErrors.ToException(error);
            }

            // The address that leads to the peer took the place of the unspecified one.
            LocalEndPoint = _endpoint.LocalEndPoint.ToIPEndPoint();
            return true;
        });
    }

    /// <summary>Receives a datagram. One that is longer than the buffer is cut off.</summary>
    /// <returns>The bytes copied and where the datagram came from.</returns>
    /// <exception cref="SocketException">The network reported an error about a datagram sent earlier.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReceivedDatagram datagram;
        while (!TryReceive(buffer.Span, out datagram))
        {
            await WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return datagram;
    }

    /// <summary>Receives a datagram that has arrived. One that is longer than the buffer is cut off.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="datagram">The bytes copied and where the datagram came from.</param>
    /// <returns>False where none has arrived.</returns>
    /// <exception cref="SocketException">The network reported an error about a datagram sent earlier.</exception>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public bool TryReceive(Span<byte> buffer, out ReceivedDatagram datagram)
    {
        ThrowIfFailed();
        if (_received.TryDequeue(out UdpDatagram received))
        {
            datagram = Copy(received, buffer);
            Release(received);
            return true;
        }

        ObjectDisposedException.ThrowIf(_isClosed, this);
        datagram = default;
        return false;
    }

    /// <summary>Sends a datagram.</summary>
    /// <returns>The bytes of the payload.</returns>
    /// <exception cref="SocketException">The payload is too long, or the network reported an error about a datagram sent earlier.</exception>
    public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> payload, IPEndPoint remote, CancellationToken cancellationToken = default)
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

        Interlocked.Add(ref _queuedBytes, payload.Length);
        PacketBuffer? packet = TryFill(payload.Span);
        _outgoing.Enqueue(new OutgoingDatagram(packet, packet is null ? payload.ToArray() : null, payload.Length, to));
        _loop.Mailbox.Post(this);
        return payload.Length;
    }

    /// <summary>Closes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.TryCallAsync(now =>
        {
            SendQueued(now);
            Close();
            return true;
        }).ConfigureAwait(false);
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _receiveWait.GetResult(token);
        return true;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _receiveWait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _receiveWait.OnCompleted(continuation, state, token, flags);

    /// <summary>Changes an option of the endpoint, on the loop.</summary>
    internal Task ConfigureAsync(Action<UdpEndpoint> change) => _loop.TryCallAsync(_ =>
    {
        change(_endpoint);
        return true;
    });

    /// <summary>Copies the datagram that would be received next, and leaves it there.</summary>
    internal bool TryPeek(Span<byte> buffer, out ReceivedDatagram datagram)
    {
        ThrowIfFailed();
        datagram = default;
        if (!_received.TryPeek(out UdpDatagram received))
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return false;
        }

        datagram = Copy(received, buffer);
        return true;
    }

    /// <summary>Waits until there is a datagram, an error, or nothing to wait for.</summary>
    internal ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loop.Mailbox.Post(this);
        _receiveWait.Park();
        if (HasNews && _receiveWait.TryLeave())
        {
            return new ValueTask<bool>(true);
        }

        _receiveWait.ListenTo(cancellationToken);
        return new ValueTask<bool>(this, _receiveWait.Version);
    }

    /// <summary>Loop: the endpoint has datagrams, room or an error.</summary>
    internal void EndpointActive()
    {
        _endpoint.TakeEvents();
        if (_endpoint.TakeError() is var error and not UdpError.None)
        {
            Volatile.Write(ref _error, (int)error);
        }

        while (_received.Count < AheadDatagrams && _endpoint.TryReceive(out UdpDatagram datagram))
        {
            _received.Enqueue(datagram);
        }

        SendQueued(_loop.Now);
        _receiveWait.Resume();
    }

    /// <summary>Loop: closes the endpoint.</summary>
    internal void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _endpoint.Close();
        _shard.Forget(this);
        while (_received.TryDequeue(out UdpDatagram datagram))
        {
            _loop.Pool.Return(datagram.Packet);
        }

        DiscardOutgoing();
        ReturnBlocks();
        _receiveWait.Resume();
        _sendRoom.Release(int.MaxValue / 2);
    }

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1033:Interface methods should be callable by child types", Justification = "Sealed.")]
    protected internal override void Process(Instant now)
    {
        ReturnBlocks();
        if (_isClosed)
        {
            // A sender may have queued one more as the socket closed.
            DiscardOutgoing();
        }
        else
        {
            EndpointActive();
        }
    }

    private static ReceivedDatagram Copy(in UdpDatagram datagram, Span<byte> buffer)
    {
        int copied = 0;
        for (PacketBuffer? block = datagram.Packet; block is not null && copied < buffer.Length; block = block.Next)
        {
            int part = Math.Min(block.Length, buffer.Length - copied);
            block.Span[..part].CopyTo(buffer[copied..]);
            copied += part;
        }

        return new ReceivedDatagram(copied, datagram.Source.ToIPEndPoint(), datagram.Packet.TotalLength > buffer.Length);
    }

    private void Release(in UdpDatagram datagram)
    {
        _returned.Put(datagram.Packet);
        if (_received.Count is 0 or (AheadDatagrams / 2))
        {
            _loop.Mailbox.Post(this);
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

        if (SocketErrors.ToError(status) is var error and not UdpError.None)
        {
            Volatile.Write(ref _error, (int)error);
        }

        return true;
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

    private void ReturnBlocks()
    {
        if (_returned.Take() is { } chain)
        {
            _loop.Pool.Return(chain);
        }
    }

    private void ThrowIfFailed()
    {
        if (Interlocked.Exchange(ref _error, 0) is var error and not 0)
        {
            throw SocketErrors.ToException((UdpError)error);
        }
    }

    /// <param name="Packet">The payload in a block of the pool, or null where none was at hand.</param>
    /// <param name="Copy">Otherwise a copy of the payload, for the loop to put into blocks.</param>
    /// <param name="LengthBytes">The length of the payload.</param>
    /// <param name="Destination">Where to.</param>
    private readonly record struct OutgoingDatagram(PacketBuffer? Packet, byte[]? Copy, int LengthBytes, IpEndPoint Destination);
}
