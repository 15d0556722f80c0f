using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Tcp.Tests;

/// <summary>Two hosts with TCP on the ends of one link, in one thread, under a virtual clock.</summary>
internal sealed class TwoHosts
{
    private readonly Func<Instant> _nextArrival;

    public TwoHosts(FaultyLink link, TcpOptions? left = null, TcpOptions? right = null, int poolBlocks = 8192)
        : this(link.Left, link.Right, () => link.NextArrival, left, right, new PacketPool(poolBlocks), new PacketPool(poolBlocks))
    {
    }

    public TwoHosts(
        IEthernetDevice leftDevice,
        IEthernetDevice rightDevice,
        Func<Instant> nextArrival,
        TcpOptions? left,
        TcpOptions? right,
        PacketPool leftPool,
        PacketPool rightPool)
    {
        _nextArrival = nextArrival;
        Left = Make(leftDevice, leftPool, LeftAddress, left, 1);
        Right = Make(rightDevice, rightPool, RightAddress, right, 2);
    }

    public static IpAddress LeftAddress { get; } = IpAddress.Parse("10.0.0.1");

    public static IpAddress RightAddress { get; } = IpAddress.Parse("10.0.0.2");

    public TcpDemultiplexer Left { get; }

    public TcpDemultiplexer Right { get; }

    public Instant Now { get; set; } = new(1_000_000);

    /// <summary>One turn of both loops at the present.</summary>
    public void Turn()
    {
        Turn(Left);
        Turn(Right);
    }

    /// <summary>Moves the clock to the next arrival or timer and turns.</summary>
    /// <returns>False where nothing will ever happen again.</returns>
    public bool Step()
    {
        Instant next = Instant.Min(_nextArrival(), Instant.Min(Left.Host.NextDeadline, Right.Host.NextDeadline));
        if (next == Instant.Never)
        {
            return false;
        }

        Now = Instant.Max(Now, next);
        Turn();
        return true;
    }

    /// <summary>Steps until a condition holds.</summary>
    public void Until(Func<bool> condition, int maximumSteps = 1_000_000)
    {
        for (int step = 0; !condition(); step++)
        {
            Assert.True(step < maximumSteps, "the condition never came true");
            Turn();
            if (!condition())
            {
                Step();
            }
        }
    }

    /// <summary>Steps until a stretch of time has passed.</summary>
    public void Pass(Duration time)
    {
        Instant end = Now + time;
        Turn();
        while (Instant.Min(_nextArrival(), Instant.Min(Left.Host.NextDeadline, Right.Host.NextDeadline)) <= end)
        {
            Step();
        }

        Now = end;
        Turn();
    }

    /// <summary>Both ends of a new connection, established; the left one opened it.</summary>
    public (TcpConnection Client, TcpConnection Server) Connect(ushort port = 80, TcpConnectionOptions? client = null)
    {
        TcpListenEndpoint listener = Right.ListenEndpoints.FirstOrDefault(each => each.LocalEndPoint.Port == port)
            ?? Right.Listen(new IpEndPoint(IpAddress.AnyV4, port), 16_384, null, out _)!;
        TcpConnection opened = Left.Connect(null, new IpEndPoint(RightAddress, port), client, Now, out TcpError error)!;
        Assert.Equal(TcpError.None, error);
        TcpConnection? accepted = null;
        Until(() => opened.State == TcpState.Established && (accepted ??= listener.TryAccept()) is not null);
        return (opened, accepted!);
    }

    public static PacketBuffer Payload(TcpDemultiplexer tcp, ReadOnlySpan<byte> data) => tcp.Host.Pool.TryLeaseCopy(data)!;

    /// <summary>Every frame received was delivered or dropped, and nothing is leased any more.</summary>
    public void AssertBalanced(bool mayDropSent = false)
    {
        foreach (TcpDemultiplexer tcp in new[] { Left, Right })
        {
            PacketPool pool = tcp.Host.Pool;
            Assert.True(pool.OutstandingBlocks == 0, pool.DescribeOutstanding());
            Assert.Equal(0, pool.OutstandingSlices);
            if (!mayDropSent)
            {
                Counters counters = tcp.Host.Counters;
                Assert.Equal(counters[Counter.FramesReceived], counters[Counter.FramesDelivered] + counters.TotalDrops);
            }
        }
    }

    private static TcpDemultiplexer Make(IEthernetDevice device, PacketPool pool, IpAddress address, TcpOptions? options, ulong seed)
    {
        IpHost host = new(pool, new TimerWheel(), new SeededEntropy(seed));
        host.Attach(device, () => { }).Add(new IpPrefix(address, 24));
        return new TcpDemultiplexer(host, options);
    }

    private void Turn(TcpDemultiplexer tcp)
    {
        tcp.Host.Receive(Now, 64);
        tcp.Host.TimersExpire(Now);
        while (tcp.Host.Transmit(Now, 1024))
        {
            // Until nothing more is ready.
        }
    }
}
