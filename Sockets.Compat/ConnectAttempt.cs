using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>A connection that is being opened: waits on the loop for the handshake, off the loop for whoever asked.</summary>
internal sealed class ConnectAttempt(StackShard shard, TcpConnection connection)
{
    private readonly TaskCompletionSource<NetworkConnection> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<NetworkConnection> Outcome => _outcome.Task;

    /// <summary>Loop: the handshake is over, one way or the other.</summary>
    public void ConnectionActive(Instant now)
    {
        TcpEvents events = connection.TakeEvents();
        if ((events & TcpEvents.Connected) != 0)
        {
            NetworkConnection opened = shard.Adopt(connection);
            if (!_outcome.TrySetResult(opened))
            {
                // Nobody waits any more.
                opened.Abort();
            }

            // Data may have come together with the end of the handshake.
            opened.Pipe.CatchUp(now);
        }
        else if ((events & TcpEvents.Closed) != 0)
        {
            _outcome.TrySetException(SocketErrors.ToException(connection.Error));
        }
    }

    /// <summary>Loop: whoever asked has given up.</summary>
    public void Abandon(Instant now, CancellationToken token)
    {
        if (_outcome.TrySetCanceled(token))
        {
            connection.User = null;
            connection.Abort(now);
        }
    }

    /// <summary>Loop, as it ends.</summary>
    public void LoopEnded(Instant now)
    {
        if (_outcome.TrySetException(new ObjectDisposedException(nameof(NetworkStack))))
        {
            connection.User = null;
            connection.Abort(now);
        }
    }
}
