using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>
/// Many connections at once over a bad network, and applications that abort, abandon, half-close and stop reading when
/// chance has it. No transfer has to succeed; nothing may be wrong, and nothing may be left.
/// </summary>
public class RandomActivityTests
{
    private const int SeedCount = 60;
    private const int ConnectionCount = 30;
    private const ushort BulkPort = 100;
    private const ushort EchoPort = 7;
    private const ushort ClosedPort = 9;
    private static readonly Duration Day = Duration.FromSeconds(24 * 3600);

    public static TheoryData<ulong> Seeds() => RandomTransferTests.MakeSeeds(SeedCount);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_applications_and_network_do_no_byte_is_wrong_and_nothing_is_left(ulong seed) => Scenario.Run("activity", seed, simulation =>
    {
        SeededEntropy entropy = simulation.Entropy.Fork("activity");
        int mtu = RandomConditions.DrawMtu(entropy);
        HostPair pair = HostPair.Make(
            simulation,
            RandomConditions.DrawLink(entropy) with { MtuBytes = mtu },
            RandomConditions.DrawLink(entropy) with { MtuBytes = mtu },
            RandomConditions.DrawHosts(entropy) with { PoolBlocks = 4096 },
            RandomConditions.DrawEnds(entropy));
        List<TcpApplication> applications = [];
        Add(simulation, pair, entropy, applications);
        PlanCuts(simulation, pair.Link, entropy);

        bool areOver = simulation.RunUntil(() => applications.TrueForAll(IsOver), Day);
        Assert.True(areOver, string.Join("; ", applications.Where(application => !IsOver(application)).Select(Describe)));
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
        Assert.All(applications.OfType<BulkApplication>(), application => Assert.Equal(-1, application.Receiver.FirstWrongByte));
    });

    private static void Add(Simulation simulation, HostPair pair, SeededEntropy entropy, List<TcpApplication> applications)
    {
        TcpConnectionOptions serverOptions = RandomConditions.DrawConnection(entropy);
        TcpListenEndpoint bulk = pair.Server.Listen(BulkPort, Accept, serverOptions, backlog: 1 + entropy.Next(32));
        TcpListenEndpoint echo = pair.Server.Listen(EchoPort, AcceptEcho, serverOptions);
        for (int i = 0; i < ConnectionCount; i++)
        {
            bool isEcho = entropy.Next(4) == 0;
            BulkApplication client = DrawApplication(entropy, isClient: true);
            ushort port = isEcho ? EchoPort : entropy.Next(10) == 0 ? ClosedPort : BulkPort;
            TcpConnectionOptions options = RandomConditions.DrawConnection(entropy);
            applications.Add(client);
            simulation.At(DrawInstant(entropy, 5000), now =>
            {
                pair.Client.Connect(pair.ServerEndPoint(port), client, options);
                Disturb(simulation, client, entropy);
            });
        }

        // The listeners go while the last connections may still be on their way.
        simulation.At(DrawInstant(entropy, 8000), bulk.Close);
        simulation.At(DrawInstant(entropy, 8000), echo.Close);

        BulkApplication Accept()
        {
            BulkApplication server = DrawApplication(entropy, isClient: false);
            applications.Add(server);
            Disturb(simulation, server, entropy);
            return server;
        }

        EchoServer AcceptEcho()
        {
            EchoServer server = new();
            applications.Add(server);
            Disturb(simulation, server, entropy);
            return server;
        }
    }

    private static bool IsOver(TcpApplication application) => application.IsClosed || application.IsAbandoned;

    private static string Describe(TcpApplication application) =>
        $"{application.Host} {application.Connection.LocalEndPoint} in {application.Connection.State}, {(application as BulkApplication)?.Receiver}";

    /// <summary>Both sides of a bulk connection draw lengths of their own: the content is the same, whatever its length. A server may wait for the client's end first.</summary>
    private static BulkApplication DrawApplication(SeededEntropy entropy, bool isClient)
    {
        StreamContent content = new(1);
        BulkSender? sender = isClient || entropy.Next(4) > 0 ? new BulkSender(content, entropy.Next(100_000)) : null;
        BulkReceiver receiver = new(content, 0, RandomConditions.DrawPace(entropy));
        return new BulkApplication(sender, receiver, sendsLast: !isClient && entropy.Next(8) == 0);
    }

    private static void Disturb(Simulation simulation, TcpApplication application, SeededEntropy entropy)
    {
        int kind = entropy.Next(10);
        simulation.After(Duration.FromMilliseconds(entropy.Next(3000)), now =>
        {
            if (IsOver(application))
            {
                return;
            }

            switch (kind)
            {
                case 0 or 1:
                    application.Connection.Abort(now);
                    break;
                case 2 or 3:
                    application.Abandon(now);
                    break;
                case 4:
                    application.Connection.StopReceiving(now);
                    application.Connection.Shutdown(now);
                    break;
                case 5:
                    application.Connection.Shutdown(now);
                    break;
            }
        });
    }

    private static void PlanCuts(Simulation simulation, SimulatedLink link, SeededEntropy entropy)
    {
        for (int cuts = entropy.Next(4); cuts > 0; cuts--)
        {
            Instant from = DrawInstant(entropy, 20_000);
            simulation.At(from, _ => link.SetUp(false));
            simulation.At(from + Duration.FromMilliseconds(entropy.Next(30_000)), _ => link.SetUp(true));
        }
    }

    private static Instant DrawInstant(SeededEntropy entropy, int limitMilliseconds) =>
        Instant.Origin + Duration.FromMilliseconds(entropy.Next(limitMilliseconds));
}
