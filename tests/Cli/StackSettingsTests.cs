using NetStack.Cli.Composition;
using NetStack.Drivers.XenNetfront;

namespace NetStack.Cli.Tests;

public class StackSettingsTests
{
    [Fact]
    public void What_is_given_is_what_the_stack_is_made_of()
    {
        StackSettings settings = Parse(
            "if=tap:tap0", "ip=10.9.0.2/24", "ip=10.10.0.2/16", "gateway=10.9.0.1", "dns=10.9.0.3", "dns=10.9.0.4",
            "mac=02:00:00:00:00:05", "mtu=1400", "pcap=x.pcapng", "offload=off", "queues=4", "cc=newreno", "seed=18446744073709551615");

        Assert.Equal([new DeviceSpecification(DeviceKind.Tap, "tap0")], settings.Devices);
        Assert.Equal(["10.9.0.2/24", "10.10.0.2/16"], settings.Addresses[0].Select(address => address.ToString()));
        Assert.Equal("10.9.0.1", settings.Gateway?.ToString());
        Assert.True(settings.IsGatewayBehind(0));
        Assert.Equal(["10.9.0.3", "10.9.0.4"], settings.DnsServers.Select(server => server.ToString()));
        Assert.Equal("02:00:00:00:00:05", settings.Mac?.ToString());
        Assert.Equal(1400, settings.MtuBytes);
        Assert.Equal("x.pcapng", settings.CaptureFile);
        Assert.Equal(4, settings.Queues);
        Assert.Equal(ulong.MaxValue, settings.Seed);
    }

    [Fact]
    public void An_interface_of_Xen_is_the_first_unless_it_is_numbered_and_does_without_the_features_that_are_named()
    {
        Assert.Equal("xen:0", Assert.Single(Parse("if=xen", "ip=10.9.0.2/24").Devices).ToString());
        StackSettings settings = Parse("if=xen:2", "ip=10.9.0.2/24", "queues=4", "xenoff=gso4", "xenoff=split");

        NetfrontOptions options = settings.Xen.ToOptions(settings.Queues, settings.MtuBytes, settings.Offloads);
        Assert.Equal("xen:2", Assert.Single(settings.Devices).ToString());
        Assert.Equal(4, options.Queues);
        Assert.False(options.SegmentationV4 || options.SplitEventChannels);
        Assert.True(options.SegmentationV6 && options.ScatterGather && options.ChecksumV4 && options.MulticastControl && options.StagingGrants);
        NetfrontOptions bare = settings.Xen.ToOptions(queues: 1, mtuBytes: null, offloads: false);
        Assert.False(bare.SegmentationV4 || bare.SegmentationV6 || bare.ChecksumV4 || bare.ChecksumV6);
    }

    [Fact]
    public void Several_devices_take_one_address_each_in_their_order()
    {
        StackSettings settings = Parse("if=tap:tap0", "if=sim", "ip=10.9.0.2/24", "ip=10.10.0.2/24", "gateway=10.10.0.1");

        Assert.Equal(["10.9.0.2/24", "10.10.0.2/24"], settings.Addresses.Select(addresses => Assert.Single(addresses).ToString()));
        Assert.False(settings.IsGatewayBehind(0));
        Assert.True(settings.IsGatewayBehind(1));
    }

