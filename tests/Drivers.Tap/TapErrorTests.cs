using System.Runtime.Versioning;
using NetStack.Ethernet;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

[SupportedOSPlatform("linux")]
public sealed class TapErrorTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("tap 0")]
    [InlineData("tap0\n")]
    [InlineData("tap/0")]
    [InlineData("tap:0")]
    [InlineData("tap%d")]
    [InlineData("tåp0")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a234567890123456")]
    public void A_bad_name_is_refused_before_the_kernel_is_asked(string name)
    {
        TapException failure = Assert.Throws<TapException>(() => TapDevice.Open(name));
        Assert.Equal(TapError.BadName, failure.Error);
        AssertOneLine(failure);
    }

    [Fact]
    public void Fifteen_characters_are_a_name() => Assert.True(TapDevice.IsValidName("a23456789012345"));

    [Theory]
    [InlineData(-1)]
    [InlineData(67)]
    [InlineData(65_522)]
    public void An_mtu_out_of_range_is_refused(int mtuBytes)
    {
        TapException failure = Assert.Throws<TapException>(() => TapDevice.Open("tap0", new TapOptions { MtuBytes = mtuBytes }));
        Assert.Equal(TapError.BadMtu, failure.Error);
        AssertOneLine(failure);
    }

    [Theory]
    [InlineData("01:00:5e:00:00:01")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("00:00:00:00:00:00")]
    public void An_address_that_is_no_stations_is_refused(string text)
    {
        Assert.True(MacAddress.TryParse(text, out MacAddress address));
        TapException failure = Assert.Throws<TapException>(() => TapDevice.Open("tap0", new TapOptions { Address = address }));
        Assert.Equal(TapError.BadAddress, failure.Error);
        AssertOneLine(failure);
    }

    [TapFact]
    public async Task The_kernels_own_address_is_refused()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap");
        await space.IpAsync("link set dev tap0 address 02:00:00:00:00:07");
        TapException failure = FailureIn(space, "tap0", new TapOptions { Address = new MacAddress(0x02_00_00_00_00_07) });
        Assert.Equal(TapError.BadAddress, failure.Error);
    }

    [TapFact]
    public async Task An_mtu_beyond_that_of_an_existing_interface_is_refused()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", "10.9.0.1/24");
        TapException failure = FailureIn(space, "tap0", new TapOptions { MtuBytes = 1501 });
        Assert.Equal(TapError.BadMtu, failure.Error);
        Assert.Contains("ip link set dev tap0 mtu 1501", failure.Message, StringComparison.Ordinal);
    }

    [TapFact]
    public async Task A_tap_that_is_open_is_busy()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        using TapDevice device = space.Enter(() => TapDevice.Open("tap0"));
        Assert.Equal(TapError.Busy, FailureIn(space, "tap0").Error);
        Assert.True(device.IsUp);
    }

    [TapFact]
    public async Task Another_kind_of_interface_is_no_tap()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tun0 mode tun");
        Assert.Equal(TapError.NotATap, FailureIn(space, "tun0").Error);
        Assert.Equal(TapError.NotATap, FailureIn(space, "lo").Error);
    }

    [TapFact]
    public async Task Without_the_capability_no_tap_is_created()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        TapException failure = FailureIn(space, "tap0", before: ThreadRights.DropCapabilities);
        Assert.Equal(TapError.NotPermitted, failure.Error);
        Assert.Contains("CAP_NET_ADMIN", failure.Message, StringComparison.Ordinal);
    }

    [TapFact]
    public async Task A_missing_device_file_is_named()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        TapException failure = FailureIn(space, "tap0", before: () => ThreadRights.HideFolder("/dev/net"));
        Assert.Equal(TapError.DriverMissing, failure.Error);
        Assert.Contains("/dev/net/tun", failure.Message, StringComparison.Ordinal);
    }

    [TapFact]
    public async Task A_device_file_of_somebody_elses_is_named()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        TapException failure = FailureIn(space, "tap0", before: () =>
        {
            ThreadRights.HideFolder("/dev/net");
            File.WriteAllText("/dev/net/tun", "");
            File.SetUnixFileMode("/dev/net/tun", UnixFileMode.None);
            ThreadRights.DropCapabilities();
        });
        Assert.Equal(TapError.NotPermitted, failure.Error);
        Assert.Contains("/dev/net/tun", failure.Message, StringComparison.Ordinal);
    }

    [TapFact]
    public async Task A_file_that_is_no_tun_device_is_an_error_with_its_number()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        TapException failure = FailureIn(space, "tap0", before: () =>
        {
            ThreadRights.HideFolder("/dev/net");
            File.WriteAllText("/dev/net/tun", "");
        });
        Assert.Equal(TapError.SystemCallFailed, failure.Error);
        Assert.NotEqual(0, failure.ErrorNumber);
    }

    private static TapException FailureIn(NetworkNamespace space, string name, TapOptions? options = null, Action? before = null)
    {
        TapException failure = space.Enter(() =>
        {
            before?.Invoke();
            return Assert.Throws<TapException>(() => TapDevice.Open(name, options));
        });
        AssertOneLine(failure);
        Assert.StartsWith(name + ": ", failure.Message, StringComparison.Ordinal);
        return failure;
    }

    private static void AssertOneLine(TapException failure)
    {
        Assert.DoesNotContain('\n', failure.Message);
        Assert.EndsWith(failure.Error == TapError.BadName ? ")." : ".", failure.Message, StringComparison.Ordinal);
    }
}
