using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetStack.Sockets;

/// <content>Receiving.</content>
public sealed partial class Socket
{
    /// <summary>Receives what has arrived; blocks while nothing has.</summary>
    /// <returns>The bytes received; 0 where the peer has finished sending.</returns>
    /// <exception cref="SocketException">The connection was reset or aborted, the time-out has passed, or the socket does not block and
    /// nothing has arrived.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int Receive(byte[] buffer) => Receive(Whole(buffer), SocketFlags.None);

    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(byte[] buffer, SocketFlags socketFlags) => Receive(Whole(buffer), socketFlags);

    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(byte[] buffer, int size, SocketFlags socketFlags) => Receive(buffer, 0, size, socketFlags);

    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(byte[] buffer, int offset, int size, SocketFlags socketFlags)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ValidateRange(buffer, offset, size);
        return Receive(buffer.AsSpan(offset, size), socketFlags);
    }

    /// <summary>Receives, and reports an error instead of throwing it.</summary>
    public int Receive(byte[] buffer, int offset, int size, SocketFlags socketFlags, out SocketError errorCode)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ValidateRange(buffer, offset, size);
        return Receive(buffer.AsSpan(offset, size), socketFlags, out errorCode);
    }

    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(Span<byte> buffer) => Receive(buffer, SocketFlags.None);

    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(Span<byte> buffer, SocketFlags socketFlags)
    {
        ThrowIfDisposed();
        ThrowIfNotReceivable(socketFlags);
        if (_udp is not null)
        {
            return ReceiveDatagram(buffer, socketFlags).Bytes;
        }

        bool isPeek = (socketFlags & SocketFlags.Peek) != 0;
        using Deadline deadline = new(ReceiveTimeout);
        try
        {
            if (IsDeferred)
            {
                _ = Blocking ? Stack.Block(OpenedAsync(deadline.Token)) : throw Failure(SocketError.WouldBlock);
            }

            if (IsUrgent(socketFlags))
            {
                return _tcp!.ReceiveUrgent(buffer, isPeek);
            }

            if (Blocking)
            {
                return _tcp!.Receive(buffer, isPeek, deadline.Token);
            }

            return _tcp!.TryReceive(buffer, isPeek, out int received) ? received : throw Failure(SocketError.WouldBlock);
        }
        catch (OperationCanceledException)
        {
            throw Failure(SocketError.TimedOut);
        }
        catch (SocketException exception) when (NoteFailure(exception))
        {
            throw;
        }
    }

    /// <summary>Receives, and reports an error instead of throwing it.</summary>
    public int Receive(Span<byte> buffer, SocketFlags socketFlags, out SocketError errorCode)
    {
        try
        {
            errorCode = SocketError.Success;
            return Receive(buffer, socketFlags);
        }
        catch (SocketException exception)
        {
            errorCode = exception.SocketErrorCode;
            return 0;
        }
    }

    /// <summary>Receives into several buffers, one after the other.</summary>
    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(IList<ArraySegment<byte>> buffers) => Receive(buffers, SocketFlags.None);

    /// <summary>Receives into several buffers, one after the other.</summary>
    /// <inheritdoc cref="Receive(byte[])"/>
    public int Receive(IList<ArraySegment<byte>> buffers, SocketFlags socketFlags)
    {
        byte[] joined = new byte[TotalLength(buffers)];
        return Scatter(joined, Receive(joined, socketFlags), buffers);
    }

    /// <summary>Receives what has arrived, or what arrives next.</summary>
    /// <returns>The bytes received; 0 where the peer has finished sending, or for an empty buffer once something has arrived.</returns>
    /// <exception cref="SocketException">The connection was reset or aborted, or the socket was closed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public Task<int> ReceiveAsync(ArraySegment<byte> buffer) => ReceiveAsync(buffer, SocketFlags.None);

    /// <inheritdoc cref="ReceiveAsync(ArraySegment{byte})"/>
    public Task<int> ReceiveAsync(ArraySegment<byte> buffer, SocketFlags socketFlags) =>
        ReceiveAsync(Whole(buffer), socketFlags, CancellationToken.None).AsTask();

    /// <summary>Receives into several buffers, one after the other.</summary>
    /// <inheritdoc cref="ReceiveAsync(ArraySegment{byte})"/>
    public Task<int> ReceiveAsync(IList<ArraySegment<byte>> buffers) => ReceiveAsync(buffers, SocketFlags.None);

    /// <summary>Receives into several buffers, one after the other.</summary>
    /// <inheritdoc cref="ReceiveAsync(ArraySegment{byte})"/>
    public async Task<int> ReceiveAsync(IList<ArraySegment<byte>> buffers, SocketFlags socketFlags)
    {
        byte[] joined = new byte[TotalLength(buffers)];
        return Scatter(joined, await ReceiveAsync(joined.AsMemory(), socketFlags).ConfigureAwait(false), buffers);
    }

    /// <inheritdoc cref="ReceiveAsync(ArraySegment{byte})"/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    /// <inheritdoc cref="ReceiveAsync(ArraySegment{byte})"/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, SocketFlags socketFlags, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : ReceiveConnectedAsync(buffer, socketFlags, cancellationToken);
    }

    /// <summary>Receives a datagram; blocks until there is one. A longer one is cut off.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="remoteEP">An end point of the socket's family; becomes the sender's. A stream socket leaves it as it is.</param>
    /// <returns>The bytes received.</returns>
    /// <exception cref="SocketException">The network reported an error about a datagram sent earlier, the time-out has passed, or the
    /// socket does not block and nothing has arrived.</exception>
    /// <exception cref="InvalidOperationException">The socket is not bound.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int ReceiveFrom(byte[] buffer, ref EndPoint remoteEP) => ReceiveFrom(Whole(buffer), SocketFlags.None, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(byte[], ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, SocketFlags socketFlags, ref EndPoint remoteEP) =>
        ReceiveFrom(Whole(buffer), socketFlags, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(byte[], ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, int size, SocketFlags socketFlags, ref EndPoint remoteEP) =>
        ReceiveFrom(buffer, 0, size, socketFlags, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(byte[], ref EndPoint)"/>
    public int ReceiveFrom(byte[] buffer, int offset, int size, SocketFlags socketFlags, ref EndPoint remoteEP)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ValidateRange(buffer, offset, size);
        return ReceiveFrom(buffer.AsSpan(offset, size), socketFlags, ref remoteEP);
    }

    /// <inheritdoc cref="ReceiveFrom(byte[], ref EndPoint)"/>
    public int ReceiveFrom(Span<byte> buffer, ref EndPoint remoteEP) => ReceiveFrom(buffer, SocketFlags.None, ref remoteEP);

    /// <inheritdoc cref="ReceiveFrom(byte[], ref EndPoint)"/>
    public int ReceiveFrom(Span<byte> buffer, SocketFlags socketFlags, ref EndPoint remoteEP)
    {
        ValidateReceiveFrom(remoteEP);
        if (_udp is null)
        {
            return Receive(buffer, socketFlags);
        }

        ThrowIfNotReceivable(socketFlags);
        ReceivedDatagram datagram = ReceiveDatagram(buffer, socketFlags);
        remoteEP = OfFamily(datagram.Source);
        return datagram.Bytes;
    }

    /// <summary>Receives a datagram. A longer one than the buffer is cut off.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="remoteEndPoint">An end point of the socket's family.</param>
    /// <exception cref="SocketException">The network reported an error about a datagram sent earlier, or the socket was closed meanwhile.</exception>
    /// <exception cref="InvalidOperationException">The socket is not bound.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public Task<SocketReceiveFromResult> ReceiveFromAsync(ArraySegment<byte> buffer, EndPoint remoteEndPoint) =>
        ReceiveFromAsync(buffer, SocketFlags.None, remoteEndPoint);

    /// <inheritdoc cref="ReceiveFromAsync(ArraySegment{byte}, EndPoint)"/>
    public Task<SocketReceiveFromResult> ReceiveFromAsync(ArraySegment<byte> buffer, SocketFlags socketFlags, EndPoint remoteEndPoint) =>
        ReceiveFromAsync(Whole(buffer), socketFlags, remoteEndPoint, CancellationToken.None).AsTask();

    /// <inheritdoc cref="ReceiveFromAsync(ArraySegment{byte}, EndPoint)"/>
    public ValueTask<SocketReceiveFromResult> ReceiveFromAsync(
        Memory<byte> buffer, EndPoint remoteEndPoint, CancellationToken cancellationToken = default) =>
        ReceiveFromAsync(buffer, SocketFlags.None, remoteEndPoint, cancellationToken);

    /// <inheritdoc cref="ReceiveFromAsync(ArraySegment{byte}, EndPoint)"/>
    public ValueTask<SocketReceiveFromResult> ReceiveFromAsync(
        Memory<byte> buffer, SocketFlags socketFlags, EndPoint remoteEndPoint, CancellationToken cancellationToken = default)
    {
        ValidateReceiveFrom(remoteEndPoint);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<SocketReceiveFromResult>(cancellationToken)
            : ReceiveDatagramAsync(buffer, socketFlags, remoteEndPoint, cancellationToken);
    }

    private static int TotalLength(IList<ArraySegment<byte>> buffers)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        return buffers.Sum(buffer => buffer.Count);
    }

    private static int Scatter(byte[] joined, int length, IList<ArraySegment<byte>> buffers)
    {
        int copied = 0;
        foreach (ArraySegment<byte> buffer in buffers)
        {
            int part = Math.Min(buffer.Count, length - copied);
            joined.AsSpan(copied, part).CopyTo(buffer);
            copied += part;
        }

        return length;
    }

    private void ThrowIfNotReceivable(SocketFlags flags)
    {
        SocketFlags known = SocketFlags.Peek | (IsStream ? SocketFlags.OutOfBand : SocketFlags.None);
        if ((flags & ~known) != 0)
        {
            throw Failure(SocketError.OperationNotSupported);
        }

        if (_tcp is null && IsStream && !IsDeferred)
        {
            throw Failure(SocketError.NotConnected);
        }

        if (_udp is null && !IsStream)
        {
            // The platform would wait for ever on a socket that has no port.
            throw Failure(Blocking ? SocketError.InvalidArgument : SocketError.WouldBlock);
        }
    }

    private void ValidateReceiveFrom(EndPoint remoteEP)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(remoteEP);
        if (remoteEP.AddressFamily != AddressFamily)
        {
            throw new ArgumentException(
                $"The supplied EndPoint of AddressFamily {remoteEP.AddressFamily} is not valid for this Socket, use {AddressFamily} instead.",
                nameof(remoteEP));
        }

        if (_bound is null)
        {
            throw new InvalidOperationException("You must call the Bind method before performing this operation.");
        }
    }

    private ReceivedDatagram ReceiveDatagram(Span<byte> buffer, SocketFlags flags)
    {
        bool isPeek = (flags & SocketFlags.Peek) != 0;
        using Deadline deadline = new(ReceiveTimeout);
        try
        {
            if (Blocking)
            {
                return _udp!.Receive(buffer, isPeek, deadline.Token);
            }

            return _udp!.TryReceive(buffer, isPeek, out ReceivedDatagram datagram) ? datagram : throw Failure(SocketError.WouldBlock);
        }
        catch (OperationCanceledException)
        {
            throw Failure(SocketError.TimedOut);
        }
        catch (SocketException exception) when (NoteFailure(exception))
        {
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveConnectedAsync(Memory<byte> buffer, SocketFlags flags, CancellationToken cancellationToken)
    {
        bool isPeek = (flags & SocketFlags.Peek) != 0;
        try
        {
            ThrowIfNotReceivable(flags);
            if (IsDeferred)
            {
                await OpenedAsync(cancellationToken).ConfigureAwait(false);
            }

            if (IsUrgent(flags))
            {
                return await _tcp!.ReceiveUrgentAsync(buffer, isPeek, cancellationToken).ConfigureAwait(false);
            }

            return _tcp is { } tcp
                ? await tcp.ReceiveAsync(buffer, isPeek, cancellationToken).ConfigureAwait(false)
                : (await _udp!.ReceiveAsync(buffer, isPeek, cancellationToken).ConfigureAwait(false)).Bytes;
        }
        catch (SocketException exception) when (NoteFailure(exception))
        {
            throw;
        }
    }

    private async ValueTask<SocketReceiveFromResult> ReceiveDatagramAsync(
        Memory<byte> buffer, SocketFlags flags, EndPoint remoteEndPoint, CancellationToken cancellationToken)
    {
        if (_udp is null)
        {
            int received = await ReceiveConnectedAsync(buffer, flags, cancellationToken).ConfigureAwait(false);
            return new SocketReceiveFromResult { ReceivedBytes = received, RemoteEndPoint = remoteEndPoint };
        }

        try
        {
            ThrowIfNotReceivable(flags);
            bool isPeek = (flags & SocketFlags.Peek) != 0;
            ReceivedDatagram datagram = await _udp.ReceiveAsync(buffer, isPeek, cancellationToken).ConfigureAwait(false);
            return new SocketReceiveFromResult { ReceivedBytes = datagram.Bytes, RemoteEndPoint = OfFamily(datagram.Source) };
        }
        catch (SocketException exception) when (NoteFailure(exception))
        {
            throw;
        }
    }
}
