using System.Globalization;
using NetStack.Core;

namespace NetStack.Tcp.Tests;

/// <summary>
/// Random segments near enough to the truth to get deep into the machine. NETSTACK_FUZZ_SEGMENTS sets how many, for a run
/// over night such as 100000000; NETSTACK_FUZZ_SEED where the seeds start.
/// </summary>
public class FuzzTests
{
    private const long DefaultSegments = 1_000_000;
    private const int Shares = 8;

    private static long Segments => Number("NETSTACK_FUZZ_SEGMENTS", DefaultSegments);

    private static long FirstSeed => Number("NETSTACK_FUZZ_SEED", 1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [Trait("RFC", "9293 §3.3.1")]
    [Trait("Category", "Slow")]
    public void Random_segments_calls_errors_and_pauses_break_nothing_and_leak_nothing(int share)
    {
        // A seed is one host with its choices; a long run is many hosts, so that a failure is found again within minutes.
        const int SegmentsOfSeed = 25_000;
        long passiveOpens = 0;
        long delivered = 0;
        long seeds = Math.Max(Segments / Shares / SegmentsOfSeed, 1);
        for (long i = 0; i < seeds; i++)
        {
            FuzzRun run = new((ulong)(FirstSeed + share + (Shares * i)));
            run.Storm(SegmentsOfSeed);
            run.End();
            passiveOpens += run.Machine.Host.Counters[Counter.TcpPassiveOpens];
            delivered += run.Machine.Host.Counters[Counter.FramesDelivered];
        }

        // The storm gets somewhere: connections open, and segments are taken in.
        Assert.True(passiveOpens > 20 * seeds, $"only {passiveOpens} connections were opened");
        Assert.True(delivered > SegmentsOfSeed / 8 * seeds, $"only {delivered} segments were taken in");
    }

    private static long Number(string variable, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out long value) ? value : otherwise;
}
