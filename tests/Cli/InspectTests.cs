using System.Text.Json;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class InspectTests
{
    private static readonly string Captures = Path.Combine(AppContext.BaseDirectory, "Captures");

    private static readonly string[] Paths = [.. Directory.EnumerateFiles(Path.Combine(Captures, "zeek", "http"), "*.*cap*")
        .Concat(Directory.EnumerateFiles(Path.Combine(Captures, "zeek", "icmp"), "*.*cap*"))
        .Order(StringComparer.Ordinal)
        .Take(8)
        .Select(path => Path.GetRelativePath(Captures, path))];

    public static TheoryData<string> Files => [.. Paths];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Packets_bytes_and_conversations_are_those_of_wireshark(string file)
    {
        string path = Path.Combine(Captures, file);
        JsonElement report = JsonDocument.Parse((await NetstackCommand.RunAsync(["inspect", path, "--json"])).Succeeded().Output).RootElement;

        ProcessOutcome lengths = await ProcessRunner.RunAsync("tshark", ["-n", "-r", path, "-T", "fields", "-e", "frame.len"]);
        ProcessOutcome streams = await ProcessRunner.RunAsync("tshark", ["-n", "-r", path, "-Y", "tcp && !icmp", "-T", "fields", "-e", "tcp.stream"]);

        long[] frames = [.. lengths.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        Assert.Equal(frames.Length, report.GetProperty("packets").GetInt64());
        Assert.Equal(frames.Sum(), report.GetProperty("bytes").GetInt64());
        Assert.Equal(
            streams.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count(),
            report.GetProperty("flows").EnumerateArray().Count(flow => flow.GetProperty("protocol").GetString() == "tcp"));
    }

    [Fact]
    public async Task Text_names_the_flows_and_draws_nothing_into_a_pipe()
    {
        string path = Path.Combine(Captures, Paths[0]);

        ProcessOutcome outcome = await NetstackCommand.RunAsync(["inspect", path]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith(path, outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\nprotocol", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', outcome.Output);
        Assert.All(outcome.Output, character => Assert.True(character is '\n' or (>= ' ' and <= '~')));
    }

    [Fact]
    public async Task A_damaged_capture_is_counted_to_the_damage_and_reported()
    {
        using WorkingFolder folder = new();
        string path = Path.Combine(Captures, Paths[0]);
        byte[] whole = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(folder.PathOf("cut.pcap"), whole[..^3]);
        JsonElement all = JsonDocument.Parse((await NetstackCommand.RunAsync(["inspect", path, "--json"])).Output).RootElement;

        ProcessOutcome outcome = await folder.RunAsync(["inspect", "cut.pcap", "--json"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Equal(all.GetProperty("packets").GetInt64() - 1, JsonDocument.Parse(outcome.Output).RootElement.GetProperty("packets").GetInt64());
        Assert.Contains("at byte", Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
