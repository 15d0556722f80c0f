using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>Peers that send as much as they may to applications that do not read, beside one that does.</summary>
public class SlowReaderTests
{
    private const ushort SilentPort = 9;
    private const ushort BulkPort = 80;
    private const int PoolBlocks = 8_192;
    private static readonly Duration Hour = Duration.FromSeconds(3600);
    private static readonly LinkConditions Network = new() { Latency = Duration.FromMilliseconds(2), RateBitsPerSecond = 1_000_000_000 };

    [Theory]
    [InlineData(200, 1)]
    [InlineData(2_000, 2)]
    public void Readers_that_never_read_use_up_neither_the_pool_nor_the_goodput_of_one_that_does(int count, ulong seed) => Run(count, PoolBlocks, seed);

    [Fact]
    [Trait("Category", "Slow")]
    public void Ten_thousand_readers_that_never_read_use_up_neither_the_pool_nor_the_goodput_of_one_that_does() => Run(10_000, 32_768, 3);

    [Fact]
    public void Readers_that_begin_to_read_get_everything()
    {
        Scenario.Run("late readers", 4, simulation =>
        {
            const int Count = 300;
            HostPair pair = HostPair.Make(simulation, Network, options: new SimulatedHostOptions { PoolBlocks = PoolBlocks / 2 });
            StreamContent content = new(7);
            List<BulkApplication> servers = [];
            TcpListenEndpoint endpoint = pair.Server.Listen(BulkPort, Accept, backlog: Count);
            List<BulkApplication> clients = [.. Enumerable.Range(0, Count).Select(_ => new BulkApplication(new BulkSender(content, 150_000)))];
            clients.ForEach(client => pair.Client.Connect(pair.ServerEndPoint(BulkPort), client));

            Assert.True(simulation.RunUntil(() => clients.TrueForAll(client => client.IsDone), Hour));

            Assert.All(servers, server => Assert.True(server.Receiver.IsWhole));
            endpoint.Close(simulation.Now);
            simulation.RunToRest();
            Oracles.VerifyFinished(simulation);

            BulkApplication Accept()
            {
                ReadPace late = new(30_000, Duration.FromMilliseconds(10), Duration.FromSeconds(5));
                servers.Add(new BulkApplication(null, new BulkReceiver(content, 150_000, late)));
                return servers[^1];
            }
        });
    }

    private static void Run(int count, int poolBlocks, ulong seed) => Scenario.Run($"{count} silent readers", seed, simulation =>
    {
        // At the end all are reset at once, many beyond what the server took in: each such reset is challenged, and answered.
        HostPair pair = HostPair.Make(simulation, Network, options: new SimulatedHostOptions
        {
            PoolBlocks = poolBlocks,
            Tcp = new TcpOptions { StrayResetsPerSecond = count },
        });
        StreamContent content = new(seed);
        BulkReceiver receiver = new(content, 20_000_000);
        TcpListenEndpoint silent = pair.Server.Listen(SilentPort, () => new SilentReader(), backlog: count);
        TcpListenEndpoint bulk = pair.Server.Listen(BulkPort, () => new BulkApplication(null, receiver));
        BulkApplication transfer = new(new BulkSender(content, 20_000_000));
        pair.Client.Connect(pair.ServerEndPoint(BulkPort), transfer);
        List<Flooder> flooders = [.. Enumerable.Range(0, count).Select(_ => new Flooder())];
        flooders.ForEach(flooder => pair.Client.Connect(pair.ServerEndPoint(SilentPort), flooder));

        int least = poolBlocks;
        Instant begun = simulation.Now;
        Assert.True(simulation.RunUntil(
            () =>
            {
                least = Math.Min(least, pair.Server.Pool.AvailableBlocks);
                return transfer.IsDone;
            },
            Hour));

        Assert.True(receiver.IsWhole);
        Assert.True(least >= poolBlocks / 16, $"{least} blocks were left");
        Assert.True(pair.Server.Tcp.HeldBytes > poolBlocks * 4096L / 4, $"{pair.Server.Tcp.HeldBytes} bytes were held");

        // 20 MB in this time are 4 Mbit/s, over 1 Gbit/s shared with all that is sent in vain.
        Assert.True(simulation.Now - begun < Duration.FromSeconds(40), $"it took {simulation.Now - begun}");
        flooders.ForEach(flooder => flooder.Stop(simulation.Now));
        silent.Close(simulation.Now);
        bulk.Close(simulation.Now);
        simulation.RunToRest();
        Oracles.VerifyFinished(simulation);
    });

    private sealed class SilentReader : TcpApplication;

    /// <summary>Writes as long as there is room.</summary>
    private sealed class Flooder : TcpApplication
    {
        private bool _isStopped;

        public void Stop(Instant now)
        {
            _isStopped = true;
            Connection.Abort(now);
            Host.Wake();
        }

        protected override void Connected(Instant now) => Writable(now);

        protected override void Writable(Instant now)
        {
            while (!_isStopped && Connection.SendRoomBytes > 0 && Host.Pool.AvailableBlocks > Host.Pool.MaximumBlocks / 4
                && Host.Pool.TryLease(0) is { } block)
            {
                block.Extend(PacketBuffer.BlockBytes);
                Connection.Append(block, now);
            }
        }
    }
}
