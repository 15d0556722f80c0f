using System.Globalization;
using NetStack.Core;

namespace NetStack.Testing.Tests;

public class RandomTransferTests
{
    private const int SeedCount = 200;

    /// <summary>Names another number of seeds, for a longer search.</summary>
    private const string SeedCountVariable = "NETSTACK_SEED_COUNT";

    public static TheoryData<ulong> Seeds() => MakeSeeds(SeedCount);

    internal static TheoryData<ulong> MakeSeeds(int usualCount)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable(SeedCountVariable), CultureInfo.InvariantCulture, out int wanted)
            ? wanted
            : usualCount;
        return [.. Enumerable.Range(1, count).Select(seed => (ulong)seed)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Streams_arrive_whole_both_ways_whatever_the_network_does(ulong seed)
    {
        SeededEntropy entropy = new SeededEntropy(seed).Fork("conditions");
        int mtu = RandomConditions.DrawMtu(entropy);
        LinkConditions there = RandomConditions.DrawLink(entropy) with { MtuBytes = mtu };
        LinkConditions back = RandomConditions.DrawLink(entropy) with { MtuBytes = mtu };
        long bytes = 200_000 + entropy.Next(300_000);
        TransferOptions options = new()
        {
            Ends = RandomConditions.DrawEnds(entropy),
            Hosts = RandomConditions.DrawHosts(entropy),
            BackConditions = back,
            BackBytes = entropy.Next(400_000),
            Client = RandomConditions.DrawConnection(entropy),
            Server = RandomConditions.DrawConnection(entropy),
            ServerPace = RandomConditions.DrawPace(entropy),
            ClientPace = RandomConditions.DrawPace(entropy),
            LargestWriteBytes = entropy.Next(3) == 0 ? 1 + entropy.Next(20_000) : 0,
        };

        TransferResult result = Transfer.Run(seed, bytes, there, options);

        Assert.Equal(bytes, result.Bytes);
        Assert.True(result.GoodputBitsPerSecond > 0);
    }
}
