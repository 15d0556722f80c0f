using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>Each congestion controller on a clean path of 100 Mbit/s and 50 ms with a queue of one bandwidth-delay product.</summary>
public class CongestionTests
{
    private const ushort Port = 7;
    private const long Rate = 100_000_000;
    private const int QueueFrames = 413;

    private static readonly LinkConditions _path = new()
    {
        Latency = Duration.FromMilliseconds(25),
        RateBitsPerSecond = Rate,
        QueueFrames = QueueFrames,
    };

    [Theory]
    [InlineData("newreno")]
    [InlineData("cubic")]
    [InlineData("bbr")]
    [Trait("RFC", "5681, 9438")]
    public void After_slow_start_the_pipe_is_filled(string name)
    {
        Scenario.Run($"fill by {name}", 1, simulation =>
        {
            BulkApplication server = Start(simulation, name, out _, out _);
            simulation.Run(Duration.FromSeconds(2));
            long before = server.Receiver.ReceivedBytes;
            simulation.Run(Duration.FromSeconds(3));

            Assert.InRange((server.Receiver.ReceivedBytes - before) * 8 / 3, Rate * 9 / 10, Rate);
        });
    }

    [Fact]
    [Trait("RFC", "9406 §4.2")]
    public void HyStart_avoids_more_than_half_of_the_losses_of_slow_start()
    {
        // Without it, all that the last doubling adds is lost: pipe and queue are 826 segments. With it, conservative slow
        // start adds a quarter in the round trip in which the queue overflows.
        long doubling = LossesOfStart("newreno");
        Assert.InRange(doubling, 700, 1000);
        Assert.InRange(LossesOfStart("cubic"), 0, doubling * 45 / 100);
    }

    [Fact]
    [Trait("RFC", "draft-cardwell-iccrg-bbr-congestion-control-00 §4.2.3")]
    public void Bbr_keeps_the_queue_short_where_others_fill_it()
    {
        Assert.InRange(RoundTripMilliseconds("bbr"), 50, 60);
        Assert.True(RoundTripMilliseconds("cubic") > 75);
    }

    [Theory]
    [InlineData("newreno")]
    [InlineData("cubic")]
    [InlineData("bbr")]
    public void Every_byte_arrives_where_segments_are_lost(string name)
    {
        LinkConditions lossy = _path with { Loss = 0.01, Reordering = 0.01 };
        TcpConnectionOptions options = Options(name);
        TransferResult result = Transfer.Run(3, 3_000_000, lossy, new TransferOptions { Client = options, Server = options, BackBytes = 300_000 });

        Assert.True(result.Retransmissions > 0);
        Assert.True(result.GoodputBitsPerSecond > 1_500_000);
    }

    [Fact]
    public void One_seed_gives_one_course_of_bbr()
    {
        TransferOptions options = new() { Client = Options("bbr") };
        TransferResult first = Transfer.Run(11, 5_000_000, _path, options);

        Assert.Equal(first.Duration, Transfer.Run(11, 5_000_000, _path, options).Duration);
    }

    private static long LossesOfStart(string name) => Scenario.Run($"start of {name}", 2, simulation =>
    {
        Start(simulation, name, out HostPair pair, out _);
        simulation.Run(Duration.FromMilliseconds(1_500));
        return pair.Link.LeftToRight.Counters.QueueFull;
    });

    private static double RoundTripMilliseconds(string name) => Scenario.Run($"queue of {name}", 2, simulation =>
    {
        Start(simulation, name, out _, out TcpConnection connection);
        simulation.Run(Duration.FromSeconds(2));
        double sum = 0;
        for (int i = 0; i < 150; i++)
        {
            simulation.Run(Duration.FromMilliseconds(10));
            sum += connection.RoundTripTime.TotalMilliseconds;
        }

        return sum / 150;
    });

    private static BulkApplication Start(Simulation simulation, string name, out HostPair pair, out TcpConnection connection)
    {
        const long Endless = 1L << 40;
        pair = HostPair.Make(simulation, _path);
        StreamContent content = new(simulation.Seed);
        BulkApplication server = new(null, new BulkReceiver(content, Endless));
        pair.Server.Listen(Port, () => server, Options(name));
        connection = pair.Client.Connect(pair.ServerEndPoint(Port), new BulkApplication(new BulkSender(content, Endless)), Options(name));
        return server;
    }

    private static TcpConnectionOptions Options(string name)
    {
        Assert.True(CongestionControl.TryFind(name, out Func<ulong, ICongestionController>? make));
        return new TcpConnectionOptions { CongestionController = make, SendBufferBytes = 4 << 20, ReceiveBufferBytes = 4 << 20 };
    }
}
