using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>Polling.</content>
public sealed partial class Socket
{
    /// <summary>Waits until an operation would not wait.</summary>
    /// <param name="microSeconds">The longest wait; negative: for ever.</param>
    /// <param name="mode">Which operation: receive or accept, send or the end of a connect, or a connect that fails.</param>
    /// <returns>False where the time was up before.</returns>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool Poll(int microSeconds, SelectMode mode) =>
        Poll(microSeconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMicroseconds(microSeconds), mode);

    /// <summary>Waits until an operation would not wait.</summary>
    /// <param name="timeout">The longest wait; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</param>
    /// <param name="mode">Which operation: receive or accept, send or the end of a connect, or a connect that fails.</param>
    /// <returns>False where the time was up before.</returns>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool Poll(TimeSpan timeout, SelectMode mode)
    {
        ThrowIfDisposed();
        if (timeout == TimeSpan.Zero)
        {
            return IsReady(mode);
        }

        using CancellationTokenSource end = new(timeout);
        try
        {
            return Stack.Block(WaitReadyAsync(mode, end.Token)) && IsReady(mode);
        }
        catch (OperationCanceledException)
        {
            return IsReady(mode);
        }
    }

    private bool IsReady(SelectMode mode) => mode switch
    {
        SelectMode.SelectRead when _listener is { } listener => listener.HasPending,
        SelectMode.SelectRead => _tcp?.IsReadable ?? _udp?.IsReadable ?? (IsStream && _connecting is null && _deferred is null),
        SelectMode.SelectWrite => _connecting is not { IsCompleted: false },
        SelectMode.SelectError => _connecting is { IsFaulted: true } || _tcp is { PendingError: not SocketError.Success } or { HasUrgent: true },
        _ => throw Failure(SocketError.InvalidArgument),
    };

    private async ValueTask<bool> WaitReadyAsync(SelectMode mode, CancellationToken cancellationToken)
    {
        if (IsReady(mode))
        {
            return true;
        }

        if (mode == SelectMode.SelectRead && _listener is { } listener)
        {
            return await listener.WaitPendingAsync(cancellationToken).ConfigureAwait(false);
        }

        if (mode == SelectMode.SelectRead && _tcp is { } tcp)
        {
            return await tcp.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
        }

        if (mode == SelectMode.SelectRead && _udp is { } udp)
        {
            return await udp.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_connecting is { } connecting)
        {
            await ((Task)Task.WhenAny(connecting)).WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }

        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        return false;
    }
}
