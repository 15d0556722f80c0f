using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

public class ManyConnectionsTests
{
    private const ushort Port = 80;
    private static readonly Duration Hour = Duration.FromSeconds(3600);
    private static readonly LinkConditions Network = new() { Latency = Duration.FromMilliseconds(1) };
    private static readonly RequestResponse Exchange = new(RequestBytes: 100, ResponseBytes: 1000, Rounds: 2);

    [Fact]
    public void Five_thousand_connections_at_once_are_served_and_leave_nothing_behind() => Scenario.Run("5000 connections", 1, simulation =>
    {
        const int Count = 5000;
        HostPair pair = HostPair.Make(simulation, Network, options: new SimulatedHostOptions { PoolBlocks = 65_536 });
        TcpListenEndpoint endpoint = pair.Server.Listen(Port, () => new ResponseServer(Exchange), backlog: Count);
        List<RequestClient> clients = [.. Enumerable.Range(0, Count).Select(_ => new RequestClient(Exchange) { StaysOpen = true })];
        foreach (RequestClient client in clients)
        {
            pair.Client.Connect(pair.ServerEndPoint(Port), client);
        }

        Assert.True(simulation.RunUntil(() => clients.TrueForAll(client => client.IsServed), Hour));
        Assert.Equal(Count, pair.Client.Tcp.ConnectionCount);
        Assert.Equal(Count, pair.Server.Tcp.ConnectionCount);

        clients.ForEach(client => client.Leave(simulation.Now));
        Assert.True(simulation.RunUntil(() => clients.TrueForAll(client => client.IsClosed), Hour));
        Assert.All(clients, client => Assert.Equal(TcpError.None, client.Error));
        endpoint.Close(simulation.Now);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
    });

    [Fact]
    public void Ten_thousand_connections_one_after_the_other_leave_nothing_behind() => Scenario.Run("10000 connections", 2, simulation =>
    {
        const int Count = 10_000;
        HostPair pair = HostPair.Make(simulation, Network);
        TcpListenEndpoint endpoint = pair.Server.Listen(Port, () => new ResponseServer(Exchange));
        int served = 0;
        int blocksAtFirst = 0;
        Open(null, simulation.Now);
        Assert.True(simulation.RunUntil(() => served == Count, Hour * 24));

        // What is left are the memories of the last minute, which hold no buffer.
        Assert.InRange(pair.Client.Pool.OutstandingBlocks, 0, blocksAtFirst);
        endpoint.Close(simulation.Now);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);

        void Open(RequestClient? before, Instant now)
        {
            if (before is not null)
            {
                Assert.True(before.IsServed);
                Assert.Equal(TcpError.None, before.Error);
                blocksAtFirst = ++served == 1 ? pair.Client.Pool.OutstandingBlocks + 1 : blocksAtFirst;
            }

            if (served < Count)
            {
                pair.Client.Connect(pair.ServerEndPoint(Port), new RequestClient(Exchange, Open));
            }
        }
    });
}
