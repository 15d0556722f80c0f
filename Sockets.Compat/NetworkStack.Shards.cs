using System.Security.Cryptography;
using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Sockets;

/// <content>Several loops as one stack: a shard for each queue of the devices.</content>
public sealed partial class NetworkStack
{
    private static StackShard[] MakeShards(NetworkStackOptions options, out FlowSteering? steering)
    {
        int count = CountShards(options);
        LoopClock clock = new();
        SeededEntropy entropy = options.Seed is { } seed ? new SeededEntropy(seed) : MakeEntropy();
        if (count == 1)
        {
            steering = null;
            return [new StackShard(options, clock, entropy, place: null)];
        }

        ShardGroup group = new(count, entropy);
        steering = group.Steering;
        return [.. group.Shards.Select(place => new StackShard(options, clock, entropy.Fork((ulong)place.Index), place))];
    }

    private static int CountShards(NetworkStackOptions options)
    {
        int count = options.Devices.Count == 0 ? 1 : options.Devices[0].Queues.Count;
        foreach (DeviceOptions device in options.Devices)
        {
            if (device.Queues.Count != count)
            {
                throw new NotSupportedException(FormattableString.Invariant(
                    $"The device {device.Device.Name} has {device.Queues.Count} queues and {options.Devices[0].Device.Name} has {count}: give them the same number."));
            }
        }

        return count <= ShardGroup.MaximumShards
            ? count
            : throw new NotSupportedException(FormattableString.Invariant(
                $"The device {options.Devices[0].Device.Name} has {count} queues: a stack has {ShardGroup.MaximumShards} shards at most."));
    }

    private static SeededEntropy MakeEntropy()
    {
        Span<byte> seed = stackalloc byte[SeededEntropy.SeedLengthBytes];
        RandomNumberGenerator.Fill(seed);
        return new SeededEntropy(seed);
    }

    /// <summary>Waits for all loops. Where a defect ends one, the others end too: half a stack loses half of the packets.</summary>
    private async Task EndTogetherAsync()
    {
        Task[] loops = [.. _shards.Select(shard => shard.Loop.Ended)];
        await Task.WhenAny(loops).ConfigureAwait(false);
        StopLoops();
        await Task.WhenAll(loops).ConfigureAwait(false);
    }

    private void StopLoops()
    {
        foreach (StackShard shard in _shards)
        {
            shard.Loop.Stop();
        }
    }

    private StackShard NextShard() => _shards.Length == 1
        ? _shards[0]
        : _shards[(uint)Interlocked.Increment(ref _nextShard) % (uint)_shards.Length];

    private StackShard ShardOfUdp(ushort port) => _shards[_steering?.ShardOfUdp(port) ?? 0];

    /// <summary>The shard of connections to a peer that may open fast: the peer's cookie is kept in one of them.</summary>
    private StackShard ShardOfPeer(IpAddress peer)
    {
        IpEndPoint all = new(peer, 0);
        return _shards[_steering?.ShardOfTcp(all, all) ?? 0];
    }

    /// <summary>The shard that a connection to be opened belongs to: where its port is given that is settled, else it is anyone's turn.</summary>
    private async ValueTask<StackShard> ChooseShardAsync(IpEndPoint? from, IpEndPoint to, TcpConnectionOptions? options)
    {
        if (from is { Port: not 0 } local)
        {
            IpAddress source = !local.Address.IsAny
                ? local.Address
                : await Loop.CallAsync(_ => Loop.Host.FindPath(to.Address)?.Source ?? local.Address).ConfigureAwait(false);
            return _shards[_steering!.ShardOfTcp(new IpEndPoint(source, local.Port), to)];
        }

        return (options ?? Loop.Tcp.Options.Connection).FastOpen ? ShardOfPeer(to.Address) : NextShard();
    }
}
