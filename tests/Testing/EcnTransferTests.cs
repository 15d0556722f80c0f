using NetStack.Core;
using NetStack.Tcp;

namespace NetStack.Testing.Tests;

/// <summary>Transfers through a router that marks when its queue is a quarter full, and drops only when it is full.</summary>
public class EcnTransferTests
{
    private const long Bytes = 10_000_000;
    private const long RateBitsPerSecond = 20_000_000;

    private static readonly LinkConditions _bottleneck = new()
    {
        RateBitsPerSecond = RateBitsPerSecond,
        Latency = Duration.FromMilliseconds(20),
        QueueBytes = 400_000,
        MarkingQueueBytes = 100_000,
    };

    public static TheoryData<string, EcnUse> Choices
    {
        get
        {
            TheoryData<string, EcnUse> choices = [];
            foreach (string control in new[] { "newreno", "cubic" })
            {
                choices.Add(control, EcnUse.Ask);
                choices.Add(control, EcnUse.AskAccurate);
            }

            return choices;
        }
    }

    [Theory]
    [MemberData(nameof(Choices))]
    [Trait("RFC", "3168 §5, §6.1; 9768")]
    public void Marks_keep_the_queue_short_without_a_single_loss(string control, EcnUse ecn)
    {
        TransferResult result = Transfer.Run(11, Bytes, _bottleneck, Options(control, ecn));

        Assert.True(result.Forward.Marked > 0, "nothing was marked");
        Assert.Equal(0, result.Forward.QueueFull);
        Assert.Equal((0, 0, 0), (result.Retransmissions, result.Timeouts, result.FastRecoveries));
        Assert.True(result.GoodputBitsPerSecond > 0.85 * RateBitsPerSecond, $"{result.GoodputBitsPerSecond} bit/s");
    }

    [Theory]
    [InlineData("newreno")]
    [InlineData("cubic")]
    [Trait("RFC", "3168 §5")]
    public void Without_ECN_nothing_is_marked_and_the_full_queue_drops(string control)
    {
        TransferResult result = Transfer.Run(11, Bytes, _bottleneck with { QueueBytes = 90_000 }, Options(control, EcnUse.Off));

        Assert.Equal(0, result.Forward.Marked);
        Assert.True(result.Forward.QueueFull > 0, "nothing was dropped");
        Assert.True(result.Retransmissions >= result.Forward.QueueFull / 2);
    }

    private static TransferOptions Options(string control, EcnUse ecn)
    {
        TcpConnectionOptions options = new()
        {
            Ecn = ecn,
            CongestionController = control == "cubic" ? static _ => new Cubic() : static _ => new NewReno(),
        };
        return new TransferOptions { Client = options, Server = options };
    }
}
