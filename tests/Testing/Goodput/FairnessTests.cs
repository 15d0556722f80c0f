using NetStack.Core;
using NetStack.Tcp;
using Xunit.Abstractions;

namespace NetStack.Testing.Tests;

public class FairnessTests(ITestOutputHelper output)
{
    private const long RateBitsPerSecond = 20_000_000;
    private static readonly Duration _latency = Duration.FromMilliseconds(20);
    private static readonly int _bandwidthDelayBytes = (int)(RateBitsPerSecond / 8 * 2 * _latency.Nanoseconds / 1_000_000_000);

    [Theory]
    [InlineData("NewReno", 1)]
    [InlineData("NewReno", 2)]
    [InlineData("NewReno", 3)]
    public void Two_flows_of_one_kind_share_a_bottleneck(string controller, ulong seed)
    {
        long[] shares = Scenario.Run("fairness", seed, simulation =>
        {
            Bottleneck bottleneck = new(simulation, RateBitsPerSecond, _bandwidthDelayBytes, _latency);
            bottleneck.AddSender(Make(controller), Duration.Zero);
            bottleneck.AddSender(Make(controller), Duration.FromMilliseconds(500 * (long)seed));
            long[] result = bottleneck.MeasureShares(Duration.FromSeconds(60), Duration.FromSeconds(60));
            bottleneck.Finish();
            return result;
        });
        output.WriteLine($"{shares[0]} {shares[1]} {JainIndex(shares)} {(shares[0] + shares[1]) * 8 / 60}");
        Assert.InRange(JainIndex(shares), 0.95, 1);
    }

    private static Func<ulong, ICongestionController> Make(string name) => name switch
    {
        _ => static _ => new NewReno(),
    };

    private static double JainIndex(long[] shares)
    {
        double sum = shares.Sum();
        return sum * sum / (shares.Length * shares.Sum(share => (double)share * share));
    }
}
