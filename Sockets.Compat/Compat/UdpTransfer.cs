using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetStack.IP;

namespace NetStack.Sockets;

/// <summary>A UDP socket as a datagram socket of the platform sees it: any number of receivers, one at a time and in order.</summary>
internal sealed class UdpTransfer(NetworkStack stack, DatagramSocket socket)
{
    private readonly Gate _receiving = new();
    private volatile bool _isClosed;

    public DatagramSocket Socket { get; } = socket;

    /// <summary>The length of the datagram that would be received next, in bytes.</summary>
    public int Available => Socket.NextLengthBytes;

    /// <summary>Whether a receive would not wait.</summary>
    public bool IsReadable => Socket.HasNews;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> buffer, bool isPeek, CancellationToken cancellationToken)
    {
        await _receiving.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ReceivedDatagram datagram;
            while (!TryReceive(buffer.Span, isPeek, SocketError.OperationAborted, out datagram))
            {
                await Socket.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return datagram;
        }
        finally
        {
            _receiving.Leave();
        }
    }

    /// <summary>As <see cref="ReceiveAsync"/>, but blocks.</summary>
    public ReceivedDatagram Receive(Span<byte> buffer, bool isPeek, CancellationToken timeout)
    {
        _receiving.Enter(timeout);
        try
        {
            ReceivedDatagram datagram;
            while (!TryReceive(buffer, isPeek, SocketError.Interrupted, out datagram))
            {
                stack.Block(Socket.WaitAsync(timeout));
            }

            return datagram;
        }
        finally
        {
            _receiving.Leave();
        }
    }

    /// <returns>False where no datagram has arrived.</returns>
    public bool TryReceive(Span<byte> buffer, bool isPeek, out ReceivedDatagram datagram)
    {
        datagram = default;
        if (!_receiving.TryEnter())
        {
            return false;
        }

        try
        {
            return TryReceive(buffer, isPeek, SocketError.Interrupted, out datagram);
        }
        finally
        {
            _receiving.Leave();
        }
    }

    /// <summary>Waits until a receive would not wait.</summary>
    public async ValueTask<bool> WaitReadableAsync(CancellationToken cancellationToken)
    {
        await _receiving.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!_isClosed && !Socket.HasNews)
            {
                await Socket.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        finally
        {
            _receiving.Leave();
        }
    }

    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> payload, IPEndPoint remote, CancellationToken cancellationToken) =>
        Socket.SendAsync(payload, remote, cancellationToken);

    /// <summary>Changes an option; blocks until the loop has done so, or else a datagram that is sent next might not see it.</summary>
    public void Configure(Action<UdpEndpoint> change) => stack.Block(Socket.ConfigureAsync(change));

    /// <summary>Closes the socket; operations under way fail.</summary>
    public void Close()
    {
        _isClosed = true;
        _ = Socket.DisposeAsync().AsTask();
    }

    private bool TryReceive(Span<byte> buffer, bool isPeek, SocketError ifClosed, out ReceivedDatagram datagram)
    {
        if (_isClosed)
        {
            throw new SocketException((int)ifClosed);
        }

        try
        {
            return isPeek ? Socket.TryPeek(buffer, out datagram) : Socket.TryReceive(buffer, out datagram);
        }
        catch (ObjectDisposedException)
        {
            // The stack has ended under the socket.
            throw new SocketException((int)ifClosed);
        }
    }
}
