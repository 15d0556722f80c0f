using System.Text.Json;
using NetStack.Cli.Verbs.Serve;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class GetTests
{
    private static readonly string[] Sim = ["--if", "sim", "--ip", "10.9.0.2/24"];

    [Fact]
    public async Task The_body_goes_to_standard_output()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(["get", "10.9.0.1/plaintext", .. Sim]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("Hello, World!", outcome.Output.TrimEnd('\n'));
        Assert.Equal("", outcome.Error);
    }

    [Fact]
    public async Task The_body_goes_to_a_file_and_json_tells_of_it()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(["get", "http://10.9.0.1/bytes/2000003", "-o", "body", "--json", .. Sim]);

        Assert.Equal(0, outcome.ExitCode);
        JsonElement report = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal(200, report.GetProperty("status").GetInt32());
        Assert.Equal(2_000_003, report.GetProperty("bytes").GetInt64());
        Assert.Equal("application/octet-stream", report.GetProperty("contentType").GetString());
        byte[] expected = new byte[2_000_003];
        DeterministicBytes.Fill(0, expected);
        Assert.Equal(expected, await File.ReadAllBytesAsync(folder.PathOf("body")));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_one_line()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(["get", "http://10.9.0.1/plaintext", "-o", "no/such/file", .. Sim]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("-o no/such/file: the file cannot be written", Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
