using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// A TCP connection as a pair of pipes: the edge where the application's threads meet the loop. Blocks change hands whole,
/// in both directions; everything else that crosses is a counter, a flag or the mailbox bit.
/// </summary>
public sealed partial class TcpDuplexPipe : MailboxItem, IDuplexPipe
{
    /// <summary>A reader that never waits tells the loop after this many bytes.</summary>
    private const int PostConsumedBytes = 32 * 1024;

    private readonly TcpConnection _connection;
    private readonly PacketPool _pool;
    private readonly LoopMailbox _mailbox;
    private readonly TcpPipeReader _reader;
    private readonly TcpPipeWriter _writer;
    private readonly long _pauseWriterBytes;

    // Loop only.
    private long _appendedBytes;
    private long _consumedSeen;
    private bool _isShutDown;
    private bool _isReceiveStopped;
    private bool _hasUnfetched;
    private bool _isClosed;

    // Shared.
    private BlockSlot _returnedByReader;
    private BlockSlot _returnedByWriter;
    private long _consumedBytes;
    private volatile bool _isAborting;
    private TcpConnectionOptions _options;
    private bool _hasUnposted;

    /// <summary>Puts pipes over a connection. Loop only.</summary>
    /// <param name="connection">The connection; its <see cref="TcpConnection.User"/> becomes this object.</param>
    /// <param name="pool">The loop's pool.</param>
    /// <param name="mailbox">The loop's mailbox.</param>
    /// <param name="exchange">Where the writer takes empty blocks.</param>
    /// <param name="scheduler">Where the application's continuations run.</param>
    /// <param name="pauseWriterBytes">A flush waits while this much is flushed and not acknowledged, or while the send buffer is full; 0 leaves it to the send buffer.</param>
    /// <param name="describe">Makes the exception that a reader of a broken connection gets.</param>
    public TcpDuplexPipe(
        TcpConnection connection,
        PacketPool pool,
        LoopMailbox mailbox,
        BlockExchange exchange,
        PipeScheduler scheduler,
        long pauseWriterBytes,
        Func<TcpError, Exception> describe)
    {
        _connection = connection;
        _pool = pool;
        _mailbox = mailbox;
        Describe = describe;
        Exchange = exchange;
        _reader = new TcpPipeReader(this, scheduler);
        _pauseWriterBytes = pauseWriterBytes;
        _writer = new TcpPipeWriter(this, scheduler, PauseBytes);
        LocalEndPoint = connection.LocalEndPoint;
        RemoteEndPoint = connection.RemoteEndPoint;
        _options = connection.Options;
        connection.User = this;
    }

    /// <inheritdoc/>
    public PipeReader Input => _reader;

    /// <inheritdoc/>
    public PipeWriter Output => _writer;

    /// <summary>Our end of the connection.</summary>
    public IP.IpEndPoint LocalEndPoint { get; }

    /// <summary>The peer's end.</summary>
    public IP.IpEndPoint RemoteEndPoint { get; }

