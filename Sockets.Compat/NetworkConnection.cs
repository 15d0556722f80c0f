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
    private readonly TaskCompletionSource<TcpError> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StackLoop _loop;
    private Stream? _stream;

    internal NetworkConnection(StackLoop loop, TcpDuplexPipe pipe)
    {
        _loop = loop;
        Pipe = pipe;
        pipe.Closed = (_, error) => _closed.TrySetResult(error);
        pipe.SoftErrorReported = (_, error) => ReportSoftError(error);
        LocalEndPoint = pipe.LocalEndPoint.ToIPEndPoint();
        RemoteEndPoint = pipe.RemoteEndPoint.ToIPEndPoint();
    }

    /// <summary>Received bytes. Completing it tells the peer, by a reset, that data it still sends is not wanted.</summary>
    public PipeReader Input => Pipe.Input;

    /// <summary>Bytes to send. Completing it closes our side of the connection (FIN); completing it with an error resets it.</summary>
    public PipeWriter Output => Pipe.Output;

    /// <summary>Our end.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The peer's end.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Completes when the connection is closed for good, with the reason; <see cref="TcpError.None"/> where both sides closed it.</summary>
    public Task<TcpError> Closed => _closed.Task;

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
