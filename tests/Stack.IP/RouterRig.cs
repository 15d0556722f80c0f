using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>
/// A router of 10.0.0.1/24 and 10.1.0.1/24 on a <see cref="Wire"/> each, the peer of each link known, and 10.2.0.0/16 behind
/// the outer one.
/// </summary>
internal sealed class RouterRig
{
    private readonly RigClock _clock;

    public RouterRig(Wire? outer = null, PacketFilter? filter = null, bool knowsGateway = true)
    {
        Outer = outer ?? new Wire();
        Pool = new PacketPool(1024);
        Host = new IpHost(Pool, new TimerWheel(), new SeededEntropy(1), new IpHostOptions { Forwards = true }) { Filter = filter };
        _clock = new RigClock(Host);
        Host.Attach(Inner, () => { }).Add(new IpPrefix(HostRig.Local, 24));
        IpInterface attached = Host.Attach(Outer, () => { });
        attached.Add(new IpPrefix(OuterAddress, 24));
        Host.Routes.Add(new Route(new IpPrefix(Far, 16), Gateway, attached));
        Pass(Duration.FromSeconds(3));
        Inner.Inject(Frames.Arp(ArpOperation.Request, Wire.PeerLink, Sender, default, HostRig.Local));
        if (knowsGateway)
        {
            Outer.Inject(Frames.Arp(ArpOperation.Request, Wire.PeerLink, Gateway, default, OuterAddress));
        }

        Turn();
        Forget();
    }

    public static IpAddress Sender => HostRig.Peer;

    public static IpAddress OuterAddress { get; } = IpAddress.Parse("10.1.0.1");

    public static IpAddress Gateway { get; } = IpAddress.Parse("10.1.0.2");

    public static IpAddress Far { get; } = IpAddress.Parse("10.2.3.4");

    public Wire Inner { get; } = new();

    public Wire Outer { get; }

    public PacketPool Pool { get; }

    public IpHost Host { get; }

    public Instant Now => _clock.Now;

    public long this[Counter counter] => Host.Counters[counter];

    public long this[DropReason reason] => Host.Counters[reason];

    public void Turn() => _clock.Turn();

    /// <summary>Lets time pass, with a turn at every deadline on the way.</summary>
    public void Pass(Duration time) => _clock.Pass(time);

    /// <summary>The sender's packet reaches the router.</summary>
    public void Send(ReadOnlySpan<byte> packet, MacAddress? to = null)
    {
        Inner.Inject(Frames.Frame(packet, to));
        Turn();
    }

    /// <summary>The packets that left by the outer link since last asked.</summary>
    public List<byte[]> TakeForwarded() => Take(Outer);

    /// <summary>The packets that came back to the sender's link since last asked.</summary>
    public List<byte[]> TakeAnswers() => Take(Inner);

    /// <summary>Every received frame was delivered or dropped, and nothing is leased any more.</summary>
    public void AssertBalanced()
    {
        Assert.Equal(this[Counter.FramesReceived], this[Counter.FramesDelivered] + Host.Counters.TotalDrops);
        Assert.True(Pool.OutstandingBlocks == 0, Pool.DescribeOutstanding());
    }

    private void Forget()
    {
        Inner.FromHost.Clear();
        Outer.FromHost.Clear();
        Outer.FactsFromHost.Clear();
    }

    private static List<byte[]> Take(Wire wire)
    {
        List<byte[]> packets = [.. wire.FromHost.Where(frame => Frames.Word(frame, 12) == 0x0800).Select(frame => Frames.Packet(frame).ToArray())];
        wire.FromHost.Clear();
        return packets;
    }
}
