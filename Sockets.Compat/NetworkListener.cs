using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Threading.Channels;
using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>A listening TCP endpoint.</summary>
public sealed class NetworkListener : MailboxItem, IAsyncDisposable
{
    /// <summary>Connections taken out of the machine's accept queue ahead of <see cref="AcceptAsync"/>; the rest waits there and fills the backlog.</summary>
    private const int Ahead = 16;

    private readonly NetworkStack _stack;
    private readonly TcpListenEndpoint _endpoint;
    private readonly Channel<NetworkConnection> _accepted = Channel.CreateUnbounded<NetworkConnection>(
        new UnboundedChannelOptions { SingleWriter = true });
    private volatile TcpConnectionOptions _options;
    private volatile bool _isDisposed;
    private bool _isClosed;

    internal NetworkListener(NetworkStack stack, TcpListenEndpoint endpoint)
    {
        _stack = stack;
        _endpoint = endpoint;
        _options = endpoint.Options;
        endpoint.User = this;
        LocalEndPoint = endpoint.LocalEndPoint.ToIPEndPoint();
    }

    /// <summary>The address and port it listens on.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The choices of the connections that it takes in. Changed, they hold for those whose SYN arrives from then on.</summary>
    public TcpConnectionOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _options = value;
            _stack.Loop.Mailbox.Post(this);
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
            if (_accepted.Reader.Count < Ahead)
            {
                _stack.Loop.Mailbox.Post(this);
            }

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
        if (_accepted.Reader.Count < Ahead)
        {
            _stack.Loop.Mailbox.Post(this);
        }

        return any;
    }

    /// <summary>Waits until a connection waits to be accepted.</summary>
    /// <returns>False where the listener was disposed.</returns>
    internal ValueTask<bool> WaitPendingAsync(CancellationToken cancellationToken) => _accepted.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Stops listening. Connections that nobody accepted are reset.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _stack.TryCallAsync(now =>
        {
            Close(now);
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Loop: connections wait in the machine's accept queue.</summary>
    internal void EndpointActive()
    {
        while (!_isClosed && _accepted.Reader.Count < Ahead && _endpoint.TryAccept() is { } connection)
        {
            NetworkConnection accepted = _stack.Adopt(connection);
            _accepted.Writer.TryWrite(accepted);
            accepted.Pipe.CatchUp(_stack.Loop.Now);
        }
    }

    /// <summary>Loop: stops listening.</summary>
    internal void Close(Instant now)
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _endpoint.Close(now);
        _stack.Forget(this);
        _accepted.Writer.TryComplete();
        while (_accepted.Reader.TryRead(out NetworkConnection? connection))
        {
            connection.Abort();
            connection.Dispose();
        }
    }

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1033:Interface methods should be callable by child types", Justification = "Sealed.")]
    protected internal override void Process(Instant now)
    {
        _endpoint.Options = _options;
        EndpointActive();
    }
}
