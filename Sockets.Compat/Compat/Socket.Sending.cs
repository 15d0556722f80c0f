using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetStack.Sockets;

/// <content>Sending.</content>
public sealed partial class Socket
{
    /// <summary>Sends; blocks until all of it is queued. A socket that does not block queues what there is room for.</summary>
    /// <returns>The bytes queued.</returns>
    /// <exception cref="SocketException">The connection is shut down, reset or aborted, or the time-out has passed.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int Send(byte[] buffer) => Send(Whole(buffer), SocketFlags.None);

    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(byte[] buffer, SocketFlags socketFlags) => Send(Whole(buffer), socketFlags);

    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(byte[] buffer, int size, SocketFlags socketFlags) => Send(Part(buffer, 0, size), socketFlags);

    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(byte[] buffer, int offset, int size, SocketFlags socketFlags) => Send(Part(buffer, offset, size), socketFlags);

    /// <summary>Sends, and reports an error instead of throwing it.</summary>
    public int Send(byte[] buffer, int offset, int size, SocketFlags socketFlags, out SocketError errorCode) =>
        Send(Part(buffer, offset, size), socketFlags, out errorCode);

    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(ReadOnlySpan<byte> buffer) => Send(buffer, SocketFlags.None);

    /// <summary>Sends, and reports an error instead of throwing it.</summary>
    public int Send(ReadOnlySpan<byte> buffer, SocketFlags socketFlags, out SocketError errorCode)
    {
        try
        {
            errorCode = SocketError.Success;
            return Send(buffer, socketFlags);
        }
        catch (SocketException exception)
        {
            errorCode = exception.SocketErrorCode;
            return 0;
        }
    }

    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(ReadOnlySpan<byte> buffer, SocketFlags socketFlags)
    {
        ThrowIfDisposed();
        ThrowIfNotSendable(socketFlags);
        using Deadline deadline = new(SendTimeout);
        try
        {
            if (_udp is { } datagrams)
            {
                return Stack.Block(datagrams.SendAsync(buffer.ToArray(), _peer!, deadline.Token));
            }

            if (IsDeferred && (Blocking
                ? Stack.Block(SendOpeningAsync(buffer.ToArray(), socketFlags, deadline.Token))
                : TrySendOpening(buffer, socketFlags)))
            {
                return buffer.Length;
            }

            if (Blocking)
            {
                return _tcp!.Send(buffer, IsUrgent(socketFlags), deadline.Token);
            }

            return _tcp!.TrySend(buffer, IsUrgent(socketFlags), out int sent) ? sent : throw Failure(SocketError.WouldBlock);
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

    /// <summary>Sends several buffers as one.</summary>
    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(IList<ArraySegment<byte>> buffers) => Send(buffers, SocketFlags.None);

    /// <summary>Sends several buffers as one.</summary>
    /// <inheritdoc cref="Send(byte[])"/>
    public int Send(IList<ArraySegment<byte>> buffers, SocketFlags socketFlags) => Send(Joined(buffers).AsSpan(), socketFlags);

    /// <summary>Sends.</summary>
    /// <returns>The bytes queued: all of them.</returns>
    /// <exception cref="SocketException">The connection is shut down, reset or aborted.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public Task<int> SendAsync(ArraySegment<byte> buffer) => SendAsync(buffer, SocketFlags.None);

    /// <inheritdoc cref="SendAsync(ArraySegment{byte})"/>
    public Task<int> SendAsync(ArraySegment<byte> buffer, SocketFlags socketFlags) =>
        SendAsync(Whole(buffer), socketFlags, CancellationToken.None).AsTask();

    /// <summary>Sends several buffers as one.</summary>
    /// <inheritdoc cref="SendAsync(ArraySegment{byte})"/>
    public Task<int> SendAsync(IList<ArraySegment<byte>> buffers) => SendAsync(buffers, SocketFlags.None);

    /// <summary>Sends several buffers as one.</summary>
    /// <inheritdoc cref="SendAsync(ArraySegment{byte})"/>
    public Task<int> SendAsync(IList<ArraySegment<byte>> buffers, SocketFlags socketFlags) =>
        SendAsync(Joined(buffers), socketFlags, CancellationToken.None).AsTask();

    /// <inheritdoc cref="SendAsync(ArraySegment{byte})"/>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        SendAsync(buffer, SocketFlags.None, cancellationToken);

    /// <inheritdoc cref="SendAsync(ArraySegment{byte})"/>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer, SocketFlags socketFlags, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : SendConnectedAsync(buffer, socketFlags, cancellationToken);
    }

    /// <summary>Sends a datagram; blocks while the send queue is full. On a stream socket the peer is the connected one.</summary>
    /// <returns>The bytes of the payload.</returns>
    /// <exception cref="SocketException">The datagram is too long, or the network reported an error about an earlier one.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int SendTo(byte[] buffer, EndPoint remoteEP) => SendTo(Whole(buffer), SocketFlags.None, remoteEP);

    /// <inheritdoc cref="SendTo(byte[], EndPoint)"/>
    public int SendTo(byte[] buffer, SocketFlags socketFlags, EndPoint remoteEP) => SendTo(Whole(buffer), socketFlags, remoteEP);

    /// <inheritdoc cref="SendTo(byte[], EndPoint)"/>
    public int SendTo(byte[] buffer, int size, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendTo(Part(buffer, 0, size), socketFlags, remoteEP);

    /// <inheritdoc cref="SendTo(byte[], EndPoint)"/>
    public int SendTo(byte[] buffer, int offset, int size, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendTo(Part(buffer, offset, size), socketFlags, remoteEP);

    /// <inheritdoc cref="SendTo(byte[], EndPoint)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, EndPoint remoteEP) => SendTo(buffer, SocketFlags.None, remoteEP);

    /// <inheritdoc cref="SendTo(byte[], EndPoint)"/>
    public int SendTo(ReadOnlySpan<byte> buffer, SocketFlags socketFlags, EndPoint remoteEP)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(remoteEP);
        if (IsStream)
        {
            return Send(buffer, socketFlags);
        }

        using Deadline deadline = new(SendTimeout);
        try
        {
            return Stack.Block(SendDatagramAsync(buffer.ToArray(), socketFlags, remoteEP, deadline.Token));
        }
        catch (OperationCanceledException)
        {
            throw Failure(SocketError.TimedOut);
        }
    }

    /// <summary>Sends a datagram. On a stream socket the peer is the connected one.</summary>
    /// <returns>The bytes of the payload.</returns>
    /// <exception cref="SocketException">The datagram is too long, or the network reported an error about an earlier one.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public Task<int> SendToAsync(ArraySegment<byte> buffer, EndPoint remoteEP) => SendToAsync(buffer, SocketFlags.None, remoteEP);

    /// <inheritdoc cref="SendToAsync(ArraySegment{byte}, EndPoint)"/>
    public Task<int> SendToAsync(ArraySegment<byte> buffer, SocketFlags socketFlags, EndPoint remoteEP) =>
        SendToAsync(Whole(buffer), socketFlags, remoteEP, CancellationToken.None).AsTask();

    /// <inheritdoc cref="SendToAsync(ArraySegment{byte}, EndPoint)"/>
    public ValueTask<int> SendToAsync(ReadOnlyMemory<byte> buffer, EndPoint remoteEP, CancellationToken cancellationToken = default) =>
        SendToAsync(buffer, SocketFlags.None, remoteEP, cancellationToken);

    /// <inheritdoc cref="SendToAsync(ArraySegment{byte}, EndPoint)"/>
    public ValueTask<int> SendToAsync(
        ReadOnlyMemory<byte> buffer, SocketFlags socketFlags, EndPoint remoteEP, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(remoteEP);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        return IsStream
            ? SendConnectedAsync(buffer, socketFlags, cancellationToken)
            : SendDatagramAsync(buffer, socketFlags, remoteEP, cancellationToken);
    }

    private static ReadOnlySpan<byte> Part(byte[] buffer, int offset, int size)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ValidateRange(buffer, offset, size);
        return buffer.AsSpan(offset, size);
    }

    private static Span<byte> Whole(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return buffer;
    }

    private static ArraySegment<byte> Whole(ArraySegment<byte> buffer) =>
        buffer.Array is null ? throw new ArgumentNullException(nameof(buffer)) : buffer;

    private static void ValidateRange(byte[] buffer, int offset, int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)buffer.Length, nameof(offset));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)size, (uint)(buffer.Length - offset), nameof(size));
    }

    private static byte[] Joined(IList<ArraySegment<byte>> buffers)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        byte[] joined = new byte[buffers.Sum(buffer => buffer.Count)];
        int length = 0;
        foreach (ArraySegment<byte> buffer in buffers)
        {
            buffer.CopyTo(joined, length);
            length += buffer.Count;
        }

        return joined;
    }

    private static bool IsUrgent(SocketFlags flags) => (flags & SocketFlags.OutOfBand) != 0;

    private void ThrowIfNotSendable(SocketFlags flags)
    {
        SocketFlags known = SocketFlags.DontRoute | (IsStream ? SocketFlags.OutOfBand : SocketFlags.None);
        if ((flags & ~known) != 0)
        {
            throw Failure(SocketError.OperationNotSupported);
        }

        if (_tcp is null && !IsDeferred && (_udp is null || !_isConnected))
        {
            throw Failure(IsStream ? SocketError.Shutdown : SocketError.DestinationAddressRequired);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SendConnectedAsync(ReadOnlyMemory<byte> buffer, SocketFlags flags, CancellationToken cancellationToken)
    {
        try
        {
            ThrowIfNotSendable(flags);
            if (IsDeferred && await SendOpeningAsync(buffer, flags, cancellationToken).ConfigureAwait(false))
            {
                return buffer.Length;
            }

            return _tcp is { } tcp
                ? await tcp.SendAsync(buffer, IsUrgent(flags), cancellationToken).ConfigureAwait(false)
                : await _udp!.SendAsync(buffer, _peer!, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (NoteFailure(exception))
        {
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SendDatagramAsync(
        ReadOnlyMemory<byte> buffer, SocketFlags flags, EndPoint remoteEP, CancellationToken cancellationToken)
    {
        if (flags is not (SocketFlags.None or SocketFlags.DontRoute))
        {
            throw Failure(SocketError.OperationNotSupported);
        }

        IPEndPoint remote = ToStack(remoteEP);
        if (remote.Port == 0)
        {
            throw Failure(SocketError.InvalidArgument);
        }

        if (!EnableBroadcast && remote.Address.Equals(IPAddress.Broadcast))
        {
            throw Failure(SocketError.AccessDenied);
        }

        try
        {
            UdpTransfer transfer = await BoundDatagramsAsync(remote).ConfigureAwait(false);
            return await transfer.SendAsync(buffer, remote, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (NoteFailure(exception))
        {
            throw;
        }
    }
}
