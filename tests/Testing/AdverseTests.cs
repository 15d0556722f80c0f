using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

public class AdverseTests
{
    private const ushort Port = 9;
    private static readonly Duration Hour = Duration.FromSeconds(3600);
    private static readonly LinkConditions Network = new() { Latency = Duration.FromMilliseconds(10), RateBitsPerSecond = 50_000_000 };
    private static readonly StreamContent There = new(1);
    private static readonly StreamContent Back = new(2);

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(200)]
    [Trait("RFC", "9293 §3.8.3")]
    public void A_transfer_survives_a_link_that_is_down_for_a_while(int seconds) => Scenario.Run($"link down {seconds} s", 1, simulation =>
    {
        SimulatedLink? link = null;
        simulation.After(Duration.FromMilliseconds(200), _ => (link = simulation.Links[0]).SetUp(false));
        simulation.After(Duration.FromMilliseconds(200 + (1000 * seconds)), _ => link!.SetUp(true));
        TransferResult result = Transfer.Play(simulation, 3_000_000, Network, new TransferOptions { BackBytes = 1_000_000 });

        Assert.True(result.Forward.Down > 0);
        Assert.InRange(result.Duration.TotalSeconds, seconds, (2 * seconds) + 5);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [Trait("RFC", "9293 §3.8.6.1")]
    public void A_reader_that_stops_for_minutes_closes_the_window_and_loses_nothing(double loss)
    {
        TransferOptions options = new() { ServerPace = new ReadPace(40_000, Duration.FromSeconds(45), FirstRead: Duration.FromSeconds(300)) };
        TransferResult result = Transfer.Run(2, 600_000, Network with { Loss = loss }, options);

        Assert.True(result.Duration > Duration.FromSeconds(300 + (600_000 / 40_000 - 1) * 45));
    }

    [Fact]
    [Trait("RFC", "9293 §3.8.6.2.2")]
    public void A_reader_of_few_bytes_at_a_time_gets_no_flood_of_small_segments()
    {
        TransferOptions options = new()
        {
            ServerPace = new ReadPace(100, Duration.FromMilliseconds(5)),
            Server = new TcpConnectionOptions { ReceiveBufferBytes = 16 * 1024 },
        };
        TransferResult result = Transfer.Run(3, 100_000, Network, options);

        // Silly-window avoidance on both sides: segments are full, or the window was half of the buffer.
        Assert.InRange(result.SegmentsTransmitted, 100_000 / 1460, 300);
    }

    [Theory]
    [InlineData(14)]
    [InlineData(8)]
    [Trait("RFC", "7323 §2.3")]
    public void A_window_scale_coarser_than_the_buffer_does_not_keep_the_window_shut(int scale)
    {
        TcpConnectionOptions tiny = new() { ReceiveBufferBytes = 2083, WindowScale = scale };
        TransferResult result = Transfer.Run(13, 50_000, Network, new TransferOptions { Server = tiny, Limit = Hour });

        Assert.Equal(50_000, result.Bytes);
        Assert.Equal(0, result.Timeouts);
    }

    [Fact]
    public void Both_sides_send_at_once_at_the_full_rate_of_each_direction()
    {
        TransferResult result = Transfer.Run(4, 10_000_000, Network, new TransferOptions { BackBytes = 10_000_000 });

        Assert.InRange(result.GoodputBitsPerSecond, Network.RateBitsPerSecond * 8 / 10, Network.RateBitsPerSecond);
    }

    [Fact]
    [Trait("RFC", "9293 §3.6")]
    public void A_half_closed_connection_carries_the_answer_after_the_whole_question() => Scenario.Run("half-close", 5, simulation =>
    {
        HostPair pair = HostPair.Make(simulation, Network with { Loss = 0.05 });
        BulkApplication server = new(new BulkSender(Back, 300_000), new BulkReceiver(There, 200_000), sendsLast: true);
        BulkApplication client = new(new BulkSender(There, 200_000), new BulkReceiver(Back, 300_000));
        Play(simulation, pair, client, server);

        Assert.True(server.Receiver.FinishedAt < client.Receiver.FinishedAt);
        AssertWhole(client, server);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    [Trait("RFC", "9293 §3.6")]
    public void Both_sides_may_close_at_the_same_instant(double loss) => Scenario.Run("simultaneous close", 6, simulation =>
    {
        HostPair pair = HostPair.Make(simulation, Network);
        BulkApplication server = new(new BulkSender(Back, 1000), new BulkReceiver(There, 1000)) { StaysOpen = true };
        BulkApplication client = new(new BulkSender(There, 1000), new BulkReceiver(Back, 1000)) { StaysOpen = true };
        HashSet<TcpState> states = [];
        simulation.After(Duration.FromSeconds(5), now =>
        {
            pair.Link.SetConditions(Network with { Loss = loss });
            client.Connection.Shutdown(now);
            server.Connection.Shutdown(now);
        });
        simulation.After(Duration.FromMilliseconds(5011), _ => states.UnionWith([client.Connection.State, server.Connection.State]));
        Play(simulation, pair, client, server);

        AssertWhole(client, server);
        Assert.True(loss > 0 || states.SetEquals([TcpState.Closing]));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    [Trait("RFC", "9293 §3.5")]
    public void Both_sides_may_open_at_the_same_instant(double loss) => Scenario.Run("simultaneous open", 7, simulation =>
    {
        HostPair pair = HostPair.Make(simulation, Network);
        BulkApplication right = new(new BulkSender(Back, 50_000), new BulkReceiver(There, 70_000));
        BulkApplication left = new(new BulkSender(There, 70_000), new BulkReceiver(Back, 50_000));
        simulation.Run(Duration.FromSeconds(5));
        pair.Link.SetConditions(Network with { Loss = loss });
        IpEndPoint leftEnd = new(pair.Client.Address, 5000);
        IpEndPoint rightEnd = new(pair.Server.Address, 6000);
        pair.Client.Connect(rightEnd, left, local: leftEnd);
        pair.Server.Connect(leftEnd, right, local: rightEnd);
        Assert.True(simulation.RunUntil(() => left.IsDone && right.IsDone, Hour));

        AssertWhole(left, right);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
    });

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(0.3, true)]
    [InlineData(0.3, false)]
    [Trait("RFC", "9293 §3.10.5")]
    public void A_connection_aborted_in_full_flight_is_gone_on_both_sides(double loss, bool byClient) => Scenario.Run("abort", 8, simulation =>
    {
        HostPair pair = HostPair.Make(simulation, Network);
        BulkApplication server = new(new BulkSender(Back, 100_000_000), new BulkReceiver(There, 100_000_000));
        BulkApplication client = new(new BulkSender(There, 100_000_000), new BulkReceiver(Back, 100_000_000));
        BulkApplication aborted = byClient ? client : server;
        simulation.After(Duration.FromSeconds(2), now =>
        {
            pair.Link.SetConditions(Network with { Loss = loss });
            aborted.Connection.Abort(now);
        });
        Play(simulation, pair, client, server);

        Assert.Equal(TcpError.ConnectionAborted, aborted.Error);
        Assert.Equal(TcpError.ConnectionReset, (byClient ? server : client).Error);
        Assert.True(server.Receiver.ReceivedBytes > 0 && client.Receiver.ReceivedBytes > 0);
        Assert.Equal(-1, server.Receiver.FirstWrongByte);
        Assert.Equal(-1, client.Receiver.FirstWrongByte);
    });

    [Fact]
    [Trait("RFC", "9293 §3.10.1")]
    public void A_connection_to_a_port_where_nobody_listens_is_refused() => Scenario.Run("refused", 9, simulation =>
    {
        HostPair pair = HostPair.Make(simulation, Network);
        BulkApplication client = new(new BulkSender(There, 1000));
        pair.Client.Connect(pair.ServerEndPoint(Port), client);
        Assert.True(simulation.RunUntil(() => client.IsClosed, Hour));

        Assert.False(client.IsConnected);
        Assert.Equal(TcpError.ConnectionRefused, client.Error);
        Assert.Equal(0, client.Sender!.WrittenBytes);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
    });

    [Theory]
    [InlineData(DeviceMedium.Ip, TcpError.TimedOut)]
    [InlineData(DeviceMedium.Ethernet, TcpError.HostUnreachable)]
    [Trait("RFC", "9293 §3.8.3")]
    public void A_peer_that_is_gone_for_good_ends_the_connection(DeviceMedium medium, TcpError expected) => Scenario.Run($"gone peer {medium}", 10, simulation =>
    {
        HostPair pair = HostPair.Make(simulation, Network, ends: new LinkEndOptions { Medium = medium });
        BulkApplication server = new(null, new BulkReceiver(There, 100_000_000));
        BulkApplication client = new(new BulkSender(There, 100_000_000));
        simulation.After(Duration.FromSeconds(2), now =>
        {
            pair.Link.SetUp(false);
            server.Connection.Abort(now);
        });
        Play(simulation, pair, client, server);

        // Where neighbours are asked for, more is known than that nobody answers.
        Assert.Equal(expected, client.Error);
        Assert.InRange((client.ClosedAt - Instant.Origin).TotalSeconds, 100, 3600);
    });

    [Fact]
    public void An_echo_comes_back_whole_through_a_bad_network() => Scenario.Run("echo", 11, simulation =>
    {
        const int Bytes = 2_000_000;
        HostPair pair = HostPair.Make(simulation, Network with { Loss = 0.03, Reordering = 0.05, Duplication = 0.02, Corruption = 0.01 });
        EchoServer server = new();
        BulkApplication client = new(new BulkSender(There, Bytes), new BulkReceiver(There, Bytes));
        Play(simulation, pair, client, server);

        Assert.Equal(Bytes, server.EchoedBytes);
        Assert.True(client.Receiver.IsWhole, client.Receiver.ToString());
    });

    [Theory]
    [InlineData(0, 1500)]
    [InlineData(0.1, 1500)]
    [InlineData(0.1, 296)]
    public void Hosts_short_of_memory_slow_down_and_lose_nothing(double loss, int mtuBytes)
    {
        TransferOptions options = new() { Hosts = new SimulatedHostOptions { PoolBlocks = 64 }, BackBytes = 300_000, Limit = Hour };
        TransferResult result = Transfer.Run(12, 300_000, Network with { Loss = loss, MtuBytes = mtuBytes }, options);

        Assert.Equal(300_000, result.Bytes);
    }

    private static void Play(Simulation simulation, HostPair pair, TcpApplication client, TcpApplication server)
    {
        TcpListenEndpoint endpoint = pair.Server.Listen(Port, () => server);
        pair.Client.Connect(pair.ServerEndPoint(Port), client);
        Assert.True(simulation.RunUntil(() => client.IsDone && server.IsDone, Hour));
        endpoint.Close(simulation.Now);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
    }

    private static void AssertWhole(BulkApplication client, BulkApplication server)
    {
        Assert.True(client.Receiver.IsWhole, client.Receiver.ToString());
        Assert.True(server.Receiver.IsWhole, server.Receiver.ToString());
        Assert.Equal(TcpError.None, client.Error);
        Assert.Equal(TcpError.None, server.Error);
    }
}
