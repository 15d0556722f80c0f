using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <summary>One question to the loop, answered there and awaited elsewhere.</summary>
internal sealed class LoopCall<T>(Func<Instant, T> body) : MailboxItem
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    /// <summary>Any thread: the loop has ended and will not answer.</summary>
    public void Refuse(Exception reason) => _answer.TrySetException(reason);

    protected internal override void Process(Instant now)
    {
        try
        {
            _answer.TrySetResult(body(now));
        }
#pragma warning disable CA1031 // Whatever the question throws belongs to whoever asked, not to the loop.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _answer.TrySetException(exception);
        }
    }
}
