using System.Text.Json;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Transfers over a link that loses frames.</summary>
public sealed class LossTests
{
    private const long Bytes = 100_000_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>Drops frames both ways on the TAP itself, so that neither stack is told.</summary>
    private const string Rules =
        """
        table netdev loss {
            counter from_stack {}
            counter to_stack {}
            chain from_stack { type filter hook ingress device "tap0" priority 0; numgen random mod 100 < 5 counter name from_stack drop; }
            chain to_stack { type filter hook egress device "tap0" priority 0; numgen random mod 100 < 5 counter name to_stack drop; }
        }
        """;

    [TapFact]
    [Trait("Category", "Slow")]
    [Trait("RFC", "6298")]
    [Trait("RFC", "6582")]
    public async Task A_hundred_megabytes_each_way_arrive_whole_through_five_percent_loss_each_way()
    {
        using TemporaryFolder folder = new();
        (string file, string hash) = folder.WriteRandom("body", Bytes);
        using ServedNetwork network = await LossyAsync();

        // At the same time: most of it is spent waiting for retransmission timers.
        Task<string> get = network.PipelineAsync($"curl -sSf http://{ServedNetwork.Ours}/bytes/{Bytes} | sha256sum", Limit);
        Task<string> post = network.PipelineAsync($"curl -sSf -X POST -T {file} http://{ServedNetwork.Ours}/echo | sha256sum", Limit);
        string got = await get;
        string back = await post;
        Assert.Equal($"{DocumentedBytes.HashOf(Bytes)}  -", got);
        Assert.Equal($"{hash}  -", back);
        await AssertLossAsync(network);
    }

    private static async Task<ServedNetwork> LossyAsync()
    {
        ServedNetwork network = await ServedNetwork.StartAsync("--http", "--offload", "off");
        try
        {
            // Frames of one segment each, either way: what is dropped is then what the wire would lose, not 64 KiB at once.
            await network.Space.IpAsync("link set dev tap0 gso_max_segs 1");
            (await network.Space.RunAsync("nft", [Rules])).Succeeded();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the loss was real, that it was made good, and that nothing is left of it.</summary>
    private static async Task AssertLossAsync(ServedNetwork network)
    {
        // One frame of twenty: of 138,000 segments from us, and of 69,000 to us and as many acknowledgments, fewer where they are delayed.
        Assert.True(await DroppedAsync(network, "from_stack") > 5_000);
        Assert.True(await DroppedAsync(network, "to_stack") > 2_000);
        (await network.Space.RunAsync("nft", ["delete", "table", "netdev", "loss"])).Succeeded();

        ServerStatistics statistics = await network.SettledAsync();
        Assert.True(statistics.Counters["tcpSegmentsRetransmitted"] > 5_000);
        Assert.True(statistics.Counters["tcpFastRecoveries"] > 0);
        await network.StopAsync();
    }

    private static async Task<long> DroppedAsync(ServedNetwork network, string counter)
    {
        string json = (await network.Space.RunAsync("nft", ["--json", "list", "counter", "netdev", "loss", counter])).Succeeded().Output;
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("nftables").EnumerateArray()
            .Single(entry => entry.TryGetProperty("counter", out _))
            .GetProperty("counter").GetProperty("packets").GetInt64();
    }
}
