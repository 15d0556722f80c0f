using System.Globalization;
using System.Text.Json;
using NetStack.Cli.Verbs.Ping;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

[Trait("RFC", "792")]
public class PingTests
{
    [Fact]
    public async Task The_lines_are_those_of_ping()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(
            ["ping", "10.9.0.1", "-c", "3", "-i", "0.05", "-s", "100", "--if", "sim", "--ip", "10.9.0.2/24"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Error);
        string[] lines = outcome.Output.TrimEnd().Split('\n');
        Assert.Equal("PING 10.9.0.1 (10.9.0.1) 100(128) bytes of data.", lines[0]);
        for (int i = 1; i <= 3; i++)
        {
            Assert.Matches($@"^108 bytes from 10\.9\.0\.1: icmp_seq={i} ttl=64 time=\d+(\.\d+)? ms$", lines[i]);
        }

        Assert.Equal("", lines[4]);
        Assert.Equal("--- 10.9.0.1 ping statistics ---", lines[5]);
        Assert.Matches(@"^3 packets transmitted, 3 received, 0% packet loss, time \d+ms$", lines[6]);
        Assert.Matches(@"^rtt min/avg/max/mdev = \d+\.\d{3}/\d+\.\d{3}/\d+\.\d{3}/\d+\.\d{3} ms$", lines[7]);
        Assert.Equal(8, lines.Length);
    }

    [Fact]
    public async Task Json_is_one_object_a_line_and_the_statistics_last()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(
            ["ping", "10.9.0.1", "-c", "2", "-i", "0.05", "--json", "--if", "sim", "--ip", "10.9.0.2/24"]);

        JsonElement[] lines = [.. outcome.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["reply", "reply", "statistics"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal([1, 2], lines[..2].Select(line => line.GetProperty("sequence").GetInt32()));
        Assert.Equal(64, lines[0].GetProperty("bytes").GetInt32());
        Assert.Equal(64, lines[0].GetProperty("ttl").GetInt32());
        Assert.Equal(2, lines[2].GetProperty("received").GetInt32());
        double[] times = [.. lines[..2].Select(line => line.GetProperty("timeMs").GetDouble())];
        Assert.Equal(times.Min(), lines[2].GetProperty("minMs").GetDouble(), 9);
        Assert.Equal(times.Max(), lines[2].GetProperty("maxMs").GetDouble(), 9);
        Assert.Equal(times.Average(), lines[2].GetProperty("avgMs").GetDouble(), 9);
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_reported_and_the_exit_code_says_so()
    {
        using WorkingFolder folder = new();

        ProcessOutcome outcome = await folder.RunAsync(["ping", "10.9.0.77", "-c", "1", "--if", "sim", "--ip", "10.9.0.2/24"]);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("From 10.9.0.2 icmp_seq=1 Destination Host Unreachable", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("1 packets transmitted, 0 received, +1 errors, 100% packet loss", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_count_Ctrl_C_ends_the_run_with_its_statistics()
    {
        using WorkingFolder folder = new();
        using RunningProcess process = folder.Start("ping", "10.9.0.1", "-i", "0.05", "--if", "sim", "--ip", "10.9.0.2/24");
        await process.WaitForLineAsync("icmp_seq=2 ", NetstackCommand.ReadyTimeout);

        ProcessOutcome outcome = await process.SignalAsync(2);

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("ping statistics", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("", outcome.Error);
    }

    [Theory]
    [InlineData(0.0456, "0.046")]
    [InlineData(0.9994, "0.999")]
    [InlineData(1.2345, "1.23")]
    [InlineData(12.345, "12.3")]
    [InlineData(99.94, "99.9")]
    [InlineData(99.96, "100")]
    [InlineData(1234.4, "1234")]
    public void A_time_has_three_significant_digits_or_more(double ms, string text) => Assert.Equal(text, PingStatistics.Format(ms));

    [Fact]
    public void Mdev_is_the_standard_deviation_of_the_round_trips()
    {
        double[] times = [3, 1, 4, 1, 5, 9, 2, 6];
        PingStatistics statistics = new() { Transmitted = 10 };
        foreach (double time in times)
        {
            statistics.Add(time);
        }

        double mean = times.Average();
        double deviation = Math.Sqrt(times.Select(time => (time - mean) * (time - mean)).Average());
        string[] lines = [.. statistics.Describe("host", TimeSpan.FromMilliseconds(1234))];
        Assert.Equal("10 packets transmitted, 8 received, 20% packet loss, time 1234ms", lines[2]);
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"rtt min/avg/max/mdev = 1.000/{mean:0.000}/9.000/{deviation:0.000} ms"), lines[3]);
    }

    [Fact]
    public void A_third_lost_is_written_as_ping_writes_it()
    {
        PingStatistics statistics = new() { Transmitted = 3 };
        statistics.Add(1);
        statistics.Add(1);

        Assert.Contains("33.3333% packet loss", statistics.Describe("host", default).ElementAt(2), StringComparison.Ordinal);
    }
}
