using System.Net;
using System.Net.Sockets;
using NetStack.Sockets;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>Accepts connections and serves each in a task of its own.</summary>
internal sealed class TcpServer : IAsyncDisposable
{
    private readonly NetworkListener _listener;
    private readonly Func<NetworkConnection, CancellationToken, Task> _serve;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;

    // The connections served, and one for the acceptor.
    private int _running = 1;

    private TcpServer(NetworkListener listener, Func<NetworkConnection, CancellationToken, Task> serve)
    {
        _listener = listener;
        _serve = serve;
        _accepting = AcceptAsync();
    }

    /// <summary>Listens on every address of a stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="port">The port.</param>
    /// <param name="serve">Serves one connection to its end; it is disposed afterwards.</param>
    /// <exception cref="SocketException">The port is in use.</exception>
    public static async Task<TcpServer> StartAsync(
        NetworkStack stack, int port, Func<NetworkConnection, CancellationToken, Task> serve) =>
        new(await stack.ListenAsync(new IPEndPoint(IPAddress.Any, port)).ConfigureAwait(false), serve);

    /// <summary>Stops listening, resets what is still open, and returns when no task is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Whether an exception is a connection's end, or the service's, and no defect.</summary>
    public static bool IsEnd(Exception exception) =>
        exception is SocketException or IOException or OperationCanceledException or ObjectDisposedException;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                NetworkConnection connection = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                Interlocked.Increment(ref _running);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The service or the stack ends.
        }

        CountEnd();
    }

    private void CountEnd()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.TrySetResult();
        }
    }

    private async Task ServeAsync(NetworkConnection connection)
    {
        // Peers that end by a reset are many, and none is worth an exception.
        connection.ThrowsOnReset = false;
        try
        {
            await _serve(connection, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            connection.Abort();
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            CountEnd();
        }
    }
}
