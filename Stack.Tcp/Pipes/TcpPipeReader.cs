using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// Reads a TCP connection without a copy: the sequence it returns consists of the very blocks the device received into.
/// <see cref="AdvanceTo(SequencePosition, SequencePosition)"/> gives the consumed ones back, and opens the receive window by
/// what was examined.
/// </summary>
/// <remarks>
/// Behaves as the reader of a <see cref="Pipe"/> does. A connection that was reset throws, once the data that
/// arrived before has been examined.
/// </remarks>
internal sealed class TcpPipeReader : PipeReader, IValueTaskSource<ReadResult>
{
    /// <summary>A block with less than this is copied behind the one before it, so that tiny segments pin no memory.</summary>
    private const int CopyBelowBytes = 256;

    private readonly TcpDuplexPipe _pipe;
    private readonly PipeWait _wait;

    // The application's own list of blocks, and absolute positions in the stream.
    private PacketBuffer? _head;
    private PacketBuffer? _tail;
    private int _headOffset;
    private long _consumedIndex;
    private long _examinedIndex;
    private long _creditedIndex;
    private long _endIndex;
    private bool _isReading;
    private bool _isCompleted;

    // Shared with other threads.
    private BlockSlot _incoming;
    private int _isCancelRequested;
    private volatile bool _isFinished;
    private TcpError _error;

    public TcpPipeReader(TcpDuplexPipe pipe, PipeScheduler scheduler)
    {
        _pipe = pipe;
        _wait = new PipeWait(scheduler);
    }

    /// <summary>Whether the application, now that it is done, has left bytes unread.</summary>
    public bool HasDiscarded { get; private set; }

    /// <summary>The bytes consumed since the connection began.</summary>
    public long ConsumedBytes => _consumedIndex;

    /// <summary>Whether the application is done reading.</summary>
    public bool IsCompleted => Volatile.Read(ref _isCompleted);

    /// <summary>Whether the peer has finished, in good order, and all that it sent was delivered.</summary>
    public bool IsPeerFinished => _isFinished && _error == TcpError.None;

    // ---- the application's side

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfNotReadable();
        if (IsReady(out bool isFinished, out bool isCanceled))
        {
            result = BeginRead(isFinished, isCanceled);
            return true;
        }

        result = default;
        return false;
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfNotReadable();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        if (IsReady(out bool isFinished, out bool isCanceled))
        {
            return new ValueTask<ReadResult>(BeginRead(isFinished, isCanceled));
        }

        _isReading = true;
        _pipe.PostReturned();
        _wait.Park();
        if (IsReady(out isFinished, out isCanceled) && _wait.TryLeave())
        {
            return new ValueTask<ReadResult>(BeginRead(isFinished, isCanceled));
        }

        if (isCanceled)
        {
            Volatile.Write(ref _isCancelRequested, 1);
        }

        _wait.ListenTo(cancellationToken);
        return new ValueTask<ReadResult>(this, _wait.Version);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        ThrowIfCompleted();
        if (!_isReading)
        {
            throw new InvalidOperationException("No reading operation to complete.");
        }

        long consumedIndex = IndexOf(consumed, _consumedIndex);
        long examinedIndex = IndexOf(examined, _endIndex);
        if (consumedIndex < _consumedIndex || consumedIndex > _endIndex || examinedIndex > _endIndex)
        {
            throw new InvalidOperationException("The position was not returned by the last read, or was already given back.");
        }

        if (examinedIndex < consumedIndex)
        {
            throw new InvalidOperationException("The examined position lies before the consumed one.");
        }

