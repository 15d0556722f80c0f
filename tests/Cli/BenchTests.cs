using System.Text.Json;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class BenchTests
{
    private const int Packets = 10_000;

    [Theory]
    [InlineData("udp-echo", 60)]
    [InlineData("forward", 60)]
    [InlineData("filter", 60)]
    [InlineData("checksum", 1460)]
    [InlineData("frames", 60)]
    public async Task A_round_is_as_many_packets_as_it_is_told_rounded_up_to_whole_turns(string name, int bytes)
    {
        JsonElement row = await RunAsync(name);

        long packets = row.GetProperty("packets").GetInt64();
        Assert.InRange(packets, Packets, Packets + 63);
        Assert.Equal(packets * bytes, row.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Tcp_to_itself_counts_the_bytes_that_were_read()
    {
        JsonElement row = await RunAsync("tcp-self");

        // Each is an MTU's worth of data, but for acknowledgments.
        long packets = row.GetProperty("packets").GetInt64();
        Assert.InRange(row.GetProperty("bytes").GetInt64(), packets * 1000, packets * 1460);
    }

    private static async Task<JsonElement> RunAsync(string name)
    {
        ProcessOutcome outcome = await NetstackCommand.RunAsync(
            ["bench", name, "--rounds", "1", "--packets", $"{Packets}", "--json"]);
        JsonElement row = Assert.Single(JsonDocument.Parse(outcome.Succeeded().Output).RootElement.GetProperty("rows").EnumerateArray());
        Assert.Equal(name, row.GetProperty("name").GetString());
        Assert.Equal(0, row.GetProperty("collections").GetInt32());
        return row;
    }
}
