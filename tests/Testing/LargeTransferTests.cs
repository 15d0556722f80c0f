using NetStack.Core;

namespace NetStack.Testing.Tests;

public class LargeTransferTests
{
    private const long HundredMegabytes = 100_000_000;

    [Fact]
    public void A_hundred_megabytes_arrive_whole_through_five_percent_loss_each_way()
    {
        LinkConditions lossy = new() { Loss = 0.05, Latency = Duration.FromMilliseconds(1) };

        TransferResult result = Transfer.Run(20_251_120, HundredMegabytes, lossy);

        Assert.Equal(HundredMegabytes, result.Bytes);
        Assert.InRange(result.Forward.Lost, result.Forward.Offered / 25, result.Forward.Offered / 16);
        Assert.True(result.Retransmissions >= result.Forward.Lost / 2);
    }
}