        _isReading = false;
        _examinedIndex = examinedIndex;
        Release(consumedIndex);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        Interlocked.Exchange(ref _isCancelRequested, 1);
        _wait.Resume();
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted)
        {
            return;
        }

        _isReading = false;
        Fetch();
        HasDiscarded = _endIndex > _consumedIndex;
        Volatile.Write(ref _isCompleted, true);
        Release(_endIndex);
        _pipe.ReaderCompleted();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        try
        {
            _wait.GetResult(token);
        }
        catch (OperationCanceledException)
        {
            _isReading = false;
            throw;
        }

        IsReady(out bool isFinished, out bool isCanceled);
        return BeginRead(isFinished, isCanceled);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    // ---- the loop's side

    /// <summary>Loop: hands received blocks to the application.</summary>
    public void Deliver(PacketBuffer chain) => _incoming.Put(chain);

    /// <summary>Loop: resumes a reader that waits, where there is something to read or nothing will follow.</summary>
    public void Resume()
    {
        if (_isFinished || !_incoming.IsEmpty)
        {
            _wait.Resume();
        }
    }

    /// <summary>Loop: nothing more will be delivered, because the peer closed or because of an error.</summary>
    public void Finish(TcpError error)
    {
        if (_isFinished)
        {
            return;
        }

        _error = error;
        _isFinished = true;
    }

    /// <summary>Loop, once the application is done with the connection: takes what was delivered and never fetched.</summary>
    public PacketBuffer? TakeUnfetched() => _incoming.Take();

    // ---- private

    private bool IsReady(out bool isFinished, out bool isCanceled)
    {
        // In this order: what was delivered before the end is fetched together with it.
        isFinished = _isFinished;
        Fetch();
        isCanceled = Interlocked.Exchange(ref _isCancelRequested, 0) != 0;
        return isCanceled || isFinished || _endIndex > _examinedIndex;
    }

    private ReadResult BeginRead(bool isFinished, bool isCanceled)
    {
        bool hasNews = _endIndex > _examinedIndex;
        bool isBroken = isFinished && _error != TcpError.None && _pipe.ThrowsOnReset;
        if (isBroken && !hasNews && !isCanceled)
        {
            _isReading = false;
            throw _pipe.Describe(_error);
        }

        _isReading = true;
        ReadOnlySequence<byte> buffer = _head is null
            ? default
            : new ReadOnlySequence<byte>(_head, _headOffset, _tail!, _tail!.Memory.Length);
        return new ReadResult(buffer, isCanceled, isFinished && !isBroken);
    }

    private void Fetch()
    {
        PacketBuffer? block = _incoming.Take();
        while (block is not null)
        {
            PacketBuffer? next = block.Unlink();
            AppendBlock(block);
            block = next;
        }
    }

    private void AppendBlock(PacketBuffer block)
    {
        int length = block.Length;
        if (_tail is { } tail)
        {
            if (length < CopyBelowBytes && tail.TailroomBytes >= length)
            {
                block.Span.CopyTo(tail.Extend(length));
                tail.Expose(tail.RunningIndex);
                _endIndex += length;
                _pipe.ReturnBlocks(block);
                return;
            }

            tail.Append(block);
        }
        else
        {
            _head = block;
            _headOffset = 0;
        }

        block.Expose(_endIndex);
        _tail = block;
        _endIndex += length;
    }

    private void Release(long consumedIndex)
    {
        _consumedIndex = consumedIndex;
        PacketBuffer? finished = null;
        while (_head is { } head)
        {
            long end = head.RunningIndex + head.Length;
            if (consumedIndex < end)
            {
                _headOffset = (int)(consumedIndex - head.RunningIndex);
                break;
            }

            PacketBuffer? next = head.Unlink();
            if (finished is not null)
            {
                head.Append(finished);
            }

            finished = head;
            _head = next;
            _headOffset = 0;
            if (next is null)
            {
                _tail = null;
            }
        }

        if (finished is not null)
        {
            _pipe.ReturnBlocks(finished);
        }

        // As in the platform's pipe, what was examined counts: a reader that wants more than the window holds must get it.
        long credit = Math.Max(consumedIndex, _examinedIndex) - _creditedIndex;
        if (credit > 0)
        {
            _creditedIndex += credit;
            _pipe.Consumed(credit);
        }
    }

    private static long IndexOf(SequencePosition position, long indexOfNone) =>
        position.GetObject() is PacketBuffer block ? block.RunningIndex + position.GetInteger() : indexOfNone;

    private void ThrowIfNotReadable()
    {
        ThrowIfCompleted();
        if (_isReading)
        {
            throw new InvalidOperationException("Reading is already in progress.");
        }
    }

    private void ThrowIfCompleted()
    {
        if (_isCompleted)
        {
            throw new InvalidOperationException("Reading is not allowed after reader was completed.");
        }
    }
}
