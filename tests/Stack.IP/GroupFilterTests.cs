using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public class GroupFilterTests
{
    [Fact]
    public void A_device_is_told_that_the_host_listens_to_no_group()
    {
        PacketPool pool = new(64);
        IpHost host = new(pool, new TimerWheel(Instant.Origin), new SeededEntropy(1));
        using FilteringDevice device = new();
        host.Attach(device, () => { });

        Assert.NotNull(device.Groups);
        Assert.Empty(device.Groups);
    }

    private sealed class FilteringDevice : IEthernetDevice
    {
        public MacAddress[]? Groups { get; private set; }

        public string Name => "filtering";

        public MacAddress Address => new(0x02_00_00_00_00_01);

        public DeviceCapabilities Capabilities => new(DeviceMedium.Ethernet, 1500);

        public void Attach(PacketPool pool, Action wake)
        {
        }

        public int Receive(Span<PacketBuffer> burst, Instant now) => 0;

        public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now) => 0;

        public void Reclaim()
        {
        }

        public void FilterGroups(ReadOnlySpan<MacAddress> groups) => Groups = groups.ToArray();

        public IDeviceWaiter? CreateWaiter() => null;

        public void Dispose()
        {
        }
    }
}