    /// <summary>The choices of the connection. Those that are settled by the handshake stay as they are. Any thread.</summary>
    public TcpConnectionOptions Options
    {
        get => Volatile.Read(ref _options);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref _options, value);
            _mailbox.Post(this);
        }
    }

    /// <summary>
    /// Whether a reader of a connection that was reset gets an exception. Where not, its input ends as if the peer had closed
    /// it. Any thread.
    /// </summary>
    public bool ThrowsOnReset { get; set; } = true;

    /// <summary>Whether the connection is closed, so that nothing more will be sent. Any thread.</summary>
    public bool IsOutputClosed => _writer.IsClosed;

    /// <summary>Whether the peer has finished sending, in good order, and all of it was delivered. Any thread.</summary>
    public bool IsReceiveFinished => _reader.IsPeerFinished;

    /// <summary>The machine behind the pipes. Loop only.</summary>
    public TcpConnection Connection => _connection;

    /// <summary>Whether the peer has acknowledged all that was flushed, or never will. Loop only.</summary>
    public bool IsSent => _connection.State is TcpState.Closed or TcpState.TimeWait || (_writer.IsTaken && _connection.QueuedBytes == 0);

    /// <summary>The owner's own; the pipes do not look at it.</summary>
    public object? Owner { get; set; }

    /// <summary>Called by the loop, once, when the connection is closed for good; the error tells why.</summary>
    public Action<TcpDuplexPipe, TcpError>? Closed { get; set; }

    internal BlockExchange Exchange { get; }

    /// <summary>Makes the exception that a reader of a broken connection gets.</summary>
    internal Func<TcpError, Exception> Describe { get; }

    /// <summary>Any thread: resets the connection. What is queued in either direction is lost.</summary>
    public void Abort()
    {
        _isAborting = true;
        _mailbox.Post(this);
    }

    // ---- called by the loop

    /// <summary>Loop: the machine has news (<see cref="TcpConnection.TakeEvents"/>).</summary>
    public void ConnectionActive(Instant now) => HandleEvents(_connection.TakeEvents(), now);

    /// <summary>Loop: catches up with what happened to the connection before the pipes were there.</summary>
    public void CatchUp(Instant now)
    {
        TcpEvents events = _connection.TakeEvents() | TcpEvents.Readable;
        if (_connection.State is TcpState.Closed or TcpState.TimeWait)
        {
            events |= TcpEvents.Closed;
        }

        HandleEvents(events, now);
    }

    private void HandleEvents(TcpEvents events, Instant now)
    {
        if ((events & TcpEvents.Urgent) != 0)
        {
            // Before the bytes: whoever reads them must know where to stop.
            UrgentArrived();
        }

        ReportSoftError(events);
        if ((events & (TcpEvents.Readable | TcpEvents.Closed)) != 0)
        {
            DeliverReceived(now);
        }

        if ((events & TcpEvents.Writable) != 0)
        {
            _writer.Drained(_appendedBytes - _connection.QueuedBytes, PauseBytes);
        }

        if ((events & TcpEvents.Closed) != 0)
        {
            ConnectionClosed();
        }

        _reader.Resume();
    }

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1033:Interface methods should be callable by child types", Justification = "Sealed.")]
    protected internal override void Process(Instant now)
    {
        ReturnToPool(_returnedByReader.Take());
        ReturnToPool(_returnedByWriter.Take());
        if (_isClosed)
        {
            ReturnToPool(_writer.TakeFlushed());
            ReturnUnfetched();
            return;
        }

        if (_isAborting)
        {
            _connection.Abort(now);
            ConnectionClosed();
            return;
        }

        if (Options is var options && !ReferenceEquals(options, _connection.Options))
        {
            _connection.Change(options, now);
        }

        // Asked before what they have left is taken: what an application reads or flushes as its last comes before the end, on
        // whatever thread it runs.
        bool isReaderCompleted = _reader.IsCompleted;
        bool isWriterCompleted = _writer.IsCompleted;
        long consumed = Volatile.Read(ref _consumedBytes);
        if (consumed != _consumedSeen)
        {
            long bytes = consumed - _consumedSeen;
            _consumedSeen = consumed;
            _connection.Consumed(bytes, now);
        }

        if (isWriterCompleted && isReaderCompleted && HasUnread())
        {
            // RFC 1122 §4.2.2.13: "its TCP SHOULD send a RST to show that data was lost".
            _connection.Abort(now);
            ConnectionClosed();
            return;
        }

        AppendFlushed(now);
        MarkAppended(now);
        if (isWriterCompleted && !_isShutDown && !_writer.HasArrays)
        {
            _isShutDown = true;
            _connection.Shutdown(now);
        }

        if (isReaderCompleted && !_isReceiveStopped)
        {
            _isReceiveStopped = true;
            _connection.StopReceiving(now);
            ReturnUnfetched();
        }

        if (_isShutDown && _isReceiveStopped)
        {
            // From here on the machine finishes by itself, and tells nobody.
            _connection.Close(now);
            ConnectionClosed();
        }
    }

    /// <summary>Loop, when it ends: the connection is gone, and so is whoever would return blocks later.</summary>
    public void LoopEnded(Instant now)
    {
        if (!_isClosed)
        {
            _connection.Abort(now);
            ConnectionClosed();
        }

        Process(now);
    }

    // ---- private

    /// <summary>What the connection has room for in all, as far as the owner of the stack allows.</summary>
    private long PauseBytes
    {
        get
        {
            long room = Math.Max(_connection.QueuedBytes + _connection.SendRoomBytes, 1);
            return _pauseWriterBytes == 0 ? room : Math.Min(room, _pauseWriterBytes);
        }
    }

    private void DeliverReceived(Instant now)
    {
        _deliveredBytes += _connection.ReceivedBytes;
        if (_connection.TakeReceived() is { } chain)
        {
            if (_reader.IsCompleted)
            {
                int bytes = chain.TotalLength;
                _pool.Return(chain);
                _connection.Consumed(bytes, now);
            }
            else
            {
                _reader.Deliver(chain);
            }
        }

        if (_connection.IsReceiveFinished)
        {
            _reader.Finish(TcpError.None);
        }
    }

    private void AppendFlushed(Instant now)
    {
        // The writer fills no block while an array waits: every block that lies here now goes before the first array.
        bool hasArrays = _writer.HasArrays;
        Append(_writer.TakeFlushed(), now);
        while (hasArrays && Exchange.HasSpare && _writer.TryCopyArray(_pool) is { } copy)
        {
            Append(copy, now);
            hasArrays = _writer.HasArrays;
            Append(_writer.TakeFlushed(), now);
        }

        if (_writer.HasArrays)
        {
            // The pool runs short: try again next turn.
            _mailbox.Post(this);
        }

        _writer.Drained(_appendedBytes - _connection.QueuedBytes, PauseBytes);
    }

    private void Append(PacketBuffer? chain, Instant now)
    {
        if (chain is not null)
        {
            _appendedBytes += chain.TotalLength;
            _connection.Append(chain, now);
        }
    }

    private void ConnectionClosed()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        TcpError error = _isAborting ? TcpError.ConnectionAborted : _connection.Error;

        // Whoever has read of the end finds that nothing can be written either.
        _writer.Close();
        _reader.Finish(error);
        ReturnToPool(_writer.TakeFlushed());
        ReturnUnfetched();
        _reader.Resume();
        Closed?.Invoke(this, error);
    }

    private void ReturnUnfetched()
    {
        if (_reader.IsCompleted && _reader.TakeUnfetched() is { } unfetched)
        {
            _hasUnfetched = true;
            _pool.Return(unfetched);
        }
    }

    /// <summary>Whether bytes were delivered that the application, now that it is done reading, has not read.</summary>
    private bool HasUnread()
    {
        ReturnUnfetched();
        return _hasUnfetched || _reader.HasDiscarded;
    }

    private void ReturnToPool(PacketBuffer? chain)
    {
        if (chain is not null)
        {
            _pool.Return(chain);
        }
    }
}
