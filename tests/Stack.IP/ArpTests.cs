using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class ArpTests
{
    private static readonly MacAddress OtherLink = new(0x02_00_00_00_00_03);

    [Fact]
    [Trait("RFC", "826")]
    public void RequestForOurAddressIsAnsweredInItsBuffer()
    {
        HostRig rig = new();

        rig.Receive(Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local));

        Assert.Equal(
            Frames.Arp(ArpOperation.Reply, Wire.HostLink, HostRig.Local, Wire.PeerLink, HostRig.Peer, to: Wire.PeerLink),
            rig.TakeOne());
        Assert.Equal(1, rig[Counter.ArpRequestsReceived]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "826")]
    public void RequestPaddedByTheLinkGetsAnUnpaddedReply()
    {
        HostRig rig = new();
        byte[] request = Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local);

        rig.Receive([.. request, .. new byte[18]]);

        Assert.Equal(request.Length, rig.TakeOne().Length);
    }

    [Fact]
    [Trait("RFC", "826")]
    public void RequestForAnotherAddressIsNotAnswered()
    {
        HostRig rig = new();

        rig.Receive(Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, IpAddress.Parse("10.0.0.9")));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(1, rig[DropReason.ArpNotForUs]);
        Assert.Null(Neighbors(rig).Find(HostRig.Peer));
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(2, 0x86)]
    [InlineData(4, 8)]
    [InlineData(5, 16)]
    [InlineData(7, 3)]
    [InlineData(8, 0x01)]
    [Trait("RFC", "826")]
    public void MalformedMessageIsDropped(int offset, byte value)
    {
        HostRig rig = new();
        byte[] frame = Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local);
        frame[Frames.LinkBytes + offset] = value;

        rig.Receive(frame, frame[..(Frames.LinkBytes + 27)]);

        Assert.Empty(rig.TakeSent());
        Assert.Equal(2, rig[DropReason.ArpMalformed]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "5227 §2.3")]
    public void NewAddressIsAnnouncedTwice()
    {
        HostRig rig = new(addAddress: false);

        rig.Interface.Add(new IpPrefix(HostRig.Local, 24));
        byte[] first = rig.TakeOne();
        rig.Pass(Duration.FromMilliseconds(1900));
        Assert.Empty(rig.TakeSent());
        rig.Pass(Duration.FromMilliseconds(200));

        Assert.Equal(Frames.Arp(ArpOperation.Request, Wire.HostLink, HostRig.Local, default, HostRig.Local), first);
        Assert.Equal(first, rig.TakeOne());
    }

    [Fact]
    [Trait("RFC", "5227 §2.4")]
    public void ConflictIsCountedAndDefendedOnceInTenSeconds()
    {
        HostRig rig = new();
        byte[] claim = Frames.Arp(ArpOperation.Request, OtherLink, HostRig.Local, default, HostRig.Local);

        rig.Receive(claim, claim);

        Assert.Equal(Frames.Arp(ArpOperation.Request, Wire.HostLink, HostRig.Local, default, HostRig.Local), rig.TakeOne());
        rig.Pass(Duration.FromSeconds(11));
        rig.Receive(claim);
        Assert.Single(rig.TakeSent());
        Assert.Equal(3, rig[Counter.ArpConflicts]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "5227 §2.1.1")]
    public void ProbeIsAnsweredButTeachesNothing()
    {
        HostRig rig = new();

        rig.Receive(Frames.Arp(ArpOperation.Request, Wire.PeerLink, IpAddress.AnyV4, default, HostRig.Local));

        Assert.Equal(
            Frames.Arp(ArpOperation.Reply, Wire.HostLink, HostRig.Local, Wire.PeerLink, IpAddress.AnyV4, to: Wire.PeerLink),
            rig.TakeOne());
        Assert.Equal(0, Neighbors(rig).Count);
    }

    [Fact]
    [Trait("RFC", "1122 §2.3.2.2")]
    public void PacketsWaitForTheReplyAndLeaveInOrder()
    {
        HostRig rig = new();

        Send(rig, 1);
        Send(rig, 2);
        Assert.Equal(Frames.Arp(ArpOperation.Request, Wire.HostLink, HostRig.Local, default, HostRig.Peer), rig.TakeOne());
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local, to: Wire.HostLink));

        List<byte[]> sent = rig.TakeSent();
        Assert.Equal([1, 2], sent.Select(frame => Frames.Payload(frame)[0]));
        Assert.All(sent, frame => Frames.AssertPacket(frame, 253));
        Assert.Equal(NeighborState.Reachable, Neighbors(rig).Find(HostRig.Peer)!.State);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §2.3.2.2")]
    public void FullQueueKeepsTheLatestPackets()
    {
        HostRig rig = new(options: new IpHostOptions { NeighborQueuePackets = 3 });

        for (byte number = 0; number < 10; number++)
        {
            Send(rig, number);
        }

        rig.TakeSent();
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local));
        Assert.Equal([7, 8, 9], rig.TakeSent().Select(frame => Frames.Payload(frame)[0]));
        Assert.Equal(7, rig[DropReason.NeighborQueueFull]);
    }

    [Fact]
    [Trait("RFC", "1122 §2.3.2.2")]
    public void PacketsThatWaitLeaveRoomForTheReplyTheyWaitFor()
    {
        HostRig rig = new(options: new IpHostOptions { NeighborQueuePackets = 64 }, poolBlocks: 32);

        for (byte number = 0; number < 40; number++)
        {
            Send(rig, number);
        }

        rig.TakeSent();
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local));
        List<byte[]> sent = rig.TakeSent();
        Assert.Equal(39, Frames.Payload(sent[^1])[0]);
        Assert.InRange(sent.Count, 16, 31);
        Assert.Equal(0, rig[DropReason.PoolExhausted]);
    }

    [Fact]
    [Trait("RFC", "1122 §2.3.2.1")]
    public void SilentNeighborIsAskedThreeTimesASecondApartAndThenReported()
    {
        HostRig rig = new();
        RecordingTransport transport = new();
        rig.Host.Attach((IpProtocol)253, transport);

        Send(rig, 42);
        Assert.Single(rig.TakeSent());
        rig.Pass(Duration.FromMilliseconds(1100));
        Assert.Single(rig.TakeSent());
        rig.Pass(Duration.FromMilliseconds(1000));
        Assert.Single(rig.TakeSent());
        Assert.Empty(transport.Errors);
        rig.Pass(Duration.FromMilliseconds(1000));

        Assert.Empty(rig.TakeSent());
        (IcmpError error, byte[] quote) = Assert.Single(transport.Errors);
        Assert.Equal(new IcmpError(IcmpErrorKind.HostUnreachable, HostRig.Local, HostRig.Peer, HostRig.Local, 0), error);
        Assert.Equal(42, quote[0]);
        Assert.Equal(1, rig[DropReason.NeighborUnreachable]);
        Assert.Equal(0, Neighbors(rig).Count);
        rig.AssertBalanced(transmitDrops: 1);
    }

    [Fact]
    [Trait("RFC", "826")]
    public void UnsolicitedReplyAndGratuitousRequestMakeNoEntryButUpdateOne()
    {
        HostRig rig = new();
        byte[] reply = Frames.Arp(ArpOperation.Reply, OtherLink, HostRig.Peer, Wire.HostLink, HostRig.Local);
        byte[] gratuitous = Frames.Arp(ArpOperation.Request, OtherLink, HostRig.Peer, default, HostRig.Peer);

        rig.Receive(reply, gratuitous);
        Assert.Equal(0, Neighbors(rig).Count);
        rig.KnowPeer();
        Assert.Equal(Wire.PeerLink, Neighbors(rig).Find(HostRig.Peer)!.LinkAddress);
        rig.Receive(gratuitous);

        Neighbor neighbor = Neighbors(rig).Find(HostRig.Peer)!;
        Assert.Equal(OtherLink, neighbor.LinkAddress);
        Assert.Equal(NeighborState.Stale, neighbor.State);
        Assert.Equal(2, rig[DropReason.ArpNotForUs]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §2.3.2.1")]
    public void StaleNeighborIsUsedThenProbedByUnicast()
    {
        HostRig rig = new HostRig().KnowPeer();
        Assert.Equal(NeighborState.Stale, Neighbors(rig).Find(HostRig.Peer)!.State);

        Send(rig, 1);
        Frames.AssertPacket(rig.TakeOne(), 253);
        Assert.Equal(NeighborState.Delay, Neighbors(rig).Find(HostRig.Peer)!.State);
        rig.Pass(Duration.FromMilliseconds(5100));
        Assert.Equal(
            Frames.Arp(ArpOperation.Request, Wire.HostLink, HostRig.Local, default, HostRig.Peer, to: Wire.PeerLink),
            rig.TakeOne());
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local));

        Assert.Equal(NeighborState.Reachable, Neighbors(rig).Find(HostRig.Peer)!.State);
        rig.Pass(Duration.FromSeconds(31));
        Assert.Equal(NeighborState.Stale, Neighbors(rig).Find(HostRig.Peer)!.State);
        rig.Pass(Duration.FromSeconds(601));
        Assert.Equal(0, Neighbors(rig).Count);
    }

    [Fact]
    [Trait("RFC", "4861 §7.3.3")]
    public void ProbesWithoutAnswerForgetTheNeighbor()
    {
        HostRig rig = new HostRig().KnowPeer();
        Send(rig, 1);
        rig.TakeSent();

        rig.Pass(Duration.FromMilliseconds(8500));

        Assert.Equal(3, rig.TakeSent().Count);
        Assert.Equal(0, Neighbors(rig).Count);
        Send(rig, 2);
        Assert.Equal(MacAddress.Broadcast, Frames.LinkDestination(rig.TakeOne()));
    }

    [Fact]
    [Trait("RFC", "4861 §7.3.1")]
    public void ProgressOfATransportTakesThePlaceOfAProbe()
    {
        HostRig rig = new HostRig().KnowPeer();
        Send(rig, 1);
        rig.TakeSent();

        rig.Host.FindPath(HostRig.Peer)!.ConfirmReachability(rig.Now);
        rig.Pass(Duration.FromSeconds(6));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(NeighborState.Reachable, Neighbors(rig).Find(HostRig.Peer)!.State);
    }

    [Fact]
    [Trait("RFC", "1122 §3.3.1.4, 9293 §3.8.3 MUST-20")]
    public void DoubtOfATransportProbesTheNeighborAtOnceUnlessItHasAnsweredSince()
    {
        HostRig rig = new HostRig().KnowPeer();
        Send(rig, 1);
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local));
        rig.TakeSent();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;
        Instant before = rig.Now;
        rig.Pass(Duration.FromSeconds(10));

        path.DoubtReachability(before, rig.Now);
        Assert.Empty(rig.TakeSent());
        path.DoubtReachability(rig.Now, rig.Now);
        path.DoubtReachability(rig.Now, rig.Now);

        byte[] probe = rig.TakeOne();
        Assert.Equal(Wire.PeerLink, MacAddress.Read(probe));
        rig.Pass(Duration.FromSeconds(4));
        Assert.Null(Neighbors(rig).Find(HostRig.Peer));
    }

    [Fact]
    public void TableIsBoundedAndForgetsStaleNeighborsFirst()
    {
        HostRig rig = new(options: new IpHostOptions { MaximumNeighbors = 16 });
        Send(rig, 1);
        rig.Receive(Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local));

        for (uint i = 10; i < 110; i++)
        {
            rig.Receive(Frames.Arp(ArpOperation.Request, OtherLink, new IpAddress(0x0A00_0000 + i), default, HostRig.Local));
        }

        Assert.Equal(16, Neighbors(rig).Count);
        Assert.Equal(NeighborState.Reachable, Neighbors(rig).Find(HostRig.Peer)!.State);
        Assert.NotNull(Neighbors(rig).Find(new IpAddress(0x0A00_0000 + 109)));
        Assert.Null(Neighbors(rig).Find(new IpAddress(0x0A00_0000 + 10)));
    }

    [Fact]
    public void FeignedNeighborsCannotTieUpThePool()
    {
        HostRig rig = new(options: new IpHostOptions { MaximumNeighbors = 32, NeighborQueuePackets = 8, MaximumWaitingPackets = 40 });

        for (uint i = 0; i < 4000; i++)
        {
            IpAddress feigned = new(0x0A00_0000 + 10 + (i % 200));
            rig.Receive(Frames.Frame(Frames.Ipv4(feigned, HostRig.Local, 1, Frames.Icmp(8, 0, i, []))));
            Assert.True(rig.Pool.OutstandingBlocks <= 40 + 32, $"{rig.Pool.OutstandingBlocks} blocks");
        }

        rig.Pass(Duration.FromSeconds(5));
        rig.AssertBalanced(transmitDrops: rig[DropReason.NeighborQueueFull] + rig[DropReason.NeighborUnreachable]);
    }

    private static NeighborTable Neighbors(HostRig rig) => rig.Interface.V4.Arp!.Neighbors;

    private static void Send(HostRig rig, byte mark) => rig.Host.Transmit(
        rig.Payload([mark, 0, 0, 0, 0, 0, 0, 0]), rig.Host.FindPath(HostRig.Peer)!, (IpProtocol)253, default, rig.Now);
}
