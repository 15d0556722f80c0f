using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace NetStack.Tcp;

/// <summary>
/// One side's wait: an application thread parks, the loop (or a cancellation) resumes it, exactly one of them. Reused for
/// every wait of its reader or writer, so waiting allocates nothing.
/// </summary>
internal sealed class PipeWait
{
    private const int Idle = 0;
    private const int Parked = 1;

    private static readonly Action<object?> ResumeScheduled = state => ((PipeWait)state!)._source.SetResult(true);

    private readonly PipeScheduler _scheduler;
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private int _state;

    public PipeWait(PipeScheduler scheduler)
    {
        _scheduler = scheduler;
        _source = new ManualResetValueTaskSourceCore<bool>
        {
            RunContinuationsAsynchronously = scheduler == PipeScheduler.ThreadPool,
        };
    }

    /// <summary>The token of the wait that was begun last.</summary>
    public short Version => _source.Version;

    /// <summary>Whether the application is parked. What the caller published before is visible to one that parks later.</summary>
    public bool IsParked
    {
        get
        {
            // The application parks and then looks; the loop publishes and then looks. Without the barrier the processor may
            // read the state before the publication is visible, and both would wait for each other.
            Interlocked.MemoryBarrier();
            return Volatile.Read(ref _state) == Parked;
        }
    }

    /// <summary>Application: whether the wait that was begun last is not over.</summary>
    public bool IsPending => _source.GetStatus(_source.Version) == ValueTaskSourceStatus.Pending;

    /// <summary>Application: parks. It must then look once more for what it waits for, and call <see cref="TryLeave"/> where it is there.</summary>
    public void Park()
    {
        _source.Reset();
        Interlocked.Exchange(ref _state, Parked);
    }

    /// <summary>Application: leaves before anybody resumed it.</summary>
    /// <returns>False where it was resumed meanwhile: the wait is complete.</returns>
    public bool TryLeave() => Interlocked.CompareExchange(ref _state, Idle, Parked) == Parked;

    /// <summary>Application: lets a cancellation end the wait.</summary>
    public void ListenTo(CancellationToken token)
    {
        if (!token.CanBeCanceled)
        {
            return;
        }

        _token = token;
        _registration = token.UnsafeRegister(static state => ((PipeWait)state!).Cancel(), this);
    }

    /// <summary>Any thread: resumes the application if it is parked.</summary>
    public void Resume()
    {
        if (!IsParked || !TryLeave())
        {
            return;
        }

        if (_scheduler == PipeScheduler.ThreadPool || _scheduler == PipeScheduler.Inline)
        {
            _source.SetResult(true);
        }
        else
        {
            _scheduler.Schedule(ResumeScheduled, this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>Application: ends the wait.</summary>
    /// <exception cref="OperationCanceledException">The token given to <see cref="ListenTo"/> was cancelled.</exception>
    public void GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        _token = default;
        _source.GetResult(token);
    }

    private void Cancel()
    {
        if (TryLeave())
        {
            _source.SetException(new OperationCanceledException(_token));
        }
    }
}
