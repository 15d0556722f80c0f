using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests.Hostile;

public class FloodTests
{
    private const long Bytes = 3_000_000;
    private const int PerMillisecond = 30;
    private static readonly Duration Hour = Duration.FromSeconds(3600);

    public static TheoryData<FloodKind, bool> Floods
    {
        get
        {
            TheoryData<FloodKind, bool> floods = [];
            foreach (FloodKind kind in Enum.GetValues<FloodKind>())
            {
                floods.Add(kind, true);
                floods.Add(kind, false);
            }

            return floods;
        }
    }

    /// <summary>Thirty forged segments a millisecond: about twenty for each of the transfer's own.</summary>
    [Theory]
    [MemberData(nameof(Floods))]
    [Trait("RFC", "4987, 5961, 1337")]
    public void A_flood_leaves_a_transfer_most_of_its_goodput_and_memory_bounded(FloodKind kind, bool hasOptions)
    {
        Duration calm = Transfer(kind, hasOptions, perMillisecond: 0, out _);

        Duration flooded = Transfer(kind, hasOptions, PerMillisecond, out FloodedNetwork network);

        Assert.True(network.Forged > 20_000, $"only {network.Forged} segments were forged");
        Assert.True(calm.Nanoseconds > 0.8 * flooded.Nanoseconds, $"{calm} became {flooded}");
        Assert.InRange(network.MostConnections, 1, 1 + new TcpOptions().SynQueueLength);
        Assert.InRange(network.MostBlocks, 0, 2_000);
    }

    [Theory]
    [InlineData(SynCookieUse.WhenFull, true)]
    [InlineData(SynCookieUse.Always, true)]
    [InlineData(SynCookieUse.Never, false)]
    [Trait("RFC", "4987 §3.6")]
    public void While_SYNs_pour_in_a_client_connects_thanks_to_cookies(SynCookieUse use, bool isServed)
    {
        Simulation simulation = new(77);
        FloodedNetwork network = new(simulation, new TcpOptions { SynCookies = use });
        RequestResponse exchange = new(RequestBytes: 100, ResponseBytes: 20_000, Rounds: 2);
        network.Server.Listen(FloodedNetwork.Port, () => new ResponseServer(exchange));
        network.Flood(FloodKind.Synchronize, () => null, PerMillisecond);
        simulation.Run(Duration.FromMilliseconds(200));
        List<RequestClient> clients = [.. Enumerable.Range(0, 20).Select(_ => new RequestClient(exchange))];
        clients.ForEach(client => network.Client.Connect(network.ServerEndPoint, client));

        simulation.Run(Duration.FromSeconds(3));

        Assert.Equal(isServed ? 20 : 0, clients.Count(client => client.IsServed));
        Assert.Equal(isServed ? 20 : 0, network.Server.Counters[Counter.TcpPassiveOpens]);
        Assert.InRange(network.MostConnections, 1, 20 + new TcpOptions().SynQueueLength);
        Assert.InRange(network.MostBlocks, 0, 2_000);
    }

    private static Duration Transfer(FloodKind kind, bool hasOptions, int perMillisecond, out FloodedNetwork network)
    {
        Simulation simulation = new(4711);
        TcpOptions options = hasOptions
            ? new TcpOptions()
            : new TcpOptions { Connection = new TcpConnectionOptions { Timestamps = false, SelectiveAcknowledgments = false } };
        network = new FloodedNetwork(simulation, options, options);
        StreamContent content = new(1);
        BulkApplication server = new(null, new BulkReceiver(content, Bytes));
        BulkApplication client = new(new BulkSender(content, Bytes));
        network.Server.Listen(FloodedNetwork.Port, () => server);
        network.Client.Connect(network.ServerEndPoint, client);
        simulation.RunUntil(() => client.Sender!.IsFinished || server.Receiver.ReceivedBytes > 0, Hour);
        IpEndPoint victim = client.Connection.LocalEndPoint;
        Instant start = simulation.Now;
        if (perMillisecond > 0)
        {
            network.Flood(kind, () => victim, perMillisecond);
        }

        Assert.True(simulation.RunUntil(() => server.Receiver.IsFinished, Hour), $"stuck: {server.Receiver}");
        Assert.True(server.Receiver.IsWhole, $"{server.Error} {server.Receiver}");
        network.IsFlooding = false;
        return server.Receiver.FinishedAt - start;
    }
}
