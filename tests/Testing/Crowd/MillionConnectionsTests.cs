using NetStack.Core;
using NetStack.IP;
using NetStack.Tcp;
using Xunit.Abstractions;

namespace NetStack.Testing.Tests.Crowd;

/// <summary>Alone in the process while it runs: it weighs the heap.</summary>
[Collection(nameof(HeapMeasurement))]
public class MillionConnectionsTests(ITestOutputHelper output)
{
    private const int Count = 1_000_000;
    private const int SampleCount = 10_000;
    private const int BytesPerConnection = 1024;

    // A pair of addresses and a port of the server's give as many connections as there are ports at the client.
    private const int ServerPorts = 20;
    private const int FirstClientPort = 10_000;
    private const int ClientPorts = Count / ServerPorts;

    // The devices keep no more frames than this for a host.
    private const int OpenedAtOnce = 2_000;

    private static readonly Duration _minute = Duration.FromSeconds(60);
    private static readonly Duration _quiet = Duration.FromSeconds(1);
    private static readonly LinkConditions _network = new() { Latency = Duration.FromMilliseconds(1) };
    private static readonly RequestResponse _exchange = new(RequestBytes: 100, ResponseBytes: 3000, Rounds: 2);

    private readonly List<TcpConnection> _clients = new(Count);
    private readonly List<TcpConnection> _servers = new(Count);

    [Fact]
    [Trait("Category", "Slow")]
    public void A_million_connections_are_established_at_once_take_less_than_a_kibibyte_each_and_carry_data() =>
        Scenario.Run("million connections", 1, simulation =>
        {
            HostPair pair = HostPair.Make(
                simulation,
                _network,
                options: new SimulatedHostOptions { Tcp = new TcpOptions { SynQueueLength = OpenedAtOnce } });
            long before = GC.GetTotalMemory(forceFullCollection: true);
            Establish(simulation, pair);
            long idle = GC.GetTotalMemory(forceFullCollection: true);
            Tell("both ends, established", idle - before);
            Assert.InRange((idle - before) / Count, 0, 2 * BytesPerConnection);
            Assert.Equal(0, pair.Client.Pool.OutstandingBlocks);
            Assert.Equal(0, pair.Server.Pool.OutstandingBlocks);

            Exchange(simulation, pair);
            long afterwards = GC.GetTotalMemory(forceFullCollection: true);
            Tell("both ends, some used", afterwards - before);
            Assert.InRange((afterwards - before) / Count, 0, 2 * BytesPerConnection);
            Assert.Equal(0, pair.Client.Pool.OutstandingBlocks);
            Assert.Equal(0, pair.Server.Pool.OutstandingBlocks);

            // What is left when the client has given up everything is the server's, and the tables.
            Forget(simulation, pair);
            long left = GC.GetTotalMemory(forceFullCollection: true);
            Tell("the client's end", afterwards - left);
            Tell("the server's end, with the tables of both", left - before);
            Assert.InRange((afterwards - left) / Count, 0, BytesPerConnection);
            Assert.InRange((left - before) / Count, 0, BytesPerConnection);
            Assert.Equal(Count, pair.Server.Tcp.ConnectionCount);
        });

    private static ushort ServerPort(int number) => (ushort)(1 + number / ClientPorts);

    private void Establish(Simulation simulation, HostPair pair)
    {
        for (int port = 1; port <= ServerPorts; port++)
        {
            pair.Server.Listen((ushort)port, () => new IdleApplication(_servers), backlog: OpenedAtOnce);
        }

        for (int number = 0; number < Count; number++)
        {
            pair.Client.Connect(
                pair.ServerEndPoint(ServerPort(number)),
                new IdleApplication(_clients),
                local: new IpEndPoint(pair.Client.Address, (ushort)(FirstClientPort + number % ClientPorts)));
            if ((number + 1) % OpenedAtOnce == 0)
            {
                Assert.True(simulation.RunUntil(() => _clients.Count == number + 1 && _servers.Count == number + 1, _minute));
            }
        }

        Assert.Equal(Count, pair.Client.Tcp.ConnectionCount);
        Assert.Equal(Count, pair.Server.Tcp.ConnectionCount);
        simulation.Run(_quiet);
    }

    /// <summary>Requests and responses over a random sample of the connections, every byte checked.</summary>
    private void Exchange(Simulation simulation, HostPair pair)
    {
        SeededEntropy entropy = simulation.Entropy.Fork("sample");
        Dictionary<(ushort Client, ushort Server), TcpConnection> servers = [];
        List<TcpConnection> sample = [];
        while (sample.Count < SampleCount)
        {
            TcpConnection connection = _clients[entropy.Next(Count)];
            if (servers.TryAdd((connection.LocalEndPoint.Port, connection.RemoteEndPoint.Port), null!))
            {
                sample.Add(connection);
            }
        }

        foreach (TcpConnection connection in _servers)
        {
            (ushort Client, ushort Server) ports = (connection.RemoteEndPoint.Port, connection.LocalEndPoint.Port);
            if (servers.ContainsKey(ports))
            {
                servers[ports] = connection;
            }
        }

        List<RequestClient> clients = [];
        foreach (TcpConnection connection in sample)
        {
            Attach(new ResponseServer(_exchange), pair.Server, servers[(connection.LocalEndPoint.Port, connection.RemoteEndPoint.Port)]);
            clients.Add(new RequestClient(_exchange) { StaysOpen = true });
            Attach(clients[^1], pair.Client, connection);
            if (clients.Count % OpenedAtOnce == 0)
            {
                // So that few enough frames come at once.
                Assert.True(simulation.RunUntil(() => clients[^1].IsServed, _minute));
            }
        }

        Assert.True(simulation.RunUntil(() => clients.TrueForAll(client => client.IsServed), _minute));
        simulation.Run(_quiet);
        Assert.Equal(Count, pair.Client.Tcp.ConnectionCount);
        sample.ForEach(connection => connection.User = null);
        foreach (TcpConnection connection in servers.Values)
        {
            connection.User = null;
        }
    }

    private static void Attach(TcpApplication application, SimulatedHost host, TcpConnection connection)
    {
        application.Attach(host, connection);
        application.EventsArrive(TcpEvents.Connected, host.Now);
    }

    private void Forget(Simulation simulation, HostPair pair)
    {
        pair.Link.SetUp(false);
        foreach (TcpConnection connection in _clients)
        {
            connection.Abort(simulation.Now);
        }

        Assert.Equal(0, pair.Client.Tcp.ConnectionCount);
        _clients.Clear();
        simulation.Run(_quiet);
    }

    private void Tell(string what, long bytes) => output.WriteLine($"{what}: {bytes / (double)Count:0} B a connection");
}
