using System.Globalization;
using System.Text.RegularExpressions;
using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Many connections of a load generator at once.</summary>
public sealed class HttpLoadTests
{
    /// <summary>What may stay live after a run more than before: pools that grew with the most connections at once.</summary>
    private const long HeapGrowthLimitBytes = 8 << 20;

    [TapFact]
    [Trait("Category", "Slow")]
    public async Task Two_hundred_and_fifty_six_connections_for_twenty_seconds_see_no_error_and_leave_nothing()
    {
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        ServerStatistics idle = await network.StatisticsAsync();
        await LoadAsync(network, seconds: 5);
        await network.SettledAsync(idle);
        ServerStatistics warm = await network.StatisticsAsync(collect: true);

        long requests = await LoadAsync(network, seconds: 20);
        await network.SettledAsync(idle);
        ServerStatistics after = await network.StatisticsAsync(collect: true);
        Assert.True(requests > 0);
        Assert.True(after.AcceptedConnections - warm.AcceptedConnections >= 256);
        long growth = after.ManagedHeapBytes - warm.ManagedHeapBytes;
        Assert.True(
            growth < HeapGrowthLimitBytes,
            $"{requests} requests let the live heap grow by {growth} bytes, from {warm.ManagedHeapBytes} to {after.ManagedHeapBytes}.");
        await network.StopAsync();
    }

    /// <summary>Runs the load generator and checks that it saw no error.</summary>
    /// <returns>The requests it made.</returns>
    private static async Task<long> LoadAsync(ServedNetwork network, int seconds)
    {
        string report = (await network.Space.RunAsync(
            "wrk", ["-t1", "-c256", $"-d{seconds}s", $"http://{ServedNetwork.Ours}/plaintext"], TimeSpan.FromSeconds(seconds + 120))).Succeeded().Output;

        // wrk mentions errors only where there are some.
        Assert.DoesNotContain("Socket errors", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", report, StringComparison.Ordinal);
        Match requests = Regex.Match(report, @"(\d+) requests in ");
        Assert.True(requests.Success, report);
        return long.Parse(requests.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
