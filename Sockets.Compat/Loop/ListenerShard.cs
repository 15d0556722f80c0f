using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>A listener in one shard: takes connections out of the machine's accept queue and hands them to the listener.</summary>
internal sealed class ListenerShard : MailboxItem
{
    private readonly NetworkListener _listener;
    private readonly StackShard _shard;
    private readonly TcpListenEndpoint _endpoint;
    private bool _isClosed;

    // Raised by the loop where it leaves connections in the accept queue, because enough wait to be accepted.
    private bool _isHeldBack;

    public ListenerShard(NetworkListener listener, StackShard shard, TcpListenEndpoint endpoint)
    {
        _listener = listener;
        _shard = shard;
        _endpoint = endpoint;
        endpoint.User = this;
    }

    /// <summary>The address and port that the shard listens on.</summary>
    public IP.IpEndPoint LocalEndPoint => _endpoint.LocalEndPoint;

    /// <summary>The loop of the shard.</summary>
    public StackLoop Loop => _shard.Loop;

    /// <summary>Any thread: has the loop look at the listener's options.</summary>
    public void Post() => Loop.Mailbox.Post(this);

    /// <summary>Any thread: there is room for connections again.</summary>
    public void Resume()
    {
        if (Volatile.Read(ref _isHeldBack))
        {
            Post();
        }
    }

    /// <summary>Loop: connections wait in the machine's accept queue.</summary>
    public void EndpointActive()
    {
        while (!_isClosed && _endpoint.AcceptQueueLength > 0)
        {
            if (!_listener.HasRoom && IsHeldBack())
            {
                return;
            }

            if (_endpoint.TryAccept() is { } connection)
            {
                NetworkConnection accepted = _shard.Adopt(connection);
                _listener.Offer(accepted);
                accepted.Pipe.CatchUp(Loop.Now);
            }
        }
    }

    /// <summary>Loop: stops listening.</summary>
    public void Close(Instant now)
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _endpoint.Close(now);
        _shard.Forget(this);
        _listener.ShardClosed();
    }

    /// <inheritdoc/>
    protected internal override void Process(Instant now)
    {
        Volatile.Write(ref _isHeldBack, false);
        _endpoint.Options = _listener.Options;
        EndpointActive();
    }

    /// <summary>Raises the flag and looks once more: whoever made room in between may not have seen it.</summary>
    private bool IsHeldBack()
    {
        Volatile.Write(ref _isHeldBack, true);
        Interlocked.MemoryBarrier();
        return !_listener.HasRoom;
    }
}