    [Theory]
    [InlineData(2, "tap:", "ip=10.9.0.2/24", "if=tap:")]
    [InlineData(2, "tap:a/b", "ip=10.9.0.2/24", "if=tap:a/b")]
    [InlineData(2, "pcap:FILE", "ip=10.9.0.2/24", "if=pcap:")]
    [InlineData(2, "there is no such device", "ip=10.9.0.2/24", "if=eth0")]
    [InlineData(2, "there is no such device", "ip=10.9.0.2/24", "if=sim:1")]
    [InlineData(2, "xen:0", "ip=10.9.0.2/24", "if=xen:65536")]
    [InlineData(2, "twice", "ip=10.9.0.2/24", "if=xen", "if=xen:0")]
    [InlineData(2, "single TAP or capture only", "ip=10.9.0.2/24", "if=xen", "mac=02:00:00:00:00:01")]
    [InlineData(2, "there is no such feature", "ip=10.9.0.2/24", "if=xen", "xenoff=gso")]
    [InlineData(2, "twice", "ip=10.9.0.2/24", "if=tap:tap0", "if=tap:tap0")]
    [InlineData(2, "10.9.0.2/24", "if=sim", "ip=10.9.0.2")]
    [InlineData(2, "10.9.0.2/24", "if=sim", "ip=10.9.0.2/33")]
    [InlineData(2, "10.9.0.2/24", "if=sim", "ip=10.9.0/24")]
    [InlineData(2, "no host can have this address", "if=sim", "ip=10.9.0.0/24")]
    [InlineData(2, "no host can have this address", "if=sim", "ip=10.9.0.255/24")]
    [InlineData(2, "no host can have this address", "if=sim", "ip=127.0.0.1/8")]
    [InlineData(2, "no host can have this address", "if=sim", "ip=224.0.0.1/24")]
    [InlineData(2, "IPv6 is not available", "if=sim", "ip=2001:db8::2/64")]
    [InlineData(2, "twice", "if=sim", "ip=10.9.0.2/24", "ip=10.9.0.2/16")]
    [InlineData(2, "one --ip for each --if", "if=sim", "if=tap:tap0", "ip=10.9.0.2/24")]
    [InlineData(2, "in no network of the stack", "if=sim", "ip=10.9.0.2/24", "gateway=10.8.0.1")]
    [InlineData(2, "only once", "if=sim", "ip=10.9.0.2/24", "gateway=10.9.0.1", "gateway=10.9.0.3")]
    [InlineData(2, "this is no address", "if=sim", "ip=10.9.0.2/24", "dns=one")]
    [InlineData(2, "IPv6 is not available", "if=sim", "ip=10.9.0.2/24", "dns=2001:db8::1")]
    [InlineData(2, "no address of a single host", "if=sim", "ip=10.9.0.2/24", "dns=0.0.0.0")]
    [InlineData(2, "this is no station address", "if=tap:tap0", "ip=10.9.0.2/24", "mac=02:00:00")]
    [InlineData(2, "this is no station address", "if=tap:tap0", "ip=10.9.0.2/24", "mac=ff:ff:ff:ff:ff:ff")]
    [InlineData(2, "a single TAP or capture only", "if=sim", "ip=10.9.0.2/24", "mac=02:00:00:00:00:05")]
    [InlineData(2, "from 68 to 65521", "if=sim", "ip=10.9.0.2/24", "mtu=67")]
    [InlineData(2, "from 68 to 65521", "if=sim", "ip=10.9.0.2/24", "mtu=big")]
    [InlineData(2, "write on or off", "if=sim", "ip=10.9.0.2/24", "offload=maybe")]
    [InlineData(2, "the device sim has one queue", "if=sim", "ip=10.9.0.2/24", "queues=2")]
    [InlineData(2, "the device pcap:x has one queue", "if=tap:tap0", "if=pcap:x", "ip=10.9.0.2/24", "ip=10.8.0.2/24", "queues=2")]
    [InlineData(2, "from 1 to 16", "if=tap:tap0", "ip=10.9.0.2/24", "queues=0")]
    [InlineData(2, "from 1 to 16", "if=tap:tap0", "ip=10.9.0.2/24", "queues=17")]
    [InlineData(2, "only once", "if=tap:tap0", "ip=10.9.0.2/24", "queues=2", "queues=4")]
    [InlineData(2, "write cubic or newreno or bbr", "if=sim", "ip=10.9.0.2/24", "cc=vegas")]
    [InlineData(2, "there is no such congestion control", "if=sim", "ip=10.9.0.2/24", "cc=CUBIC")]
    [InlineData(2, "there is no such congestion control", "if=sim", "ip=10.9.0.2/24", "cc=")]
    [InlineData(2, "only once", "if=sim", "ip=10.9.0.2/24", "cc=bbr", "cc=cubic")]
    [InlineData(2, "whole number", "if=sim", "ip=10.9.0.2/24", "seed=-1")]
    public void What_cannot_be_is_refused_with_a_remedy(int exitCode, string text, params string[] settings)
    {
        CommandFailure failure = Assert.Throws<CommandFailure>(() => Parse(settings));

        Assert.Equal(exitCode, failure.ExitCode);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.Matches("[;:] ?.+", failure.Message);
    }

    [Theory]
    [InlineData("cubic")]
    [InlineData("newreno")]
    [InlineData("bbr")]
    public void A_congestion_control_is_chosen_by_its_name(string name)
    {
        Assert.Equal(name, Parse("if=sim", "ip=10.9.0.2/24", $"cc={name}").Congestion!(1).Name);
        Assert.Null(Parse("if=sim", "ip=10.9.0.2/24").Congestion);
    }

    private static StackSettings Parse(params IEnumerable<string> settings)
    {
        Dictionary<string, IReadOnlyList<Setting>> given = SettingKey.All.ToDictionary(key => key, _ => (IReadOnlyList<Setting>)[]);
        foreach (IGrouping<string, string> group in settings.GroupBy(setting => setting.Split('=')[0]))
        {
            given[group.Key] = [.. group.Select(setting => new Setting(setting.Split('=', 2)[1], $"--{group.Key}"))];
        }

        return StackSettings.Parse(given);
    }
}
