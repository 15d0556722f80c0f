using NetStack.Ethernet;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

public sealed class TapDeviceTests
{
    [TapFact]
    public async Task Opening_a_free_name_creates_an_interface_that_is_up_and_goes_with_the_device()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        using (TapDevice device = space.Enter(() => TapDevice.Open("tap0")))
        {
            Assert.Equal("tap:tap0", device.Name);
            Assert.Equal("tap0", device.InterfaceName);
            Assert.Equal(DeviceMedium.Ethernet, device.Capabilities.Medium);
            Assert.Equal(1500, device.Capabilities.MtuBytes);
            Assert.True(device.IsUp);
            Assert.Null(device.Hint);
            Assert.Null(device.Fault);
            Assert.Contains("LOWER_UP", await space.IpAsync("link show dev tap0"), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("tap0", await space.IpAsync("link show"), StringComparison.Ordinal);
    }

    [TapFact]
    public async Task A_persistent_tap_is_opened_and_stays()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap7", "10.9.0.1/24", mtuBytes: 1400);
        using (TapDevice device = space.Enter(() => TapDevice.Open("tap7")))
        {
            Assert.Equal(1400, device.Capabilities.MtuBytes);
            Assert.True(device.IsUp);
        }

        Assert.Contains("10.9.0.1/24", await space.IpAsync("address show dev tap7"), StringComparison.Ordinal);
    }

    [TapFact]
    public async Task The_kernels_address_is_the_one_ip_shows_and_ours_is_another_local_one()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0"));
        Assert.Contains($"link/ether {device.KernelAddress} ", await space.IpAsync("link show dev tap0"), StringComparison.Ordinal);
        Assert.NotEqual(device.KernelAddress, device.Address);
        Assert.True(device.Address.IsLocal);
        Assert.False(device.Address.IsGroup);
    }

    [TapFact]
    public async Task The_same_name_and_entropy_give_the_same_address_and_others_another()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        MacAddress AddressOf(string name, ulong entropy)
        {
            using TapDevice device = space.Enter(() => TapDevice.Open(name, new TapOptions { Entropy = entropy }));
            return device.Address;
        }

        MacAddress address = AddressOf("tap0", 7);
        Assert.Equal(address, AddressOf("tap0", 7));
        Assert.NotEqual(address, AddressOf("tap0", 8));
        Assert.NotEqual(address, AddressOf("tap1", 7));
    }

    [TapFact]
    public async Task A_derived_address_gives_way_to_the_kernels()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap");
        TapOptions options = new() { Entropy = 1 };
        MacAddress first;
        using (TapDevice device = space.Enter(() => TapDevice.Open("tap0", options)))
        {
            first = device.Address;
        }

        await space.IpAsync($"link set dev tap0 address {first}");
        using TapDevice again = space.Enter(() => TapDevice.Open("tap0", options));
        Assert.Equal(first, again.KernelAddress);
        Assert.NotEqual(first, again.Address);
        Assert.False(again.Address.IsGroup);
    }

    [TapFact]
    public async Task An_address_asked_for_is_taken()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        MacAddress wanted = new(0x02_00_00_00_00_2A);
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0", new TapOptions { Address = wanted }));
        Assert.Equal(wanted, device.Address);
    }

    [TapFact]
    public async Task A_created_interface_takes_the_mtu_asked_for()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0", new TapOptions { MtuBytes = 9000 }));
        Assert.Equal(9000, device.Capabilities.MtuBytes);
        Assert.Contains("mtu 9000 ", await space.IpAsync("link show dev tap0"), StringComparison.Ordinal);
    }

    [TapFact]
    public async Task An_existing_interface_keeps_its_mtu_and_ours_may_be_smaller()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", "10.9.0.1/24");
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0", new TapOptions { MtuBytes = 1280 }));
        Assert.Equal(1280, device.Capabilities.MtuBytes);
        Assert.Contains("mtu 1500 ", await space.IpAsync("link show dev tap0"), StringComparison.Ordinal);
    }

    [TapFact]
    public async Task An_interface_that_is_down_without_addresses_is_set_up()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap");
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0"));
        Assert.True(device.IsUp);
        Assert.Null(device.Hint);
    }

    [TapTheory]
    [InlineData("10.9.0.1/24")]
    [InlineData("fd00::1/64")]
    public async Task An_interface_that_is_down_with_an_address_is_left_to_its_administrator(string address)
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync(hasIpv6: true);
        await space.IpAsync("tuntap add dev tap0 mode tap");
        await space.IpAsync($"address add {address} dev tap0");
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0"));
        Assert.False(device.IsUp);
        Assert.Contains("ip link set dev tap0 up", device.Hint, StringComparison.Ordinal);
    }

    [TapFact]
    public async Task An_interface_stays_down_where_setting_up_was_declined()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0", new TapOptions { SetUp = false }));
        Assert.False(device.IsUp);
        Assert.NotNull(device.Hint);
    }

    [TapFact]
    public async Task An_owner_without_the_right_to_set_the_interface_up_is_told_who_may()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap user root");
        using TapDevice device = space.Enter(() =>
        {
            ThreadRights.DropCapabilities();
            return TapDevice.Open("tap0");
        });
        Assert.False(device.IsUp);
        Assert.Contains("let root type \"ip link set dev tap0 up\"", device.Hint, StringComparison.Ordinal);
    }
}
