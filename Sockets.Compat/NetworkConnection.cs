using System.IO.Pipelines;
using System.Net;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>
/// An established TCP connection: a pair of zero-copy pipes, or a <see cref="Stream"/> over them. Reading and writing may
/// go on at the same time, each by one thread at a time.
/// </summary>
public sealed class NetworkConnection : IDuplexPipe, IAsyncDisposable
{
    private readonly StackShard _shard;
    private readonly StackLoop _loop;
    private Stream? _stream;

    // Made for whoever asks: most connections come and go without.
    private TaskCompletionSource<TcpError>? _closed;
    private TcpError _closedWith;
    private volatile bool _isClosed;

    internal NetworkConnection(StackShard shard, TcpDuplexPipe pipe)
    {
        _shard = shard;
        _loop = shard.Loop;
        Pipe = pipe;
        pipe.Owner = this;
        pipe.Closed = static (pipe, error) => ((NetworkConnection)pipe.Owner!).OnClosed(error);
        pipe.SoftErrorReported = static (pipe, error) => ((NetworkConnection)pipe.Owner!).ReportSoftError(error);
    }

    /// <summary>Received bytes. Completing it tells the peer, by a reset, that data it still sends is not wanted.</summary>
    public PipeReader Input => Pipe.Input;

    /// <summary>Bytes to send. Completing it closes our side of the connection (FIN); completing it with an error resets it.</summary>
    public PipeWriter Output => Pipe.Output;

    /// <summary>Our end.</summary>
    public IPEndPoint LocalEndPoint => field ??= Pipe.LocalEndPoint.ToIPEndPoint();

    /// <summary>The peer's end.</summary>
    public IPEndPoint RemoteEndPoint => field ??= Pipe.RemoteEndPoint.ToIPEndPoint();

    /// <summary>Completes when the connection is closed for good, with the reason; <see cref="TcpError.None"/> where both sides closed it.</summary>
    public Task<TcpError> Closed
    {
        get
        {
            TaskCompletionSource<TcpError> made = new(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource<TcpError> closed = Interlocked.CompareExchange(ref _closed, made, null) ?? made;
            if (_isClosed)
            {
                closed.TrySetResult(_closedWith);
            }

            return closed.Task;
        }
    }

    /// <summary>The choices of the connection. They may be changed at any time (<c>connection.Options = connection.Options with { … }</c>);
    /// those that are settled by the handshake stay as they are.</summary>
    public TcpConnectionOptions Options
    {
        get => Pipe.Options;
        set => Pipe.Options = value;
    }

    /// <summary>Whether small segments leave at once although earlier ones are not acknowledged (no Nagle algorithm).</summary>
    /// <remarks>RFC 9293 §3.7.4.</remarks>
    public bool NoDelay
    {
        get => Options.NoDelay;
        set => Options = Options with { NoDelay = value };
    }

    /// <summary>
    /// Whether reading from a connection that was reset throws, as it is at first and as sockets do. Where not, the input ends
    /// as if the peer had closed it, and <see cref="Closed"/> tells the reason: for servers to whom a reset is nothing special,
    /// as throwing takes longer than answering a small request.
    /// </summary>
    public bool ThrowsOnReset
    {
        get => Pipe.ThrowsOnReset;
        set => Pipe.ThrowsOnReset = value;
    }

    /// <summary>The state of the connection now, as Linux tells it by <c>TCP_INFO</c>.</summary>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    public Task<TcpSnapshot> TakeSnapshotAsync() => _loop.CallAsync(now => Pipe.Connection.TakeSnapshot(now));

    /// <summary>
    /// Acknowledges at once what waits for it, and the next segments as they arrive. The connection goes back to delayed
    /// acknowledgments by itself, as with Linux's <c>TCP_QUICKACK</c>.
    /// </summary>
    /// <remarks>RFC 9293 §3.8.6.3; <see cref="TcpConnectionOptions.AcknowledgmentDelay"/> of zero never delays them.</remarks>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    public Task QuickAcknowledgeAsync() => _loop.CallAsync(_ =>
    {
        Pipe.Connection.QuickAcknowledge();
        return true;
    });

    /// <summary>
    /// Holds back segments that are not full, until <see cref="UncorkAsync"/>, as Linux's <c>TCP_CORK</c> does: a header and
    /// the body behind it leave together. What was flushed before is not held, the end of the output leaves at once, and
    /// where nothing is on its way the rest leaves after a retransmission time-out.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    public async Task CorkAsync()
    {
        // A turn of the loop for what was flushed before: it leaves in that turn, as far as the windows allow.
        await _loop.CallAsync(_ => true).ConfigureAwait(false);
        await _loop.CallAsync(_ => Cork()).ConfigureAwait(false);
    }

    /// <summary>Lets out what <see cref="CorkAsync"/> holds back, full segment or not.</summary>
    /// <exception cref="ObjectDisposedException">The stack has ended.</exception>
    public Task UncorkAsync() => _loop.CallAsync(now =>
    {
        Pipe.Connection.Uncork(now);
        return true;
    });

    /// <summary>
    /// Called on the thread pool each time there is trouble on the way to the peer that has not ended the connection:
    /// unreachable, by what an ICMP error tells, or <see cref="TcpError.TimedOut"/> where segments were sent again in vain.
    /// Null, as it is at first, asks for no reports.
    /// </summary>
    /// <remarks>RFC 9293 §3.9.1.8 (ERROR_REPORT).</remarks>
    public Action<TcpError>? SoftErrorReported { get; set; }

    internal TcpDuplexPipe Pipe { get; }

    /// <summary>The loop that drives it.</summary>
    internal StackLoop Loop => _loop;

    /// <summary>The connection as a stream. Disposing it disposes the connection.</summary>
    public Stream AsStream() => _stream ??= new NetworkConnectionStream(this);

    /// <summary>Resets the connection (RST). What is queued in either direction is lost.</summary>
    public void Abort() => Pipe.Abort();

    /// <summary>Closes both sides: what was written is still sent, in the background.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Loop: holds back segments that are not full.</summary>
    internal bool Cork()
    {
        Pipe.Connection.Cork();
        return true;
    }

    private void OnClosed(TcpError error)
    {
        _shard.Forget(Pipe);
        _closedWith = error;
        _isClosed = true;

        // Whoever asks later sees that it is closed; whoever asked before is told. The barrier keeps it from being neither.
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _closed)?.TrySetResult(error);
    }

    private void ReportSoftError(TcpError error)
    {
        if (SoftErrorReported is { } report)
        {
            // Not on the loop: whoever is told may take its time.
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.Report(told.Error), (Report: report, Error: error), preferLocal: false);
        }
    }

    internal void Dispose()
    {
        // The input first: the loop may be here in between, and must know that bytes are left unread before it sends a FIN.
        Pipe.Input.Complete();
        Pipe.Output.Complete();
    }
}
