using NetStack.Core;

namespace NetStack.Sockets;

/// <content>What the stack holds and has done.</content>
public sealed partial class NetworkStack
{
    /// <summary>Reads the counters and what is in use. After the stack has ended: as it ended.</summary>
    public async Task<NetworkStackStatistics> ReadStatisticsAsync()
    {
        try
        {
            return await Loop.CallAsync(_ => TakeStatistics()).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The thread that could change anything is gone.
            await Loop.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return TakeStatistics();
        }
    }

    private NetworkStackStatistics TakeStatistics()
    {
        Counters copy = new();
        Loop.Counters.CopyTo(copy);
        return new NetworkStackStatistics(
            copy, Loop.Tcp.ConnectionCount, Loop.Tcp.TimeWaitCount, Loop.Pool.OutstandingBlocks, Loop.Pool.OutstandingSlices);
    }
}
