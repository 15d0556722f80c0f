using System.Globalization;

namespace NetStack.Drivers.XenNetfront.Tests;

public class HostileTwinTests
{
    private const long Lies = 20_000;

    /// <summary>How many lies are told in the slow test: NETSTACK_FUZZ_LIES.</summary>
    private static long ManyLies =>
        long.TryParse(Environment.GetEnvironmentVariable("NETSTACK_FUZZ_LIES"), CultureInfo.InvariantCulture, out long lies) ? lies : 1_000_000;

    [Theory]
    [InlineData(LieTarget.TransmitResponses)]
    [InlineData(LieTarget.ReceiveResponses)]
    [InlineData(LieTarget.ControlResponses | LieTarget.Events)]
    [InlineData(LieTarget.Indices)]
    [InlineData(LieTarget.Pages)]
    [InlineData(LieTarget.Store)]
    [InlineData(LieTarget.Death)]
    [InlineData(LieTarget.Everything)]
    public void Whatever_the_backend_lies_about_the_device_serves_or_ends_and_serves_again(LieTarget targets)
    {
        HostileTwin twin = new((ulong)targets + 1);

        twin.Run(targets == LieTarget.Death ? Lies / 20 : Lies, targets, perDevice: targets == LieTarget.Death ? 200 : 4000);

        Assert.True(twin.FramesReceived > 100, $"{twin.FramesReceived} frames were received");
        Assert.True(twin.FramesArrived > 100, $"{twin.FramesArrived} frames arrived outside");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_million_lies_are_outlived()
    {
        HostileTwin twin = new(20261126);

        twin.Run(ManyLies, LieTarget.Everything, perDevice: 10_000);

        Assert.True(twin.LiesTold >= ManyLies);
        Assert.DoesNotContain(NetfrontFault.PlatformFailed, twin.Faults.Keys);
        Assert.Contains(NetfrontFault.ResponsesBeyondRequests, twin.Faults.Keys);
        Assert.Contains(NetfrontFault.UnknownIdentifier, twin.Faults.Keys);
        Assert.Contains(NetfrontFault.BytesBeyondPage, twin.Faults.Keys);
    }
}
