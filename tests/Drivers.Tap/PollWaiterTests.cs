using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>TAPs under the waiter that all devices of Linux share.</summary>
public sealed class PollWaiterTests
{
    [TapFact]
    public async Task Two_taps_and_a_wake_share_one_sleep()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        using AttachedTap first = new(space, "tap0");
        using AttachedTap second = new(space, "tap1");
        await space.IpAsync("address add 10.9.1.1/24 dev tap1");
        Assert.True(first.Waiter.TryAdd(second.Device));

        byte[] request = ArpFrame.Request(second.Device.Address, "10.9.1.2", "10.9.1.1");
        Assert.Equal(1, second.Transmit(second.FrameOf(request)));
        PacketBuffer[] burst = new PacketBuffer[8];
        int count = 0;
        while (count == 0)
        {
            // The one waiter sleeps for both: without watching the second, this would be for ever.
            first.Waiter.Wait(Duration.Infinite);
            count = second.Device.Receive(burst, Instant.Origin);
        }

        Assert.True(ArpFrame.IsReply(burst[0].Span, "10.9.1.1"));
        for (int i = 0; i < count; i++)
        {
            second.Pool.Return(burst[i]);
        }
    }

    [TapFact]
    public async Task A_device_disposed_before_its_waiter_leaves_the_waiter_sound()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        TapDevice device = space.Enter(() => TapDevice.Open("tap0"));
        IDeviceWaiter waiter = device.CreateWaiter();
        device.Dispose();
        waiter.Wake();
        waiter.Wait(Duration.Infinite);

        // The number of the descriptor is not given to another file before the last that watches it is gone.
        Assert.Contains("tap0", await space.IpAsync("link show"), StringComparison.Ordinal);
        waiter.Dispose();
        Assert.DoesNotContain("tap0", await space.IpAsync("link show"), StringComparison.Ordinal);
    }
}
