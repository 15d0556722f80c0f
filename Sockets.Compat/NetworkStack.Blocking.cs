namespace NetStack.Sockets;

/// <content>Waiting for the loop without giving up the thread.</content>
public sealed partial class NetworkStack
{
    /// <summary>Blocks until an operation is over.</summary>
    /// <exception cref="InvalidOperationException">The caller is the loop, which would wait for itself.</exception>
    internal T Block<T>(ValueTask<T> operation)
    {
        if (operation.IsCompleted)
        {
            return operation.GetAwaiter().GetResult();
        }

        if (IsLoopThread)
        {
            throw new InvalidOperationException(
                "A blocking call was made on the thread of the network stack's loop, which would wait for itself: call the asynchronous one.");
        }

        return operation.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Whether the caller runs on a loop: whoever waits there may wait for ever.</summary>
    internal bool IsLoopThread => Array.Exists(_shards, static shard => shard.Loop.IsCurrentThread);

    /// <summary>Blocks until an operation is over.</summary>
    /// <exception cref="InvalidOperationException">The caller is the loop, which would wait for itself.</exception>
    internal void Block(Task operation) => Block(AsValue(operation));

    private static async ValueTask<bool> AsValue(Task operation)
    {
        await operation.ConfigureAwait(false);
        return true;
    }
}
