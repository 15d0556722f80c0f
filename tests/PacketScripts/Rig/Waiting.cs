namespace NetStack.PacketScripts.Tests;

/// <summary>A call on a thread of its own, which has fallen asleep or is done when the constructor returns.</summary>
internal sealed class Waiting<T>
{
    private readonly TaskCompletionSource<T> _done = new();

    public Waiting(Func<T> call)
    {
        Thread thread = new(() =>
        {
            try
            {
                _done.SetResult(call());
            }
            catch (Exception error)
            {
                _done.SetException(error);
            }
        });
        thread.IsBackground = true;
        thread.Start();
        while (!IsDone && (thread.ThreadState & ThreadState.WaitSleepJoin) == 0)
        {
            Thread.Yield();
        }
    }

    public bool IsDone => _done.Task.IsCompleted;

    public Task<T> Task => _done.Task.WaitAsync(TimeSpan.FromSeconds(30));
}
