using NetStack.Core;

namespace NetStack.Sockets;

/// <content>What the stack holds and has done.</content>
public sealed partial class NetworkStack
{
    /// <summary>The counters as of the latest turns, summed over the loops.</summary>
    public Counters ReadCounters()
    {
        Counters total = new();
        foreach (StackShard shard in _shards)
        {
            shard.Loop.Counters.AddTo(total);
        }

        return total;
    }

    /// <summary>Reads the counters and what is in use, summed over the loops. After the stack has ended: as it ended.</summary>
    public async Task<NetworkStackStatistics> ReadStatisticsAsync()
    {
        Counters counters = new();
        NetworkStackStatistics total = new(counters, 0, 0, 0, 0);
        foreach (StackShard shard in _shards)
        {
            NetworkStackStatistics part = await shard.Loop.ReadStatisticsAsync().ConfigureAwait(false);
            part.Counters.AddTo(counters);
            total = new NetworkStackStatistics(
                counters,
                total.OpenConnections + part.OpenConnections,
                total.TimeWaitConnections + part.TimeWaitConnections,
                total.OutstandingBlocks + part.OutstandingBlocks,
                total.OutstandingSlices + part.OutstandingSlices);
        }

        return total;
    }
}
