using System.Net;
using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>
/// TCP_FASTOPEN_CONNECT, as Linux has it: where the peer has given a cookie, connecting only remembers the peer, and the
/// first bytes sent leave with the SYN (RFC 7413). Where it has not, connecting is what it always is, and asks for one.
/// </content>
public sealed partial class Socket
{
    private volatile bool _isFastOpenConnect;

    /// <summary>Of a connection that was put off: completes when it is open.</summary>
    private volatile TaskCompletionSource? _deferred;
    private int _hasBegunOpening;

    private bool IsDeferred => _deferred is not null && _tcp is null;

    /// <summary>Puts the connection off until there is something to send.</summary>
    /// <returns>False where the peer has given no cookie.</returns>
    private async Task<bool> TryDeferAsync(IPEndPoint remote)
    {
        bool isKnown = false;
        await TryAsync(async () => isKnown = await Stack.KnowsCookieAsync(remote).ConfigureAwait(false)).ConfigureAwait(false);
        if (!isKnown)
        {
            return false;
        }

        lock (_sync)
        {
            _peer = remote;
            _deferred = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _isConnected = !_isDisposed;
        }

        return !_isDisposed ? true : throw Failure(SocketError.OperationAborted);
    }

    /// <summary>Opens the connection that was put off: the first to send with its data, the others wait with it.</summary>
    /// <returns>Whether the data was sent with it.</returns>
    private async ValueTask<bool> SendOpeningAsync(ReadOnlyMemory<byte> data, SocketFlags flags, CancellationToken cancellationToken)
    {
        bool isCarried = TryBeginOpening(data, flags, cancellationToken);
        await OpenedAsync(cancellationToken).ConfigureAwait(false);
        return isCarried;
    }

    /// <summary>As <see cref="SendOpeningAsync"/>, but does not wait.</summary>
    /// <returns>False where the connection is open by now.</returns>
    /// <exception cref="SocketException">It opens, and there is no room before it is open.</exception>
    private bool TrySendOpening(ReadOnlySpan<byte> data, SocketFlags flags)
    {
        if (_deferred!.Task.IsCompleted)
        {
            Stack.Block(_deferred.Task);
            return false;
        }

        return TryBeginOpening(data.ToArray(), flags, CancellationToken.None) ? true : throw Failure(SocketError.WouldBlock);
    }

    /// <summary>Waits until whoever sends first has opened the connection.</summary>
    private async ValueTask<bool> OpenedAsync(CancellationToken cancellationToken)
    {
        await _deferred!.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The socket is closed: whoever waits for the connection waits in vain.</summary>
    private void EndDeferral() => _deferred?.TrySetException(Failure(SocketError.OperationAborted));

    /// <returns>Whether the data goes with the SYN.</returns>
    private bool TryBeginOpening(ReadOnlyMemory<byte> data, SocketFlags flags, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasBegunOpening, 1) != 0)
        {
            return false;
        }

        // Urgent data has no place on a SYN: it follows.
        ReadOnlyMemory<byte> carried = IsUrgent(flags) ? default : data;
        _connecting = OpenDeferredAsync(carried, cancellationToken);
        return !carried.IsEmpty;
    }

    private async Task OpenDeferredAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(_peer!, data, cancellationToken).ConfigureAwait(false);
            _deferred!.TrySetResult();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            _deferred!.TrySetException(exception);
        }
    }
}
