using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using NetStack.Core;

namespace NetStack.Tcp;

/// <summary>
/// Writes a TCP connection without a copy: the memory it hands out is a block of the send queue, and a flush moves the
/// written blocks there whole.
/// </summary>
/// <remarks>
/// Behaves as the writer of a <see cref="Pipe"/> does. Two cases copy, both rare: a size hint beyond one block, and an
/// exchange that has no block left; their bytes are written to an array that the loop copies into blocks.
/// </remarks>
internal sealed class TcpPipeWriter : PipeWriter, IValueTaskSource<FlushResult>
{
    private readonly TcpDuplexPipe _pipe;
    private readonly PipeWait _wait;

    // The application's: what is written and not flushed.
    private PacketBuffer? _head;
    private PacketBuffer? _tail;
    private byte[]? _array;
    private int _arrayLength;
    private List<ArraySegment<byte>>? _unflushedArrays;
    private long _unflushedBytes;
    private long _flushedBytes;
    private bool _isCompleted;
    private bool _isFlushing;

    // Shared with the loop.
    private ConcurrentQueue<ArraySegment<byte>>? _arrays;
    private BlockSlot _outgoing;
    private long _drainedBytes;
    private long _pauseBytes;
    private long _urgentBytes;
    private int _isCancelRequested;
    private volatile bool _isClosed;

    public TcpPipeWriter(TcpDuplexPipe pipe, PipeScheduler scheduler, long pauseBytes)
    {
        _pipe = pipe;
        _wait = new PipeWait(scheduler);
        _pauseBytes = pauseBytes;
    }

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushedBytes;

    /// <summary>Whether the connection is closed: what is written from here on is not sent. Any thread.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Whether the application is done writing.</summary>
    public bool IsCompleted => Volatile.Read(ref _isCompleted);

