using System.Text.Json;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class ServeTests
{
    private static readonly string[] Sim = ["--if", "sim", "--ip", "10.9.0.2/24"];

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public async Task A_server_is_ready_then_ends_at_a_signal_with_a_summary(int signal)
    {
        using WorkingFolder folder = new();
        using RunningProcess process = folder.Start(["serve", .. Sim, "--http", "--echo", "--discard", "--chargen", "8019"]);
        await process.WaitForLineAsync(@"^ready cable:left 10\.9\.0\.2$", NetstackCommand.ReadyTimeout);

        ProcessOutcome outcome = await process.SignalAsync(signal);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Error);
        string[] lines = outcome.Output.TrimEnd().Split('\n');
        Assert.Equal("connections: 0 accepted, 0 reset", lines[1]);
        Assert.Matches(@"^received: \d+ bytes in \d+ frames$", lines[2]);
        Assert.Matches(@"^sent: \d+ bytes in \d+ frames, 0 TCP segments again$", lines[3]);
        Assert.Matches(@"^drops: \d+", lines[4]);
        Assert.Equal("pool outstanding: 0", lines[5]);
    }

    [Fact]
    public async Task With_json_the_lines_are_objects()
    {
        using WorkingFolder folder = new();
        using RunningProcess process = folder.Start(["serve", .. Sim, "--echo", "--json"]);
        await process.WaitForLineAsync("\"event\":\"ready\"", NetstackCommand.ReadyTimeout);

        ProcessOutcome outcome = await process.StopAsync();

        JsonElement[] lines = [.. outcome.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal("10.9.0.2", lines[0].GetProperty("address").GetString());
        Assert.Equal("summary", lines[1].GetProperty("event").GetString());
        Assert.Equal(0, lines[1].GetProperty("poolOutstandingBlocks").GetInt32());
        Assert.Equal(0, outcome.ExitCode);
    }

    [Fact]
    public async Task A_server_without_servers_says_what_it_does()
    {
        using WorkingFolder folder = new();
        using RunningProcess process = folder.Start(["serve", .. Sim]);
        await process.WaitForLineAsync("^ready ", NetstackCommand.ReadyTimeout);

        ProcessOutcome outcome = await process.StopAsync();

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("the stack answers echo requests only", outcome.Error, StringComparison.Ordinal);
    }
}
