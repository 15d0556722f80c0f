using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>A host of 10.0.0.1/24 on a <see cref="Wire"/>, and a virtual clock.</summary>
internal sealed class HostRig
{
    public const int Budget = RigClock.Budget;

    private readonly RigClock _clock;

    public HostRig(Wire? wire = null, IpHostOptions? options = null, bool addAddress = true, ulong seed = 1, int poolBlocks = 16384)
    {
        Wire = wire ?? new Wire();
        Pool = new PacketPool(poolBlocks);
        Host = new IpHost(Pool, new TimerWheel(), new SeededEntropy(seed), options);
        _clock = new RigClock(Host);
        Interface = Host.Attach(Wire, () => { });
        if (addAddress)
        {
            Interface.Add(new IpPrefix(Local, 24));
            Pass(Duration.FromSeconds(3));
            Wire.FromHost.Clear();
        }
    }

    public static IpAddress Local { get; } = IpAddress.Parse("10.0.0.1");

    public static IpAddress Peer { get; } = IpAddress.Parse("10.0.0.2");

    public Wire Wire { get; }

    public PacketPool Pool { get; }

    public IpHost Host { get; }

    public IpInterface Interface { get; }

    public Instant Now => _clock.Now;

    public long this[Counter counter] => Host.Counters[counter];

    public long this[DropReason reason] => Host.Counters[reason];

    /// <summary>One turn of the loop.</summary>
    public bool Turn() => _clock.Turn();

    /// <summary>Lets time pass, with a turn at every deadline on the way.</summary>
    public void Pass(Duration time) => _clock.Pass(time);

    /// <summary>Injects frames and has a turn.</summary>
    public void Receive(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            Wire.Inject(frame);
        }

        Turn();
    }

    /// <summary>The frames that the host has sent since last asked.</summary>
    public List<byte[]> TakeSent()
    {
        Turn();
        List<byte[]> sent = [.. Wire.FromHost];
        Wire.FromHost.Clear();
        return sent;
    }

    /// <summary>The only frame that the host has sent since last asked.</summary>
    public byte[] TakeOne() => Assert.Single(TakeSent());

    /// <summary>Has the peer's link address known to the host.</summary>
    public HostRig KnowPeer()
    {
        Receive(Frames.Arp(ArpOperation.Request, Wire.PeerLink, Peer, default, Local));
        TakeSent();
        return this;
    }

    public PacketBuffer Payload(ReadOnlySpan<byte> data) => Pool.TryLeaseCopy(data)!;

    /// <summary>Every received frame was delivered or dropped, and nothing is leased any more.</summary>
    public void AssertBalanced(long transmitDrops = 0)
    {
        Assert.Equal(
            this[Counter.FramesReceived],
            this[Counter.FramesDelivered] + Host.Counters.TotalDrops - transmitDrops);
        Assert.True(Pool.OutstandingBlocks == 0, Pool.DescribeOutstanding());
        Assert.Equal(0, Pool.OutstandingSlices);
    }
}
