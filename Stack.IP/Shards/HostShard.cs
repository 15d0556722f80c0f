using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>The place of one host among the shards of a <see cref="ShardGroup"/>. Disposing it, when its loop ends, unplugs the host from the others.</summary>
public sealed class HostShard : IDisposable
{
    private const int LoopbackDevice = -1;

    private readonly List<ShardLinks> _links = [];

    internal HostShard(ShardGroup group, int index)
    {
        Group = group;
        Index = index;
    }

    /// <summary>The group.</summary>
    public ShardGroup Group { get; }

    /// <summary>The number of this shard, from 0 up.</summary>
    public int Index { get; }

    /// <summary>Whether this is the one that speaks for the station: answers ARP requests, announces and defends its addresses.</summary>
    public bool IsSpeaker => Index == 0;

    /// <summary>The way of packets to ourselves that belong to another shard; null before the first device is attached.</summary>
    internal ShardLinks? Loopback { get; private set; }

    /// <summary>Whether a TCP connection belongs to this shard.</summary>
    public bool OwnsTcp(in IpEndPoint local, in IpEndPoint remote) => Group.Steering.ShardOfTcp(local, remote) == Index;

    /// <summary>Whether the UDP sockets of a port belong to this shard.</summary>
    public bool OwnsUdp(ushort localPort) => Group.Steering.ShardOfUdp(localPort) == Index;

    /// <summary>Whether an identifier of ICMP echo requests belongs to this shard.</summary>
    public bool OwnsEcho(ushort identifier) => Group.Steering.ShardOfEcho(identifier) == Index;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ShardLinks links in _links)
        {
            links.Dispose();
        }
    }

    /// <summary>Whether a packet belongs to another shard.</summary>
    internal bool IsForeign(int shard) => shard >= 0 && shard != Index;

    /// <summary>Puts the steering before a queue of a device.</summary>
    internal ShardDevice Attach(IEthernetDevice queue, int device) => new(queue, this, Link(device, queue.Capabilities));

    /// <summary>Ties the way of packets to ourselves to the host.</summary>
    internal void AttachLoopback(PacketPool pool, Action wake)
    {
        Loopback = Link(LoopbackDevice, new DeviceCapabilities(DeviceMedium.Ip, IpInterface.LoopbackMtuBytes));
        Loopback.Attach(pool, wake);
    }

    private ShardLinks Link(int device, DeviceCapabilities capabilities)
    {
        IEthernetDevice?[] ends = new IEthernetDevice?[Group.Shards.Count];
        for (int other = 0; other < ends.Length; other++)
        {
            ends[other] = other == Index ? null : Group.CableBetween(device, Index, other, capabilities);
        }

        ShardLinks links = new(ends);
        _links.Add(links);
        return links;
    }
}
