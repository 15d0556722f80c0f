using NetStack.Core;

namespace NetStack.IP.Tests;

public sealed class FilterTests
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Icmp = 1;
    private const ushort MoreFragments = 0x2000;

    private static readonly byte[] _segment = Ports(4000, 80, 20);

    [Fact]
    public void TheFirstRuleThatMatchesDecides()
    {
        RouterRig rig = new(filter: new PacketFilter(
            [
                new FilterRule(FilterVerdict.Accept, Protocol: IpProtocol.Tcp, DestinationPorts: new PortRange(80, 90)),
                new FilterRule(FilterVerdict.Drop, Protocol: IpProtocol.Tcp),
            ],
            FilterVerdict.Drop));

        Assert.True(Passes(rig, Tcp, Ports(4000, 80, 20)));
        Assert.True(Passes(rig, Tcp, Ports(4000, 90, 20)));
        Assert.False(Passes(rig, Tcp, Ports(4000, 79, 20)));
        Assert.False(Passes(rig, Tcp, Ports(4000, 91, 20)));
        Assert.False(Passes(rig, Udp, Ports(4000, 80, 20)));
        Assert.Equal(3, rig[DropReason.FilterDropped]);
        Assert.Empty(rig.TakeAnswers());
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData("10.0.0.0/24", null, true)]
    [InlineData("10.0.0.2/32", null, true)]
    [InlineData("10.0.0.3/32", null, false)]
    [InlineData("10.0.1.0/24", null, false)]
    [InlineData("0.0.0.0/0", null, true)]
    [InlineData(null, "10.2.0.0/16", true)]
    [InlineData(null, "10.3.0.0/16", false)]
    [InlineData("10.0.0.0/24", "10.2.3.4/32", true)]
    [InlineData("10.0.0.0/24", "10.2.3.5/32", false)]
    public void ARuleMatchesByNetworks(string? source, string? destination, bool matches)
    {
        RouterRig rig = new(filter: new PacketFilter(
            [new FilterRule(FilterVerdict.Accept, Prefix(source), Prefix(destination))], FilterVerdict.Drop));

        Assert.Equal(matches, Passes(rig, Tcp, _segment));
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(1000, 1000, false)]
    [InlineData(4000, 4000, true)]
    [InlineData(0, 65535, true)]
    [InlineData(4001, 65535, false)]
    public void ARuleMatchesByTheSourcePort(ushort first, ushort last, bool matches)
    {
        RouterRig rig = new(filter: new PacketFilter(
            [new FilterRule(FilterVerdict.Accept, SourcePorts: new PortRange(first, last))], FilterVerdict.Drop));

        Assert.Equal(matches, Passes(rig, Udp, _segment));
        Assert.False(Passes(rig, Icmp, Frames.Icmp(8, 0, 0, [])));
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §5.2.7.1")]
    public void ARejectedPacketsSenderIsTold()
    {
        RouterRig rig = new(filter: new PacketFilter([new FilterRule(FilterVerdict.Reject, Protocol: IpProtocol.Udp)]));

        Assert.False(Passes(rig, Udp, Ports(4000, 53, 8)));

        Assert.Equal([3, 13], Assert.Single(rig.TakeAnswers())[20..22]);
        Assert.Equal(1, rig[DropReason.FilterRejected]);
        rig.AssertBalanced();
    }

    [Fact]
    public void ARuleOfOneWayIsNotAskedOnTheOther()
    {
        RouterRig rig = new(filter: new PacketFilter(
            [
                new FilterRule(FilterVerdict.Drop, Protocol: IpProtocol.Icmp, Way: FilterWay.Receive),
                new FilterRule(FilterVerdict.Drop, Protocol: IpProtocol.Tcp, Way: FilterWay.Forward),
            ]));

        rig.Send(Frames.Ipv4(RouterRig.Sender, HostRig.Local, Icmp, Frames.Icmp(8, 0, 1, [])));
        Assert.Empty(rig.TakeAnswers());
        Assert.True(Passes(rig, Icmp, Frames.Icmp(8, 0, 1, [])));
        Assert.False(Passes(rig, Tcp, _segment));
        Assert.Equal(2, rig[DropReason.FilterDropped]);
        rig.AssertBalanced();
    }

    [Fact]
    public void AReceivedBroadcastIsRejectedWithoutAnAnswer()
    {
        RouterRig rig = new(filter: new PacketFilter([], FilterVerdict.Reject));

        rig.Send(Frames.Ipv4(RouterRig.Sender, IpAddress.BroadcastV4, Udp, Ports(4000, 67, 8)), NetStack.Ethernet.MacAddress.Broadcast);

        Assert.Equal(1, rig[DropReason.FilterRejected]);
        Assert.Empty(rig.TakeAnswers());
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(Tcp, MoreFragments, 15, DropReason.FilterFragment)]
    [InlineData(Tcp, MoreFragments, 16, null)]
    [InlineData(Tcp, 1, 16, DropReason.FilterFragment)]
    [InlineData(Tcp, 2, 16, null)]
    [InlineData(Udp, MoreFragments, 7, DropReason.FilterFragment)]
    [InlineData(Udp, 1, 8, null)]
    [InlineData(Tcp, 0, 3, DropReason.FilterFragment)]
    [Trait("RFC", "1858 §3, 3128 §2.1")]
    public void FragmentsThatHideTheirPortsAreDropped(byte protocol, ushort fragment, int payloadBytes, DropReason? reason)
    {
        RouterRig rig = new(filter: new PacketFilter(
            [new FilterRule(FilterVerdict.Drop, DestinationPorts: new PortRange(22))]));

        Assert.Equal(reason is null, Passes(rig, protocol, Ports(4000, 80, 20).AsSpan(0, payloadBytes), fragment));
        Assert.Equal(reason is null ? 0 : 1, rig[DropReason.FilterFragment]);
        rig.AssertBalanced();
    }

    [Fact]
    public void RulesThatCannotBeAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new PacketFilter([new FilterRule(FilterVerdict.Drop, Prefix("2001:db8::/32"))]));
        Assert.Throws<ArgumentException>(() => new PacketFilter(
            [new FilterRule(FilterVerdict.Drop, Protocol: IpProtocol.Icmp, SourcePorts: new PortRange(1))]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PortRange(2, 1));
    }

    private static IpPrefix? Prefix(string? text) => text is not null && IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : null;

    private static byte[] Ports(ushort source, ushort destination, int lengthBytes)
    {
        byte[] payload = new byte[lengthBytes];
        payload[0] = (byte)(source >> 8);
        payload[1] = (byte)source;
        payload[2] = (byte)(destination >> 8);
        payload[3] = (byte)destination;
        return payload;
    }

    private static bool Passes(RouterRig rig, byte protocol, ReadOnlySpan<byte> payload, ushort fragment = 0)
    {
        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, protocol, payload, fragment: fragment));
        return rig.TakeForwarded().Count == 1;
    }
}
