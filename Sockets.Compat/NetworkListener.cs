using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>A listening TCP endpoint. Where the stack has several shards it listens in each, and accepts from all.</summary>
public sealed class NetworkListener : IAsyncDisposable
{
    /// <summary>Connections taken out of the machines' accept queues ahead of <see cref="AcceptAsync"/>; the rest waits there and fills the backlog.</summary>
    private const int Ahead = 16;

    private readonly Channel<NetworkConnection> _accepted;
    private ListenerShard[] _shards = [];
    private volatile TcpConnectionOptions _options;
    private volatile bool _isDisposed;
    private int _openShards;

    private NetworkListener(TcpConnectionOptions options, StackShard[] shards)
    {
        _options = options;
        _accepted = Channel.CreateUnbounded<NetworkConnection>(new UnboundedChannelOptions
        {
            SingleWriter = shards.Length == 1,
            AllowSynchronousContinuations = shards[0].Scheduler == PipeScheduler.Inline,
        });
        LocalEndPoint = null!;
    }

    /// <summary>The address and port it listens on.</summary>
    public IPEndPoint LocalEndPoint { get; private set; }

    /// <summary>The choices of the connections that it takes in. Changed, they hold for those whose SYN arrives from then on.</summary>
    public TcpConnectionOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _options = value;
            foreach (ListenerShard shard in _shards)
            {
                shard.Post();
            }
        }
    }

    /// <summary>Whether a connection waits to be accepted.</summary>
    public bool HasPending => _accepted.Reader.TryPeek(out _);

    /// <summary>Waits for the next connection.</summary>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<NetworkConnection> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            NetworkConnection connection = await _accepted.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            ResumeShards();
            return connection;
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(NetworkListener));
        }
    }

    /// <summary>Takes a connection that waits to be accepted.</summary>
    /// <returns>False where none waits.</returns>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    public bool TryAccept([NotNullWhen(true)] out NetworkConnection? connection)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        bool any = _accepted.Reader.TryRead(out connection);
        ResumeShards();
        return any;
    }

    /// <summary>Stops listening. Connections that nobody accepted are reset.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;

        // The first shard last: it is the one that gives ports away, and none is free before all have closed.
        for (int i = _shards.Length - 1; i >= 0; i--)
        {
            ListenerShard shard = _shards[i];
            await shard.Loop.TryCallAsync(now =>
            {
                shard.Close(now);
                return true;
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Listens in every shard.</summary>
    internal static async Task<NetworkListener> OpenAsync(
        StackShard[] shards, IP.IpEndPoint local, int backlog, TcpConnectionOptions? options)
    {
        TcpConnectionOptions choices = options ?? shards[0].Loop.Tcp.Options.Connection;
        NetworkListener listener = new(choices, shards);
        try
        {
            foreach (StackShard shard in shards)
            {
                // The first shard chooses the port where none is given.
                local = await shard.Loop.CallAsync(_ => listener.Add(shard.Listen(listener, local, backlog, choices))).ConfigureAwait(false);
            }
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        listener.LocalEndPoint = local.ToIPEndPoint();
        return listener;
    }

    /// <summary>Waits until a connection waits to be accepted.</summary>
    /// <returns>False where the listener was disposed.</returns>
    internal ValueTask<bool> WaitPendingAsync(CancellationToken cancellationToken) => _accepted.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Loops: whether another connection may wait to be accepted.</summary>
    internal bool HasRoom => _accepted.Reader.Count < Ahead;

    /// <summary>Loops: a connection waits to be accepted.</summary>
    internal void Offer(NetworkConnection connection)
    {
        if (!_accepted.Writer.TryWrite(connection))
        {
            connection.Abort();
            connection.Dispose();
        }
    }

    /// <summary>Loops: one shard has stopped listening.</summary>
    internal void ShardClosed()
    {
        if (Interlocked.Decrement(ref _openShards) > 0)
        {
            return;
        }

        _accepted.Writer.TryComplete();
        while (_accepted.Reader.TryRead(out NetworkConnection? connection))
        {
            connection.Abort();
            connection.Dispose();
        }
    }

    /// <summary>A loop, while the listener opens: one more shard listens.</summary>
    private IP.IpEndPoint Add(ListenerShard shard)
    {
        Interlocked.Increment(ref _openShards);
        _shards = [.. _shards, shard];
        return shard.LocalEndPoint;
    }

    private void ResumeShards()
    {
        if (!HasRoom)
        {
            return;
        }

        // The room must be there for all to see before the flags are read: the loops raise and look in the other order.
        Interlocked.MemoryBarrier();
        foreach (ListenerShard shard in _shards)
        {
            shard.Resume();
        }
    }
}
