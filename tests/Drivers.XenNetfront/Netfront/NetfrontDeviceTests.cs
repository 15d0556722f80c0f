using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

public class NetfrontDeviceTests
{
    [Fact]
    public void It_connects_and_carries_frames_both_ways()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        Assert.True(rig.Device.IsUp, rig.Device.Hint);
        Assert.Equal("4", rig.FrontendNode("state"));
        Assert.Equal("4", rig.BackendNode("state"));

        TestFrame[] sent = [.. Enumerable.Range(0, 300).Select(number => TestFrame.Make(number, 60 + number))];
        foreach (TestFrame frame in sent)
        {
            rig.Outside.Send(frame);
            if (!rig.Send(frame))
            {
                rig.Settle();
                Assert.True(rig.Send(frame));
            }
        }

        rig.Settle();
        Assert.Equal(sent.Select(frame => frame.Bytes), rig.Received.Select(frame => frame.Bytes));
        Assert.Equal(sent.Select(frame => frame.Bytes), rig.Outside.FromGuest.Select(frame => frame.Bytes));
        Assert.Equal(NetfrontFault.None, rig.Device.Fault);
    }
}
