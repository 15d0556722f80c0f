using NetStack.Peers;

namespace NetStack.Interop.Tests;

/// <summary>Large bodies between curl and Kestrel on the stack.</summary>
public sealed class HttpTransferTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    [TapFact]
    [Trait("Category", "Slow")]
    public async Task Curl_gets_a_gigabyte_whole()
    {
        const long Bytes = 1_000_000_000;
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        string got = await network.PipelineAsync($"curl -sSf http://{ServedNetwork.Ours}/bytes/{Bytes} | sha256sum", Limit);
        Assert.Equal($"{DocumentedBytes.HashOf(Bytes)}  -", got);
        await network.SettledAsync();
        await network.StopAsync();
    }

    [TapFact]
    [Trait("Category", "Slow")]
    public async Task Curl_gets_back_two_hundred_megabytes_it_posts()
    {
        using TemporaryFolder folder = new();
        (string file, string hash) = folder.WriteRandom("body", 200_000_000);
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        string got = await network.PipelineAsync($"curl -sSf -X POST -T {file} http://{ServedNetwork.Ours}/echo | sha256sum", Limit);
        Assert.Equal($"{hash}  -", got);
        await network.SettledAsync();
        await network.StopAsync();
    }

    [TapFact]
    public async Task Curl_gets_bodies_around_the_size_of_a_segment_over_one_connection()
    {
        long[] sizes = [0, 1, 7, 8, 1_447, 1_448, 1_449, 4_095, 4_096, 4_097, 65_536, 1_000_003];
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        ServerStatistics before = await network.StatisticsAsync();
        using TemporaryFolder folder = new();
        string urls = string.Join(' ', sizes.Select(size => $"-o {folder.Combine($"{size}")} http://{ServedNetwork.Ours}/bytes/{size}"));
        await network.PipelineAsync($"curl -sSf {urls}");
        foreach (long size in sizes)
        {
            string got = await network.PipelineAsync($"sha256sum < {folder.Combine($"{size}")}");
            Assert.Equal($"{DocumentedBytes.HashOf(size)}  -", got);
        }

        ServerStatistics after = await network.SettledAsync(before);
        // One for the file names, at least one for the statistics.
        Assert.InRange(after.AcceptedConnections - before.AcceptedConnections, 2, sizes.Length);
        await network.StopAsync();
    }

    [TapFact]
    public async Task A_posted_body_in_chunks_comes_back()
    {
        using TemporaryFolder folder = new();
        (string file, string hash) = folder.WriteRandom("body", 3_000_001);
        using ServedNetwork network = await ServedNetwork.StartAsync("--http");
        string got = await network.PipelineAsync(
            $"cat {file} | curl -sSf -H 'Transfer-Encoding: chunked' -X POST -T - http://{ServedNetwork.Ours}/echo | sha256sum");
        Assert.Equal($"{hash}  -", got);
        await network.StopAsync();
    }
}
