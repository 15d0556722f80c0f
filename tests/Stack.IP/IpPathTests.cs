using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class IpPathTests
{
    private static readonly IpAddress Far = IpAddress.Parse("192.0.2.7");
    private static readonly IpAddress Gateway = IpAddress.Parse("10.0.0.254");

    [Fact]
    [Trait("RFC", "1122 §3.3.1.1")]
    public void NeighborIsReachedOverTheLinkAndAFarHostThroughTheGateway()
    {
        HostRig rig = new();
        rig.Host.Routes.Add(new Route(new IpPrefix(IpAddress.AnyV4, 0), Gateway, rig.Interface));

        IpPath near = rig.Host.FindPath(HostRig.Peer)!;
        IpPath far = rig.Host.FindPath(Far)!;

        Assert.Equal(HostRig.Local, near.Source);
        Assert.Equal(HostRig.Peer, near.NextHop);
        Assert.Equal(HostRig.Local, far.Source);
        Assert.Equal(Gateway, far.NextHop);
        Assert.Equal(1500, far.MtuBytes);
        Assert.Equal(rig.Interface, far.Interface);
    }

    [Fact]
    [Trait("RFC", "1122 §3.3.1.1")]
    public void PacketThroughTheGatewayGoesToTheGatewaysLinkAddress()
    {
        HostRig rig = new();
        rig.Host.Routes.Add(new Route(new IpPrefix(IpAddress.AnyV4, 0), Gateway, rig.Interface));

        rig.Host.Transmit(rig.Payload([1, 2, 3]), rig.Host.FindPath(Far)!, (IpProtocol)253, default, rig.Now);
        Assert.Equal(Frames.Arp(ArpOperation.Request, Wire.HostLink, HostRig.Local, default, Gateway), rig.TakeOne());
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, Gateway, Wire.HostLink, HostRig.Local));

        byte[] frame = rig.TakeOne();
        Assert.Equal(Wire.PeerLink, Frames.LinkDestination(frame));
        Assert.Equal(Far, Frames.Address(Frames.Packet(frame), 16));
    }

    [Fact]
    public void WithoutARouteThereIsNoPath()
    {
        HostRig rig = new();

        Assert.Null(rig.Host.FindPath(Far));
        Assert.Null(rig.Host.FindPath(IpAddress.AnyV4));
        Assert.Null(rig.Host.FindPath(HostRig.Peer, Far));
        Assert.Null(rig.Host.FindPath(HostRig.Peer, IpAddress.LoopbackV4));
    }

    [Fact]
    [Trait("RFC", "1122 §3.3.4.3")]
    public void SourceIsTheAddressInTheNextHopsNetwork()
    {
        HostRig rig = new();
        rig.Interface.Add(IpPrefixOf("172.16.0.1/16"));
        rig.Interface.Add(IpPrefixOf("172.16.5.1/24"));

        Assert.Equal("172.16.5.1", rig.Host.FindPath(IpAddress.Parse("172.16.5.9"))!.Source.ToString());
        Assert.Equal("172.16.0.1", rig.Host.FindPath(IpAddress.Parse("172.16.9.9"))!.Source.ToString());
        Assert.Equal("10.0.0.1", rig.Host.FindPath(HostRig.Peer)!.Source.ToString());
        Assert.Equal("172.16.0.1", rig.Host.FindPath(HostRig.Peer, IpAddress.Parse("172.16.0.1"))!.Source.ToString());
    }

    [Fact]
    public void PathIsOneObjectUntilRoutesOrAddressesChange()
    {
        HostRig rig = new();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;
        Assert.Same(path, rig.Host.FindPath(HostRig.Peer));
        Assert.Same(path, rig.Host.FindPath(HostRig.Peer, HostRig.Local));
        Assert.Same(path, rig.Host.FindPath(HostRig.Peer, IpAddress.AnyV4));

        rig.Host.Routes.Add(new Route(new IpPrefix(IpAddress.AnyV4, 0), Gateway, rig.Interface));
        Assert.True(path.IsStale);
        IpPath second = rig.Host.FindPath(HostRig.Peer)!;
        Assert.NotSame(path, second);
        rig.Interface.Remove(new IpPrefix(HostRig.Local, 24));

        Assert.True(second.IsStale);
        Assert.Null(rig.Host.FindPath(HostRig.Peer, HostRig.Local));
    }

    [Fact]
    public void CacheIsBoundedAndWhatItForgetsIsStale()
    {
        HostRig rig = new(options: new IpHostOptions { MaximumPaths = 8 });
        IpPath first = rig.Host.FindPath(HostRig.Peer, HostRig.Local)!;

        for (uint i = 10; i < 30; i++)
        {
            Assert.NotNull(rig.Host.FindPath(new IpAddress(0x0A00_0000 + i)));
        }

        Assert.True(first.IsStale);
        Assert.False(rig.Host.FindPath(HostRig.Peer, HostRig.Local)!.IsStale);
    }

    [Fact]
    public void EachOfManyPeersHasItsOwnPathWhereverTheyMeet()
    {
        // Many more than the table of late paths has places, in two orders.
        HostRig rig = new();
        rig.Host.Routes.Add(new Route(new IpPrefix(IpAddress.AnyV4, 0), Gateway, rig.Interface));
        IpAddress[] peers = [.. Enumerable.Range(0, 3000).Select(i => new IpAddress(0xC000_0200 + (uint)i))];
        IpPath[] paths = [.. peers.Select(peer => rig.Host.FindPath(peer, HostRig.Local)!)];

        Assert.Equal(peers, paths.Select(path => path.Destination));
        for (int i = peers.Length - 1; i >= 0; i--)
        {
            Assert.Same(paths[i], rig.Host.FindPath(peers[i], HostRig.Local));
            Assert.Same(paths[i], rig.Host.FindPath(peers[i], HostRig.Local));
        }
    }

    [Fact]
    public void PathFromOneSourceIsNotThatFromAnother()
    {
        HostRig rig = new();
        IpAddress second = IpAddress.Parse("10.0.0.77");
        rig.Interface.Add(new IpPrefix(second, 24));

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(HostRig.Local, rig.Host.FindPath(HostRig.Peer, HostRig.Local)!.Source);
            Assert.Equal(second, rig.Host.FindPath(HostRig.Peer, second)!.Source);
        }
    }

    [Theory]
    [InlineData("255.255.255.255", "ff:ff:ff:ff:ff:ff", true)]
    [InlineData("10.0.0.255", "ff:ff:ff:ff:ff:ff", true)]
    [InlineData("224.0.0.251", "01:00:5e:00:00:fb", false)]
    [InlineData("239.129.2.3", "01:00:5e:01:02:03", false)]
    [Trait("RFC", "1112 §6.4")]
    public void GroupsHaveLinkAddressesOfTheirOwn(string destination, string link, bool isBroadcast)
    {
        HostRig rig = new();
        IpPath path = rig.Host.FindPath(IpAddress.Parse(destination))!;

        rig.Host.Transmit(rig.Payload([1]), path, (IpProtocol)253, default, rig.Now);

        Assert.Equal(link, Frames.LinkDestination(rig.TakeOne()).ToString());
        Assert.Equal(isBroadcast, path.IsBroadcast);
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.1.3")]
    public void HostWithoutAddressBroadcastsFromTheUnspecifiedOne()
    {
        HostRig rig = new(addAddress: false);

        rig.Host.Transmit(
            rig.Payload([1]), rig.Host.FindPath(IpAddress.BroadcastV4)!, (IpProtocol)253, default, rig.Now);

        Assert.Equal(IpAddress.AnyV4, Frames.Address(Frames.Packet(rig.TakeOne()), 12));
        Assert.Null(rig.Host.FindPath(HostRig.Peer));
    }

    [Fact]
    public void MediumWithoutLinkAddressesNeedsNoNeighbor()
    {
        HostRig rig = new(new Wire(DeviceMedium.Ip));

        rig.Host.Transmit(rig.Payload([7]), rig.Host.FindPath(HostRig.Peer)!, (IpProtocol)253, default, rig.Now);

        byte[] packet = rig.TakeOne();
        Assert.Equal(Frames.Ipv4(HostRig.Local, HostRig.Peer, 253, [7], fragment: 0x4000), packet);
    }

    [Fact]
    public void PacketOfMoreBlocksThanTheDeviceTakesIsCopied()
    {
        HostRig rig = new HostRig().KnowPeer();
        PacketBuffer packet = rig.Payload([0]);
        for (byte i = 1; i < 40; i++)
        {
            PacketBuffer block = rig.Pool.TryLease(0)!;
            block.Extend(1)[0] = i;
            packet.Last.Append(block);
        }

        rig.Host.Transmit(packet, rig.Host.FindPath(HostRig.Peer)!, (IpProtocol)253, default, rig.Now);

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (byte)i), Frames.Payload(rig.TakeOne()).ToArray());
        rig.AssertBalanced();
    }

    private static IpPrefix IpPrefixOf(string text) => IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : default;
}
