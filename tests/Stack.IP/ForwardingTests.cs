using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class ForwardingTests
{
    private const byte Udp = 17;
    private const ushort DontFragment = 0x4000;
    private const ushort MoreFragments = 0x2000;

    private static readonly byte[] _data = [1, 2, 3, 4, 5];

    [Fact]
    [Trait("RFC", "1812 §5.3.1, 1624 §3")]
    public void APacketGoesToTheGatewayWithOneHopLessAndARightChecksum()
    {
        RouterRig rig = new();
        byte[] datagram = Frames.Udp(RouterRig.Sender, RouterRig.Far, 4000, 53, _data);

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, datagram, ttl: 9, tos: 0x28, id: 77));

        byte[] frame = Assert.Single(rig.Outer.FromHost);
        Assert.Equal(Wire.PeerLink, Frames.LinkDestination(frame));
        Assert.Equal(
            Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, datagram, ttl: 8, tos: 0x28, id: 77), Assert.Single(rig.TakeForwarded()));
        Assert.Equal(1, rig[Counter.IpPacketsForwarded]);
        Assert.Empty(rig.TakeAnswers());
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1624 §3")]
    public void EveryHopLimitAndIdentificationKeepsTheChecksumRight()
    {
        RouterRig rig = new();
        for (int i = 0; i < 2000; i++)
        {
            byte ttl = (byte)(2 + (i % 254));
            rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, _data, ttl: ttl, id: (ushort)(i * 33)));
            byte[] packet = Assert.Single(rig.TakeForwarded());
            Assert.Equal(ttl - 1, packet[8]);
            Assert.Equal(0, Frames.Checksum(packet.AsSpan(0, 20)));
        }

        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.1.3")]
    public void AHostThatIsNoRouterForwardsNothing()
    {
        HostRig rig = new HostRig().KnowPeer();
        rig.Host.Routes.Add(new Route(new IpPrefix(RouterRig.Far, 16), HostRig.Peer, rig.Interface));

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, RouterRig.Far, Udp, _data)));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(1, rig[DropReason.Ipv4NotForUs]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [Trait("RFC", "1812 §5.3.1, §4.3.2.4")]
    public void APacketWithoutHopsLeftIsAnsweredFromTheLinkItCameBy(byte ttl)
    {
        RouterRig rig = new();
        byte[] packet = Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, Frames.Udp(RouterRig.Sender, RouterRig.Far, 4000, 33434, _data), ttl: ttl);

        rig.Send(packet);

        byte[] answer = Assert.Single(rig.TakeAnswers());
        Assert.Equal(HostRig.Local, Frames.Address(answer, 12));
        Assert.Equal(RouterRig.Sender, Frames.Address(answer, 16));
        Assert.Equal([11, 0], answer[20..22]);
        Assert.Equal(packet, answer[28..]);
        Assert.Empty(rig.TakeForwarded());
        Assert.Equal(1, rig[DropReason.HopLimitExceeded]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §4.3.2.8")]
    public void ErrorsAboutForwardedPacketsAreLimitedInRate()
    {
        RouterRig rig = new();
        for (int i = 0; i < 200; i++)
        {
            rig.Inner.Inject(Frames.Frame(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, _data, ttl: 1)));
        }

        rig.Turn();

        Assert.Equal(new IpHostOptions().IcmpErrorBurst, rig.TakeAnswers().Count);
        Assert.Equal(200, rig[DropReason.HopLimitExceeded]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §5.2.7.1")]
    public void ADestinationWithoutRouteIsUnreachable()
    {
        RouterRig rig = new();

        rig.Send(Frames.Ipv4(RouterRig.Sender, IpAddress.Parse("192.0.2.1"), Udp, _data));

        Assert.Equal([3, 0], Assert.Single(rig.TakeAnswers())[20..22]);
        Assert.Equal(1, rig[DropReason.NoRoute]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §5.2.7.1")]
    public void AGatewayThatDoesNotAnswerMakesTheHostUnreachable()
    {
        RouterRig rig = new(knowsGateway: false);

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, _data));
        rig.Pass(Duration.FromSeconds(5));

        Assert.Equal([3, 1], Assert.Single(rig.TakeAnswers())[20..22]);
        Assert.Equal(1, rig[DropReason.NeighborUnreachable]);
        Assert.Empty(rig.TakeForwarded());
        Assert.Equal(0, rig.Pool.OutstandingBlocks);
    }

    [Fact]
    [Trait("RFC", "1191 §4, 1812 §5.2.6")]
    public void APacketThatMayNotBeCutTellsTheMtuOfTheNextLink()
    {
        RouterRig rig = new(new Wire(mtuBytes: 1000));

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, new byte[981], fragment: DontFragment));

        byte[] answer = Assert.Single(rig.TakeAnswers());
        Assert.Equal([3, 4], answer[20..22]);
        Assert.Equal(1000, Frames.Word(answer, 26));
        Assert.Empty(rig.TakeForwarded());
        Assert.Equal(1, rig[DropReason.PacketTooBig]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "791 §3.2")]
    public void APacketThatMayBeCutLeavesInFragmentsThatMakeItWholeAgain()
    {
        RouterRig rig = new(new Wire(mtuBytes: 576));
        byte[] payload = [.. Enumerable.Range(0, 1400).Select(i => (byte)(i * 7))];

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, payload, id: 500, ttl: 64));

        AssertFragments(rig.TakeForwarded(), payload, firstOffset: 0, isLast: true);
        Assert.Equal(1, rig[Counter.IpPacketsFragmented]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "791 §3.2")]
    public void AFragmentIsCutOnceMore()
    {
        RouterRig rig = new(new Wire(mtuBytes: 576));
        byte[] payload = [.. Enumerable.Range(0, 1400).Select(i => (byte)(i * 3))];

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, payload, id: 500, fragment: MoreFragments | (800 / 8)));

        AssertFragments(rig.TakeForwarded(), payload, firstOffset: 800, isLast: false);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "791 §3.1")]
    public void OnlyCopiedOptionsGoIntoEveryFragment()
    {
        RouterRig rig = new(new Wire(mtuBytes: 576));

        // A router alert (copied), and a time stamp that is full (not copied).
        byte[] options = [148, 4, 0, 0, 68, 8, 9, 0, 1, 2, 3, 4];
        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, new byte[1000], options));

        List<byte[]> fragments = rig.TakeForwarded();
        Assert.Equal(2, fragments.Count);
        Assert.Equal(options, fragments[0][20..32]);
        Assert.Equal(0x46, fragments[1][0]);
        Assert.Equal([148, 4, 0, 0], fragments[1][20..24]);
        Assert.All(fragments, fragment => Assert.Equal(0, Frames.Checksum(fragment.AsSpan(0, (fragment[0] & 15) * 4))));
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData("10.0.0.2", "224.1.2.3", DropReason.ForwardRefused)]
    [InlineData("10.0.0.2", "240.0.0.1", DropReason.ForwardRefused)]
    [InlineData("10.0.0.2", "127.0.0.1", DropReason.ForwardRefused)]
    [InlineData("10.0.0.2", "0.1.2.3", DropReason.ForwardRefused)]
    [InlineData("10.0.0.2", "169.254.1.1", DropReason.ForwardRefused)]
    [InlineData("169.254.1.1", "10.2.3.4", DropReason.ForwardRefused)]
    [InlineData("10.0.0.2", "10.1.0.255", DropReason.ForwardRefused)]
    [InlineData("127.0.0.1", "10.2.3.4", DropReason.Ipv4BadSource)]
    [InlineData("224.0.0.1", "10.2.3.4", DropReason.Ipv4BadSource)]
    [InlineData("10.0.0.255", "10.2.3.4", DropReason.Ipv4BadSource)]
    [InlineData("10.1.0.1", "10.2.3.4", DropReason.Ipv4BadSource)]
    [Trait("RFC", "1812 §5.3.7, 2644 §2, 3927 §7")]
    public void AddressesThatMeanNothingBeyondTheirLinkAreNotForwarded(string source, string destination, DropReason reason)
    {
        RouterRig rig = new();

        rig.Send(Frames.Ipv4(IpAddress.Parse(source), IpAddress.Parse(destination), Udp, _data));

        Assert.Empty(rig.TakeForwarded());
        Assert.Empty(rig.TakeAnswers());
        Assert.Equal(1, rig[reason]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §5.3.4")]
    public void APacketInALinkBroadcastIsNotForwarded()
    {
        RouterRig rig = new();

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, _data), MacAddress.Broadcast);

        Assert.Empty(rig.TakeForwarded());
        Assert.Equal(1, rig[DropReason.ForwardRefused]);
        rig.AssertBalanced();
    }

    [Fact]
    public void AChangeOfRoutesTakesEffectWithTheNextPacket()
    {
        RouterRig rig = new();
        byte[] packet = Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, _data);
        rig.Send(packet);
        Assert.Single(rig.TakeForwarded());

        rig.Host.Routes.Remove(new Route(new IpPrefix(RouterRig.Far, 16), RouterRig.Gateway, rig.Host.Interfaces[1]));
        rig.Send(packet);

        Assert.Empty(rig.TakeForwarded());
        Assert.Equal(1, rig[DropReason.NoRoute]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(DeviceOffloads.None, ChecksumState.None)]
    [InlineData(DeviceOffloads.TransmitChecksumV4, ChecksumState.ToBeFilled)]
    public void AChecksumLeftOpenIsFilledWhereTheNextDeviceDoesNot(DeviceOffloads offloads, ChecksumState expected)
    {
        RouterRig rig = new(new Wire(offloads: offloads));
        rig.Inner.Mark = static frame =>
        {
            frame.Checksum = ChecksumState.ToBeFilled;
            frame.ChecksumStart = (ushort)(frame.Start + Frames.LinkBytes + 20);
            frame.ChecksumOffset = 6;
        };
        byte[] whole = Frames.Udp(RouterRig.Sender, RouterRig.Far, 4000, 53, _data);
        byte[] open = [.. whole];
        ushort pseudo = (ushort)~Frames.Checksum(Frames.PseudoHeader(RouterRig.Sender, RouterRig.Far, Udp, open.Length));
        open[6] = (byte)(pseudo >> 8);
        open[7] = (byte)pseudo;

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, Udp, open));

        Assert.Equal((expected, GsoType.None, 0), Assert.Single(rig.Outer.FactsFromHost));
        Assert.Equal(expected == ChecksumState.None ? whole : open, Assert.Single(rig.TakeForwarded())[20..]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1441, false)]
    public void ASuperFrameKeepsItsSegmentsWhereTheyFitTheNextLink(int segmentBytes, bool isForwarded)
    {
        RouterRig rig = new(new Wire(
            offloads: DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.SegmentTcpV4));
        rig.Inner.Mark = frame =>
        {
            frame.Checksum = ChecksumState.ToBeFilled;
            frame.ChecksumStart = (ushort)(frame.Start + Frames.LinkBytes + 20);
            frame.ChecksumOffset = 16;
            frame.Gso = GsoType.TcpV4;
            frame.GsoSizeBytes = (ushort)segmentBytes;
        };
        byte[] segment = new byte[40 + 3000];
        segment[12] = 10 << 4;

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, 6, segment, fragment: DontFragment));

        if (isForwarded)
        {
            Assert.Equal((ChecksumState.ToBeFilled, GsoType.TcpV4, segmentBytes), Assert.Single(rig.Outer.FactsFromHost));
            Assert.Equal(20 + segment.Length, Assert.Single(rig.TakeForwarded()).Length);
        }
        else
        {
            Assert.Equal([3, 4], Assert.Single(rig.TakeAnswers())[20..22]);
            Assert.Empty(rig.TakeForwarded());
        }

        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "9293 §3.1")]
    public void ASuperFrameIsCutForADeviceThatDoesNot()
    {
        RouterRig rig = new();
        rig.Inner.Mark = static frame =>
        {
            frame.Checksum = ChecksumState.Validated;
            frame.Gso = GsoType.TcpV4;
            frame.GsoSizeBytes = 1000;
        };
        byte[] segment = new byte[20 + 2500];
        segment[7] = 100;
        segment[12] = 5 << 4;
        segment[13] = 0x18;
        for (int i = 20; i < segment.Length; i++)
        {
            segment[i] = (byte)i;
        }

        rig.Send(Frames.Ipv4(RouterRig.Sender, RouterRig.Far, 6, segment, fragment: DontFragment, id: 7));

        List<byte[]> parts = rig.TakeForwarded();
        Assert.Equal([1000, 1000, 500], parts.Select(part => part.Length - 40));
        for (int i = 0; i < parts.Count; i++)
        {
            byte[] part = parts[i];
            Assert.Equal(0, Frames.Checksum(part.AsSpan(0, 20)));
            Assert.Equal(part.Length, Frames.Word(part, 2));
            Assert.Equal(7 + i, Frames.Word(part, 4));
            Assert.Equal(63, part[8]);
            Assert.Equal(100 + (1000 * i), Frames.Word(part, 26));
            Assert.Equal(i == 2 ? 0x18 : 0x10, part[33]);
            Assert.Equal(0, Frames.Checksum([.. Frames.PseudoHeader(RouterRig.Sender, RouterRig.Far, 6, part.Length - 20), .. part[20..]]));
            Assert.Equal(segment.AsSpan(20 + (1000 * i), part.Length - 40).ToArray(), part[40..]);
        }

        rig.AssertBalanced();
    }

    private static void AssertFragments(List<byte[]> fragments, byte[] payload, int firstOffset, bool isLast)
    {
        int offset = 0;
        foreach (byte[] fragment in fragments)
        {
            ushort field = Frames.Word(fragment, 6);
            Assert.InRange(fragment.Length, 21, 576);
            Assert.Equal(500, Frames.Word(fragment, 4));
            Assert.Equal(63, fragment[8]);
            Assert.Equal(0, Frames.Checksum(fragment.AsSpan(0, 20)));
            Assert.Equal((firstOffset + offset) / 8, field & 0x1FFF);
            Assert.Equal(payload.AsSpan(offset, fragment.Length - 20).ToArray(), fragment[20..]);
            offset += fragment.Length - 20;
            Assert.Equal(offset < payload.Length || !isLast, (field & MoreFragments) != 0);
        }

        Assert.Equal(payload.Length, offset);
    }
}
