using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>
/// The shards of one stack: hosts on loops of their own that share a station and its addresses, each with a queue of the
/// device. A flow belongs to one of them (<see cref="FlowSteering"/>); a frame that comes to another is handed over through
/// an in-memory cable, of which there is one between any two.
/// </summary>
/// <remarks>
/// The hosts are made, and their devices attached in the same order, on one thread, before the loops start. From then on each
/// loop touches its own <see cref="HostShard"/> only.
/// </remarks>
public sealed class ShardGroup
{
    /// <summary>The most shards of a group.</summary>
    public const int MaximumShards = 16;

    private readonly Dictionary<(int Device, int Low, int High), DevicePair> _cables = [];

    /// <summary>Makes the places of the shards.</summary>
    /// <param name="count">How many: 2 to <see cref="MaximumShards"/>.</param>
    /// <param name="entropy">Where the key of the steering and what the shards share come from; those of the hosts are forks of their own.</param>
    public ShardGroup(int count, SeededEntropy entropy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumShards);
        ArgumentNullException.ThrowIfNull(entropy);
        Entropy = entropy;
        Steering = new FlowSteering(entropy.Fork("steering").NextKey(), count);
        Shards = [.. Enumerable.Range(0, count).Select(index => new HostShard(this, index))];
    }

    /// <summary>Which shard a packet belongs to.</summary>
    public FlowSteering Steering { get; }

    /// <summary>The place of each host.</summary>
    public IReadOnlyList<HostShard> Shards { get; }

    /// <summary>What is the same in all shards comes from forks of this, such as the key of cookies that any of them may get back.</summary>
    public SeededEntropy Entropy { get; }

    /// <summary>One end of the cable between two shards.</summary>
    /// <param name="device">The number of the device whose frames it carries; -1 for packets to ourselves.</param>
    /// <param name="from">The shard that holds the end.</param>
    /// <param name="to">The shard at the other end.</param>
    /// <param name="capabilities">What the frames are like.</param>
    internal IEthernetDevice CableBetween(int device, int from, int to, in DeviceCapabilities capabilities)
    {
        (int, int, int) key = (device, Math.Min(from, to), Math.Max(from, to));
        if (!_cables.TryGetValue(key, out DevicePair? cable))
        {
            _cables.Add(key, cable = new DevicePair(capabilities.Medium, capabilities.MtuBytes));
        }

        return from < to ? cable.Left : cable.Right;
    }
}
