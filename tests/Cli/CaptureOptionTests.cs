using System.Globalization;
using NetStack.Peers;

namespace NetStack.Cli.Tests;

public class CaptureOptionTests
{
    [Fact]
    public async Task What_passed_is_what_tshark_reads()
    {
        using WorkingFolder folder = new();
        DateTimeOffset before = DateTimeOffset.UtcNow;
        ProcessOutcome run = await folder.RunAsync(
            ["ping", "10.9.0.1", "-c", "2", "-i", "0.05", "--pcap", "x.pcapng", "--if", "sim", "--ip", "10.9.0.2/24"]);
        DateTimeOffset after = DateTimeOffset.UtcNow;

        ProcessOutcome tshark = await ProcessRunner.RunAsync(
            "tshark",
            ["-n", "-r", folder.PathOf("x.pcapng"), "-Y", "icmp", "-T", "fields", "-E", "separator=|",
                "-e", "icmp.type", "-e", "icmp.seq", "-e", "frame.packet_flags_direction", "-e", "icmp.checksum.status",
                "-e", "frame.interface_name", "-e", "frame.time_epoch"]);

        Assert.Equal(0, run.ExitCode);
        string[][] rows = [.. tshark.Succeeded().Output.TrimEnd().Split('\n').Select(row => row.Split('|'))];
        // Requests (8) went out (2), replies (0) came in (1). Both requests may wait for the neighbour together.
        Assert.Equal(
            ["0 1 1", "0 2 1", "8 1 2", "8 2 2"],
            rows.Select(row => $"{row[0]} {row[1]} {Convert.ToInt32(row[2], 16)}").Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal("1", row[3]));
        Assert.All(rows, row => Assert.Equal("cable:left", row[4]));
        Assert.All(rows, row => Assert.InRange(
            decimal.Parse(row[5], CultureInfo.InvariantCulture) * 1000,
            before.ToUnixTimeMilliseconds() - 1,
            after.ToUnixTimeMilliseconds() + 1));
    }

    [Fact]
    public async Task Capinfos_accepts_the_file_of_a_transfer_and_inspect_counts_the_same()
    {
        using WorkingFolder folder = new();
        ProcessOutcome run = await folder.RunAsync(
            ["get", "http://10.9.0.1/bytes/1000000", "-o", "body", "--pcap", "x.pcapng", "--if", "sim", "--ip", "10.9.0.2/24"]);

        ProcessOutcome capinfos = await ProcessRunner.RunAsync("capinfos", ["-M", "-T", "-r", "-c", "-d", folder.PathOf("x.pcapng")]);
        ProcessOutcome inspect = await folder.RunAsync(["inspect", "x.pcapng", "--json"]);

        Assert.Equal(0, run.ExitCode);
        string[] columns = capinfos.Succeeded().Output.TrimEnd().Split('\t');
        using System.Text.Json.JsonDocument report = System.Text.Json.JsonDocument.Parse(inspect.Succeeded().Output);
        Assert.Equal(columns[^2], report.RootElement.GetProperty("packets").GetRawText());
        Assert.Equal(columns[^1], report.RootElement.GetProperty("bytes").GetRawText());
        Assert.Empty(report.RootElement.GetProperty("drops").EnumerateArray());
    }
}
