using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>Four hosts as shards of one station, 10.0.0.1/24, each with a pool of its own and a <see cref="Wire"/> for its queue; one thread has their turns.</summary>
internal sealed class ShardRig
{
    public const int Count = 4;

    private const int PoolBlocks = 8192;

    public ShardRig()
    {
        Group = new ShardGroup(Count, new SeededEntropy(7));
        foreach (HostShard place in Group.Shards)
        {
            Wire wire = new();
            IpHost host = new(new PacketPool(PoolBlocks), new TimerWheel(), new SeededEntropy((ulong)place.Index), shard: place);
            host.Attach(wire, () => Wakes[place.Index]++).Add(new IpPrefix(HostRig.Local, 24));
            Wires.Add(wire);
            Hosts.Add(host);
        }

        Turn();
    }

    public ShardGroup Group { get; }

    public List<Wire> Wires { get; } = [];

    /// <summary>How often each loop was woken.</summary>
    public int[] Wakes { get; } = new int[Count];

    public List<IpHost> Hosts { get; } = [];

    public Instant Now { get; private set; } = new(1);

    /// <summary>A turn of each loop; and another, for what they handed to each other and gave back.</summary>
    public void Turn()
    {
        for (int round = 0; round < 3; round++)
        {
            foreach (IpHost host in Hosts)
            {
                Turn(host);
            }
        }
    }

    public void Turn(IpHost host)
    {
        host.Receive(Now, 4);
        host.TimersExpire(Now);
        host.Transmit(Now, HostRig.Budget);
    }

    public void Pass(Duration time)
    {
        Now += time;
        Turn();
    }

    /// <summary>A frame comes by one of the queues.</summary>
    public void Receive(int queue, params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            Wires[queue].Inject(frame);
        }

        Turn();
    }

    /// <summary>What all queues have sent since last asked.</summary>
    public List<byte[]> TakeSent()
    {
        List<byte[]> sent = [];
        foreach (Wire wire in Wires)
        {
            sent.AddRange(wire.FromHost);
            wire.FromHost.Clear();
        }

        return sent;
    }

    public long Sum(Counter counter) => Hosts.Sum(host => host.Counters[counter]);

    public long Sum(DropReason reason) => Hosts.Sum(host => host.Counters[reason]);

    /// <summary>The first port from one on whose UDP sockets belong to a shard.</summary>
    public ushort UdpPortOf(int shard, ushort from)
    {
        while (Group.Steering.ShardOfUdp(from) != shard)
        {
            from++;
        }

        return from;
    }

    /// <summary>Every received frame was delivered or dropped, and nothing is leased any more.</summary>
    public void AssertBalanced()
    {
        Assert.Equal(Sum(Counter.FramesReceived), Sum(Counter.FramesDelivered) + Hosts.Sum(host => host.Counters.TotalDrops));
        Assert.All(Hosts, host => Assert.True(host.Pool.OutstandingBlocks == 0, host.Pool.DescribeOutstanding()));
    }
}
