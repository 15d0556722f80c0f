using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

public class HostileBackendTests
{
    [Theory]
    [InlineData(LieTarget.TransmitResponses)]
    [InlineData(LieTarget.ReceiveResponses)]
    [InlineData(LieTarget.ControlResponses)]
    [InlineData(LieTarget.Indices)]
    [InlineData(LieTarget.Pages)]
    [InlineData(LieTarget.Events)]
    [InlineData(LieTarget.Store)]
    [InlineData(LieTarget.Everything)]
    public void Lies_end_in_a_named_fault_or_in_service_and_leak_nothing(LieTarget target)
    {
        long told = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using NetfrontRig rig = new();
            rig.Twin.Lies = new NetbackLies(seed, target, interval: 4);
            for (int turn = 0; turn < 300; turn++)
            {
                for (int i = 0; i < 4; i++)
                {
                    rig.Outside.Send(TestFrame.Make(i, 100 + (turn * 37 % 6000)));
                    rig.Send(TestFrame.MakeTcp(i % 2 == 0, turn * 41 % 6000));
                }

                rig.TurnGuest();
                rig.TurnTwin();
                rig.Xen.Now += Duration.FromMilliseconds(20);
            }

            told += rig.Twin.Lies.Told;
            Assert.Equal(rig.Device.Fault == NetfrontFault.None, rig.Device.Hint is null);
            rig.Twin.Lies = null;
            rig.Device.ReleaseBuffers();
            for (int turn = 0; turn < 400; turn++)
            {
                rig.TurnGuest();
                rig.TurnTwin();
                rig.Xen.Now += Duration.FromMilliseconds(20);
            }

            Assert.True(rig.Pool.OutstandingBlocks == 0, $"seed {seed}: {rig.Pool.DescribeOutstanding()}");
            rig.Device.Dispose();
            Assert.Equal(0, rig.Guest.Grants.InUse);
        }

        Assert.True(told > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void After_a_fault_it_serves_an_honest_backend_again(ulong seed)
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Twin.Lies = new NetbackLies(seed, LieTarget.Indices, interval: 1);
        for (int turn = 0; turn < 100 && rig.Device.Fault == NetfrontFault.None; turn++)
        {
            rig.Send(TestFrame.Make(turn));
            rig.TurnGuest();
            rig.TurnTwin();
        }

        Assert.NotEqual(NetfrontFault.None, rig.Device.Fault);
        Assert.Contains("xen:0", rig.Device.Hint, StringComparison.Ordinal);
        rig.Twin.Lies = null;
        for (int i = 0; i < 3; i++)
        {
            rig.Pass(Duration.FromSeconds(1));
        }

        Assert.True(rig.Device.IsUp, $"{rig.Device.Hint} {rig.FrontendNode("state")} {rig.BackendNode("state")}");
        Assert.Equal(NetfrontFault.None, rig.Device.Fault);
        rig.Outside.Send(TestFrame.Make(5));
        int received = rig.Received.Count;
        rig.Settle();
        Assert.Equal(received + 1, rig.Received.Count);
    }
}