    // ---- the application's side

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        TryGetBlock(sizeHint) is { } block ? block.TailroomMemory : GetArray(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) =>
        TryGetBlock(sizeHint) is { } block ? block.Tailroom : GetArray(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (_array is not null)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_array.Length - _arrayLength), nameof(bytes));
            _arrayLength += bytes;
        }
        else if (_tail is not null)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)_tail.TailroomBytes, nameof(bytes));
            _tail.Extend(bytes);
        }
        else if (bytes != 0)
        {
            throw new InvalidOperationException("No memory was taken to advance over.");
        }

        _unflushedBytes += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_isFlushing && _wait.IsPending)
        {
            throw new InvalidOperationException("Flushing is already in progress.");
        }

        HandOver();
        if (IsFlushed(out bool isCanceled))
        {
            return new ValueTask<FlushResult>(new FlushResult(isCanceled, _isClosed));
        }

        _isFlushing = true;
        _wait.Park();
        if (IsFlushed(out isCanceled) && _wait.TryLeave())
        {
            _isFlushing = false;
            return new ValueTask<FlushResult>(new FlushResult(isCanceled, _isClosed));
        }

        if (isCanceled)
        {
            Volatile.Write(ref _isCancelRequested, 1);
        }

        _wait.ListenTo(cancellationToken);
        return new ValueTask<FlushResult>(this, _wait.Version);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
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

        if (exception is null)
        {
            HandOver();
        }

        Discard();
        Volatile.Write(ref _isCompleted, true);
        _pipe.WriterCompleted(exception);
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _isFlushing = false;
        _wait.GetResult(token);
        return new FlushResult(Interlocked.Exchange(ref _isCancelRequested, 0) != 0, _isClosed);
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    /// <summary>What was written so far is urgent.</summary>
    public void MarkUrgent() => Volatile.Write(ref _urgentBytes, _flushedBytes + _unflushedBytes);

    // ---- the loop's side

    /// <summary>Loop: the bytes from the beginning of the stream to the end of what is urgent; 0 where nothing was.</summary>
    public long UrgentBytes => Volatile.Read(ref _urgentBytes);

    /// <summary>Loop: takes the flushed blocks, the loop's from here on.</summary>
    public PacketBuffer? TakeFlushed() => _outgoing.Take();

    /// <summary>Loop: whether it has taken all that was flushed.</summary>
    public bool IsTaken => _outgoing.IsEmpty && !HasArrays;

    /// <summary>Loop: whether arrays wait to be copied into blocks.</summary>
    public bool HasArrays => Volatile.Read(ref _arrays) is { IsEmpty: false };

    /// <summary>Loop: copies the next waiting array into blocks.</summary>
    /// <returns>The blocks; null where none waits, or the pool is used up.</returns>
    public PacketBuffer? TryCopyArray(PacketPool pool)
    {
        if (Volatile.Read(ref _arrays) is not { } arrays
            || !arrays.TryPeek(out ArraySegment<byte> array)
            || pool.TryLeaseCopy(array, headroomBytes: 0) is not { } chain)
        {
            return null;
        }

        arrays.TryDequeue(out _);
        ArrayPool<byte>.Shared.Return(array.Array!);
        return chain;
    }

    /// <summary>Loop: tells how many bytes have left the send queue since the connection began, and resumes a flush that waits for room.</summary>
    /// <param name="drainedBytes">The bytes.</param>
    /// <param name="pauseBytes">A flush waits while this much is flushed and not acknowledged, until it is half.</param>
    public void Drained(long drainedBytes, long pauseBytes)
    {
        Volatile.Write(ref _pauseBytes, pauseBytes);
        Volatile.Write(ref _drainedBytes, drainedBytes);
        if (_wait.IsParked && Volatile.Read(ref _flushedBytes) - drainedBytes <= pauseBytes / 2)
        {
            _wait.Resume();
        }
    }

    /// <summary>Loop: nothing that is written from here on will be sent.</summary>
    public void Close()
    {
        _isClosed = true;
        _wait.Resume();
    }

    // ---- private

    private PacketBuffer? TryGetBlock(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_isCompleted)
        {
            throw new InvalidOperationException("Writing is not allowed after writer was completed.");
        }

        int wanted = Math.Max(sizeHint, 1);
        if (_tail is { } tail && _array is null && tail.TailroomBytes >= wanted)
        {
            return tail;
        }

        // Bytes in arrays go before any block that is filled after them.
        if (wanted > PacketBuffer.BlockBytes || _array is not null || _unflushedArrays is not null || HasArrays
            || _pipe.Exchange.TryTake() is not { } block)
        {
            return null;
        }

        block.Reset(headroomBytes: 0);
        if (_tail is { Length: 0 } unused)
        {
            // Nothing was written to it: keep it out of the queue.
            ReplaceTail(unused, block);
        }
        else if (_tail is not null)
        {
            _tail.Append(block);
        }
        else
        {
            _head = block;
        }

        _tail = block;
        return block;
    }

    private void ReplaceTail(PacketBuffer unused, PacketBuffer block)
    {
        if (_head == unused)
        {
            _head = block;
        }
        else
        {
            PacketBuffer previous = _head!;
            while (previous.Next != unused)
            {
                previous = previous.Next!;
            }

            previous.Unlink();
            previous.Append(block);
        }

        _pipe.ReturnUnwritten(unused);
    }

    private Memory<byte> GetArray(int sizeHint)
    {
        if (_array is not null && _array.Length - _arrayLength >= Math.Max(sizeHint, 1))
        {
            return _array.AsMemory(_arrayLength);
        }

        SealArray();
        _array = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, PacketBuffer.BlockBytes));
        return _array;
    }

    private void SealArray()
    {
        if (_array is null)
        {
            return;
        }

        if (_arrayLength > 0)
        {
            (_unflushedArrays ??= []).Add(new ArraySegment<byte>(_array, 0, _arrayLength));
        }
        else
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = null;
        _arrayLength = 0;
    }

    private void HandOver()
    {
        if (_unflushedBytes == 0)
        {
            return;
        }

        Volatile.Write(ref _flushedBytes, _flushedBytes + _unflushedBytes);
        _unflushedBytes = 0;
        if (_head is { } head)
        {
            _head = null;
            _tail = null;
            _outgoing.Put(head);
        }

        SealArray();
        if (_unflushedArrays is { } arrays)
        {
            _unflushedArrays = null;
            ConcurrentQueue<ArraySegment<byte>> queue = _arrays ?? new ConcurrentQueue<ArraySegment<byte>>();
            Volatile.Write(ref _arrays, queue);
            foreach (ArraySegment<byte> array in arrays)
            {
                queue.Enqueue(array);
            }
        }

        _pipe.Post();
    }

    /// <summary>Gives back what was taken and is not handed over.</summary>
    private void Discard()
    {
        if (_head is { } head)
        {
            _head = null;
            _tail = null;
            _pipe.ReturnUnwritten(head);
        }

        SealArray();
        _unflushedArrays = null;
        _unflushedBytes = 0;
    }

    private bool IsFlushed(out bool isCanceled)
    {
        isCanceled = Interlocked.Exchange(ref _isCancelRequested, 0) != 0;
        return isCanceled || _isClosed || _flushedBytes - Volatile.Read(ref _drainedBytes) < Volatile.Read(ref _pauseBytes);
    }
}
