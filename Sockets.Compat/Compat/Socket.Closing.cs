using System.Net.Sockets;

namespace NetStack.Sockets;

/// <content>Shutting down and closing.</content>
public sealed partial class Socket
{
    private TimeSpan _closeTimeout;

    /// <summary>Ends one direction of a connection, or both. What was sent before still reaches the peer.</summary>
    /// <exception cref="SocketException">The socket is not connected.</exception>
    public void Shutdown(SocketShutdown how)
    {
        ThrowIfDisposed();
        if (_udp is null ? _tcp is null : !_isConnected)
        {
            throw Failure(SocketError.NotConnected);
        }

        _tcp?.Shutdown(how);
        Disconnected();
    }

    /// <summary>Closes the socket. Operations under way fail; what was sent still reaches the peer, unless <see cref="LingerState"/> asks
    /// for a reset.</summary>
    public void Close() => Dispose();

    /// <summary>Closes the socket, and waits for the peer to take what was sent.</summary>
    /// <param name="timeout">The longest wait in seconds; −1 does not end it.</param>
    public void Close(int timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, -1);
        if (!_isDisposed && LingerState is not { Enabled: true })
        {
            _closeTimeout = timeout < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(timeout);
        }

        Dispose();
    }

    /// <summary>Ends both directions and closes the socket, as a stream or a client does that owns it.</summary>
    /// <param name="timeoutMilliseconds">How long to wait for the peer to take what was sent; negative: not at all.</param>
    internal void ShutdownAndClose(int timeoutMilliseconds)
    {
        _tcp?.Shutdown(SocketShutdown.Both);
        Disconnected();
        if (timeoutMilliseconds > 0)
        {
            _closeTimeout = TimeSpan.FromMilliseconds(timeoutMilliseconds);
        }

        Dispose();
    }

    /// <summary>Closes the socket, as <see cref="Close()"/> does.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        FreeHeldPort();
        EndDeferral();
        _udp?.Close();
        if (_listener is { } listener)
        {
            Task closing = listener.DisposeAsync().AsTask();
            if (!Stack.IsLoopThread)
            {
                // Whoever connects from now on is refused.
                Stack.Block(closing);
            }
        }

        if (_tcp is { } tcp)
        {
            tcp.Close(isAbortive: _linger is { Enabled: true, LingerTime: 0 });
            TimeSpan linger = _linger is { Enabled: true } ? TimeSpan.FromSeconds(_linger.LingerTime) : _closeTimeout;
            if (linger != TimeSpan.Zero)
            {
                Stack.Block(tcp.WaitSentAsync(linger));
            }
        }
    }
}
