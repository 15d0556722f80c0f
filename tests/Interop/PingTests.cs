using System.Text.RegularExpressions;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Echo requests both ways, with the kernel and iputils as peers.</summary>
public sealed class PingTests
{
    private static readonly string[] FromUs = ["--if", "tap:tap0", "--ip", $"{ServedNetwork.Ours}/24"];

    [TapTheory]
    [InlineData("-c 3 -i 0.2")]
    [InlineData("-c 500 -i 0.002")]
    [InlineData("-c 5 -i 0.2 -s 1472")]
    [InlineData("-c 5 -i 0.2 -s 20000")]
    [InlineData("-c 2 -i 0.2 -s 65507")]
    [InlineData("-c 3 -i 0.2 -s 0")]
    [Trait("RFC", "1122 §3.2.2.6")]
    public async Task Every_ping_of_the_kernels_is_answered(string arguments)
    {
        using ServedNetwork network = await ServedNetwork.StartAsync();

        // ping itself compares the data, and warns of duplicates and of wrong bytes.
        string report = await network.PipelineAsync($"ping -n -W 10 {arguments} {ServedNetwork.Ours}");
        Assert.Contains(" 0% packet loss", report, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong data", report, StringComparison.Ordinal);
        Assert.DoesNotContain("DUP!", report, StringComparison.Ordinal);
        await network.StopAsync();
    }

    [TapTheory]
    [InlineData(56)]
    [InlineData(20_000)]
    public async Task Our_ping_prints_what_ping_prints(int bytes)
    {
        using NetworkNamespace space = await SpaceAsync();
        string[] arguments = ["-c", "3", "-i", "0.2", "-s", $"{bytes}"];
        ProcessOutcome ours = (await NetstackCommand.RunAsync(space, ["ping", ServedNetwork.Kernels, .. arguments, .. FromUs])).Succeeded();
        ProcessOutcome theirs = (await space.RunAsync("ping", ["-n", .. arguments, ServedNetwork.Kernels])).Succeeded();
        Assert.Equal(Shape(theirs.Output), Shape(ours.Output));
        Assert.Equal("", ours.Error);
        Assert.Contains($"icmp_seq=3 ttl=64 time=", ours.Output, StringComparison.Ordinal);
    }

    [TapFact]
    public async Task Our_ping_exits_with_one_where_nobody_answers()
    {
        using NetworkNamespace space = await SpaceAsync();
        ProcessOutcome outcome = await NetstackCommand.RunAsync(space, ["ping", "10.9.0.77", "-c", "1", "-W", "1", .. FromUs]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("1 packets transmitted, 0 received", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("100% packet loss", outcome.Output, StringComparison.Ordinal);
    }

    private static async Task<NetworkNamespace> SpaceAsync()
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", $"{ServedNetwork.Kernels}/24", queues: NetstackCommand.Queues);
        return space;
    }

    /// <summary>A report whose times are left out.</summary>
    private static string Shape(string report)
    {
        string shape = Regex.Replace(report, @"time=[\d.]+ ms", "time=T ms");
        shape = Regex.Replace(shape, @"time \d+ms", "time Tms");
        return Regex.Replace(shape, @"= [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms", "= T/T/T/T ms");
    }
}
