using System.Buffers.Binary;
using NetStack.Core;

namespace NetStack.IP.Tests;

/// <summary>Path MTU discovery: what errors reduce it, and which of them are believed.</summary>
public sealed class PathMtuTests
{
    private const byte Protocol = 253;
    private const byte Udp = 17;
    private const byte Icmp = 1;
    private const int InterfaceMtuBytes = 1500;

    [Theory]
    [InlineData(1400, 1500, 1400, true)]
    [InlineData(0, 1500, 1492, true)]
    [InlineData(0, 1492, 1006, true)]
    [InlineData(0, 600, 576, true)]
    [InlineData(0, 576, 576, false)]
    [InlineData(0, 300, 576, false)]
    [InlineData(1600, 1500, 1500, true)]
    [InlineData(575, 576, 576, false)]
    [InlineData(300, 1500, 576, false)]
    [InlineData(68, 1500, 576, false)]
    [Trait("RFC", "1191 §3, §5, §7.1")]
    public void RouterReducesThePathMtu(int reported, int sent, int expected, bool keepsDontFragment)
    {
        HostRig rig = MakeRig();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;

        ReportTooBig(rig, reported, sent);

        Assert.Equal(expected, path.MtuBytes);
        rig.Host.Transmit(rig.Payload([1]), path, (IpProtocol)Protocol, default, rig.Now);
        Assert.Equal(keepsDontFragment ? 0x4000 : 0, Frames.Word(Frames.Packet(rig.TakeOne()), 6));
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1191 §6.3")]
    public void LargerMtuIsTriedAgainAfterTenMinutes()
    {
        HostRig rig = MakeRig();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;
        ReportTooBig(rig, 1000, 1500);
        rig.Pass(Duration.FromSeconds(599));
        Assert.Equal(TransmitStatus.TooBig, Send(rig, path, 1400));

        rig.Pass(Duration.FromSeconds(2));

        Assert.NotEqual(TransmitStatus.TooBig, Send(rig, path, 1400));
        Assert.Equal(1500, path.MtuBytes);
    }

    [Fact]
    [Trait("RFC", "1191 §3")]
    public void NoErrorRaisesThePathMtu()
    {
        HostRig rig = MakeRig();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;
        ReportTooBig(rig, 1000, 1500);

        ReportTooBig(rig, 1400, 1500);

        Assert.Equal(1000, path.MtuBytes);
    }

    [Fact]
    [Trait("RFC", "5927 §7")]
    public void ErrorAboutAPathNotInUseChangesNothing()
    {
        HostRig rig = MakeRig();

        ReportTooBig(rig, 600, 1500);

        Assert.Equal(1500, rig.Host.FindPath(HostRig.Peer)!.MtuBytes);
    }

    [Theory]
    [InlineData(1400, 1400)]
    [InlineData(1400, 1399)]
    [InlineData(600, 28)]
    [InlineData(28, 28)]
    [InlineData(0, 68)]
    [Trait("RFC", "1191 §4, 5927 §7")]
    public void PacketThatFitsTheMtuTheErrorNamesWasNotTooBig(int reported, int sent)
    {
        HostRig rig = MakeRig(out RecordingTransport transport);
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;

        ReportTooBig(rig, reported, sent);

        Assert.Equal(InterfaceMtuBytes, path.MtuBytes);
        Assert.Empty(transport.Errors);
        Assert.Equal(1, rig[DropReason.IcmpBadMtu]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "5927 §7")]
    public void ErrorThatTheTransportDoesNotBelieveChangesNothing()
    {
        HostRig rig = MakeRig(out _, believesErrors: false);
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;

        ReportTooBig(rig, 600, 1500);

        Assert.Equal(InterfaceMtuBytes, path.MtuBytes);
        Assert.Equal(1, rig[DropReason.IcmpUnmatched]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "5927 §7")]
    public void ErrorAboutAProtocolThatNobodySpeaksChangesNothing()
    {
        HostRig rig = MakeRig();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;

        ReportTooBig(rig, 600, 1500, protocol: 200);

        Assert.Equal(InterfaceMtuBytes, path.MtuBytes);
        Assert.Equal(1, rig[DropReason.IcmpUnmatched]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(1000, 4000, true)]
    [InlineData(1000, 4001, false)]
    [InlineData(1001, 4000, false)]
    [InlineData(2000, 4000, true)]
    [InlineData(2000, 4001, true)]
    [InlineData(3000, 4000, false)]
    [InlineData(3001, 4000, false)]
    [Trait("RFC", "5927 §7")]
    public void OfUdpOnlyAnEndpointThatHasSentIsBelievedAndAConnectedOneOfItsPeer(int from, int to, bool isBelieved)
    {
        HostRig rig = MakeRig();
        IpEndPoint peer = new(HostRig.Peer, 4000);
        UdpEndpoint connected = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 1000), null, out _)!;
        UdpEndpoint open = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 2000), null, out _)!;
        Assert.NotNull(rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 3000), null, out _));
        UdpEndpoint silent = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 3001), null, out _)!;
        connected.Connect(peer);
        silent.Connect(peer);
        connected.Send(rig.Payload(new byte[1472]), rig.Now);
        open.Send(rig.Payload(new byte[1472]), peer, rig.Now);

        byte[] transport = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(transport, (ushort)from);
        BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(2), (ushort)to);
        ReportTooBig(rig, 1000, 1500, Udp, transport);

        Assert.Equal(isBelieved ? 1000 : InterfaceMtuBytes, rig.Host.FindPath(HostRig.Peer)!.MtuBytes);
        Assert.Equal(isBelieved ? 0 : 1, rig[DropReason.IcmpUnmatched]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(8, 7, true)]
    [InlineData(8, 8, false)]
    [InlineData(0, 7, false)]
    [Trait("RFC", "5927 §7")]
    public void OfIcmpOnlyRequestsOfAnOpenEndpointAreBelieved(byte type, byte identifier, bool isBelieved)
    {
        HostRig rig = MakeRig();
        IcmpEchoEndpoint endpoint = rig.Host.Echo.Open(7)!;
        endpoint.Send(rig.Host.FindPath(HostRig.Peer)!, 1, new byte[1472], default, rig.Now);

        ReportTooBig(rig, 1000, 1500, Icmp, [type, 0, 0, 0, 0, identifier, 0, 1]);

        Assert.Equal(isBelieved ? 1000 : InterfaceMtuBytes, rig.Host.FindPath(HostRig.Peer)!.MtuBytes);
        Assert.Equal(isBelieved ? 0 : 1, rig[DropReason.IcmpUnmatched]);
        rig.AssertBalanced();
    }

    private static HostRig MakeRig() => MakeRig(out _);

    private static HostRig MakeRig(out RecordingTransport transport, bool believesErrors = true)
    {
        HostRig rig = new HostRig().KnowPeer();
        transport = new RecordingTransport { BelievesErrors = believesErrors };
        rig.Host.Attach((IpProtocol)Protocol, transport);
        return rig;
    }

    private static TransmitStatus Send(HostRig rig, IpPath path, int lengthBytes) =>
        rig.Host.Transmit(rig.Payload(new byte[lengthBytes]), path, (IpProtocol)Protocol, default, rig.Now);

    private static void ReportTooBig(HostRig rig, int mtuBytes, int sentBytes, byte protocol = Protocol, byte[]? transport = null)
    {
        byte[] quoted = Frames.Ipv4(HostRig.Local, HostRig.Peer, protocol, new byte[sentBytes - 20])[..28];
        transport?.CopyTo(quoted, 20);
        rig.Receive(Frames.IcmpFrame(3, 4, (uint)mtuBytes, quoted));
        rig.TakeSent();
    }
}
