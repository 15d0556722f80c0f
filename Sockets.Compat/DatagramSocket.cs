using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// A UDP socket. One thread at a time may receive and one may send. Sending queues the datagram and returns; an error
/// that the network reports later (a port that nobody listens on) is thrown by the next call.
/// </summary>
public sealed partial class DatagramSocket : MailboxItem, IAsyncDisposable, IValueTaskSource<bool>
{
    /// <summary>The largest payload of a datagram over IPv4: 65,535 bytes less both headers.</summary>
    public const int MaximumPayloadBytes = 65_507;

    private const int AheadDatagrams = 256;

    private readonly StackShard _shard;
    private readonly StackLoop _loop;
    private readonly UdpEndpoint _endpoint;
    private readonly PipeWait _receiveWait;
    private readonly bool _isInline;
    private readonly ConcurrentQueue<UdpDatagram> _received = new();
    private BlockSlot _returned;
    private int _error;
    private volatile bool _isClosed;

    // Where the datagram before came from, in both forms: the next one mostly comes from there as well.
    private IpEndPoint _lastSource;
    private IPEndPoint? _lastSourceEndPoint;

    internal DatagramSocket(StackShard shard, UdpEndpoint endpoint)
    {
        _shard = shard;
        _loop = shard.Loop;
        _endpoint = endpoint;
        _receiveWait = new PipeWait(shard.Scheduler);
        _isInline = shard.Scheduler == PipeScheduler.Inline;
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
    internal bool HasNews => !_received.IsEmpty || HasFailed;

    private bool HasFailed => _isClosed || Volatile.Read(ref _error) != 0;

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
    public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        !HasFailed && TryReceive(buffer.Span, out ReceivedDatagram datagram)
            ? ValueTask.FromResult(datagram)
            : WaitAndReceiveAsync(buffer, cancellationToken);

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
        if (_loop.IsCurrentThread && _endpoint.TryReceive(out received))
        {
            datagram = Copy(received, buffer);
            _loop.Pool.Return(received.Packet);
            return true;
        }

        datagram = default;
        return false;
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
        if (!_loop.IsCurrentThread)
        {
            _loop.Mailbox.Post(this);
        }

        _receiveWait.Park();
        if (HasNews && _receiveWait.TryLeave())
        {
            return new ValueTask<bool>(true);
        }

        _receiveWait.ListenTo(cancellationToken);
        return new ValueTask<bool>(this, _receiveWait.Version);
    }

    /// <summary>Loop: the endpoint has datagrams, room or an error.</summary>
    internal void EndpointActive(Instant now)
    {
        _endpoint.TakeEvents();
        if (_endpoint.TakeError() is var error and not UdpError.None)
        {
            Volatile.Write(ref _error, (int)error);
        }

        SendQueued(now);
        if (_isInline && _endpoint.QueuedDatagrams > 0)
        {
            // The receiver runs here and now, and takes what it wants itself. What is left is for other threads to see.
            _receiveWait.Resume();
        }

        while (_received.Count < AheadDatagrams && _endpoint.TryReceive(out UdpDatagram datagram))
        {
            _received.Enqueue(datagram);
        }

        if (HasNews)
        {
            _receiveWait.Resume();
        }
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
            EndpointActive(now);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReceivedDatagram> WaitAndReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ReceivedDatagram datagram;
        while (!TryReceive(buffer.Span, out datagram))
        {
            await WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return datagram;
    }

    private ReceivedDatagram Copy(in UdpDatagram datagram, Span<byte> buffer)
    {
        int copied = 0;
        for (PacketBuffer? block = datagram.Packet; block is not null && copied < buffer.Length; block = block.Next)
        {
            int part = Math.Min(block.Length, buffer.Length - copied);
            block.Span[..part].CopyTo(buffer[copied..]);
            copied += part;
        }

        if (_lastSourceEndPoint is null || _lastSource != datagram.Source)
        {
            _lastSource = datagram.Source;
            _lastSourceEndPoint = datagram.Source.ToIPEndPoint();
        }

        return new ReceivedDatagram(copied, _lastSourceEndPoint, datagram.Packet.TotalLength > buffer.Length);
    }

    private void Release(in UdpDatagram datagram)
    {
        _returned.Put(datagram.Packet);
        if (_received.Count is 0 or (AheadDatagrams / 2))
        {
            _loop.Mailbox.Post(this);
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
}
