using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class IcmpTests
{
    private const byte Protocol = 253;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(56, 0)]
    [InlineData(1472, 0)]
    [InlineData(1471, 700)]
    [InlineData(1472, 90)]
    [Trait("RFC", "1122 §3.2.2.6")]
    public void EchoRequestComesBackWithItsData(int dataBytes, int blockBytes)
    {
        HostRig rig = new HostRig().KnowPeer();
        rig.Wire.BlockBytes = blockBytes;
        byte[] data = Enumerable.Range(0, dataBytes).Select(i => (byte)(i * 7)).ToArray();

        rig.Receive(Frames.IcmpFrame(8, 0, 0x1234_0007, data));

        byte[] reply = rig.TakeOne();
        Frames.AssertPacket(reply, 1);
        Assert.Equal(Frames.Icmp(0, 0, 0x1234_0007, data), Frames.Payload(reply).ToArray());
        Assert.Equal(1, rig[Counter.IcmpEchoesAnswered]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "6864 §4.3")]
    public void RepliesMayBeCutOnTheWay()
    {
        HostRig rig = new HostRig().KnowPeer();
        HashSet<ushort> identifications = [];
        for (int i = 0; i < 20; i++)
        {
            rig.Receive(Frames.IcmpFrame(8, 0, 0x1234_0007, new byte[1472]));
            Assert.True(Ipv4Header.TryParseQuote(rig.TakeOne().AsSpan(14), out Ipv4Header header));
            Assert.False(header.DontFragment);
            identifications.Add(header.Identification);
        }

        Assert.InRange(identifications.Count, 15, 20);
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.2.6")]
    public void EchoToABroadcastAddressIsNotAnswered()
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] packet = Frames.Ipv4(HostRig.Peer, IpAddress.Parse("10.0.0.255"), 1, Frames.Icmp(8, 0, 0, [1]));

        rig.Receive(Frames.Frame(packet, MacAddress.Broadcast));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(1, rig[DropReason.IcmpEchoRefused]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "792")]
    public void DamagedOrUnknownMessagesAreDropped()
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] damaged = Frames.IcmpFrame(8, 0, 0, [1, 2, 3, 4]);
        damaged[^1] ^= 0x40;

        rig.Receive(
            damaged,
            Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 1, new byte[7])),
            Frames.IcmpFrame(13, 0, 0, new byte[12]),
            Frames.IcmpFrame(5, 1, 0x0A00_0009, new byte[28]));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(1, rig[DropReason.IcmpBadChecksum]);
        Assert.Equal(1, rig[DropReason.IcmpTooShort]);
        Assert.Equal(2, rig[DropReason.IcmpUnknownType]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(3, 0, IcmpErrorKind.NetworkUnreachable)]
    [InlineData(3, 1, IcmpErrorKind.HostUnreachable)]
    [InlineData(3, 2, IcmpErrorKind.ProtocolUnreachable)]
    [InlineData(3, 3, IcmpErrorKind.PortUnreachable)]
    [InlineData(3, 4, IcmpErrorKind.PacketTooBig)]
    [InlineData(3, 13, IcmpErrorKind.Prohibited)]
    [InlineData(11, 0, IcmpErrorKind.HopLimitExceeded)]
    [InlineData(11, 1, IcmpErrorKind.ReassemblyTimeExceeded)]
    [InlineData(12, 0, IcmpErrorKind.ParameterProblem)]
    [Trait("RFC", "1122 §3.2.2")]
    public void ErrorReachesTheTransportItQuotes(byte type, byte code, IcmpErrorKind kind)
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[] quoted = Frames.Ipv4(HostRig.Local, HostRig.Peer, Protocol, [9, 8, 7, 6, 5, 4, 3, 2, .. new byte[1400]])[..28];
        IpAddress router = IpAddress.Parse("10.0.0.254");

        rig.Receive(Frames.Frame(Frames.Ipv4(router, HostRig.Local, 1, Frames.Icmp(type, code, 1280, quoted))));

        (IcmpError error, byte[] quote) = Assert.Single(transport.Errors);
        int mtuBytes = kind == IcmpErrorKind.PacketTooBig ? 1280 : 0;
        Assert.Equal(new IcmpError(kind, HostRig.Local, HostRig.Peer, router, mtuBytes), error);
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2], quote);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.2")]
    public void ErrorThatQuotesNoPacketOfOursIsDropped()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[] foreign = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, new byte[8]);
        byte[] fragment = Frames.Ipv4(HostRig.Local, HostRig.Peer, Protocol, new byte[8], fragment: 5);
        byte[] unknown = Frames.Ipv4(HostRig.Local, HostRig.Peer, 200, new byte[8]);
        byte[] good = Frames.Ipv4(HostRig.Local, HostRig.Peer, Protocol, new byte[8]);

        rig.Receive(
            Frames.IcmpFrame(3, 3, 0, foreign), Frames.IcmpFrame(3, 3, 0, fragment), Frames.IcmpFrame(3, 3, 0, unknown),
            Frames.IcmpFrame(3, 3, 0, good.AsSpan(0, 27)), Frames.IcmpFrame(3, 3, 0, []));

        Assert.Empty(transport.Errors);
        Assert.Equal(3, rig[DropReason.IcmpUnmatched]);
        Assert.Equal(2, rig[DropReason.IcmpTooShort]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §4.3.2.3")]
    public void ErrorQuotesAsMuchAsFits576Bytes()
    {
        HostRig rig = new HostRig().KnowPeer();
        rig.Wire.BlockBytes = 300;
        byte[] packet = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Enumerable.Range(0, 1400).Select(i => (byte)i).ToArray());

        rig.Receive(Frames.Frame(packet));

        byte[] error = rig.TakeOne();
        Frames.AssertPacket(error, 1);
        ReadOnlySpan<byte> message = Frames.Payload(error);
        Assert.Equal(576, message.Length + 20);
        Assert.Equal(packet[..548], message[8..].ToArray());
        Assert.Equal(0, Frames.Checksum(message));
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.2")]
    public void NoErrorAboutErrorsBroadcastsOrLaterFragments()
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] malformed = [7, 0, 0, 0];
        byte[] icmpError = Frames.Ipv4(HostRig.Peer, HostRig.Local, 1, Frames.Icmp(3, 3, 0, new byte[28]), malformed);
        byte[] broadcast = Frames.Ipv4(HostRig.Peer, IpAddress.Parse("10.0.0.255"), Protocol, [1]);
        byte[] laterFragment = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, new byte[8], malformed, fragment: 4);

        rig.Receive(Frames.Frame(icmpError), Frames.Frame(broadcast), Frames.Frame(laterFragment));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(2, rig[DropReason.Ipv4BadOptions]);
        Assert.Equal(1, rig[DropReason.ProtocolUnknown]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1812 §4.3.2.8")]
    public void ErrorsAreLimitedInRate()
    {
        HostRig rig = new HostRig(options: new IpHostOptions { IcmpErrorsPerSecond = 10, IcmpErrorBurst = 5 }).KnowPeer();
        byte[][] packets = Enumerable.Repeat(Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, [1])), 30).ToArray();

        rig.Receive(packets);
        Assert.Equal(5, rig.TakeSent().Count);
        rig.Pass(Duration.FromMilliseconds(210));
        rig.Receive(packets);

        Assert.Equal(2, rig.TakeSent().Count);
        Assert.Equal(53, rig[Counter.IcmpErrorsSuppressed]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.2.6")]
    public void EndpointSendsRequestsAndTakesTheReplies()
    {
        HostRig rig = new HostRig().KnowPeer();
        IcmpEchoEndpoint endpoint = rig.Host.Echo.Open(0x1234)!;
        Assert.Null(rig.Host.Echo.Open(0x1234));
        byte[] data = [5, 6, 7, 8, 9];

        Assert.Equal(TransmitStatus.Sent, endpoint.Send(rig.Host.FindPath(HostRig.Peer)!, 3, data, default, rig.Now));
        byte[] request = rig.TakeOne();
        Frames.AssertPacket(request, 1);
        Assert.Equal(Frames.Icmp(8, 0, 0x1234_0003, data), Frames.Payload(request).ToArray());
        rig.Receive(Frames.IcmpFrame(0, 0, 0x1234_0003, data), Frames.IcmpFrame(0, 0, 0x9999_0003, data));

        Assert.True(rig.Host.Echo.TryTakeActive(out IcmpEchoEndpoint? active));
        Assert.Same(endpoint, active);
        Assert.False(rig.Host.Echo.TryTakeActive(out _));
        Assert.True(endpoint.TryReceive(out IcmpEchoEvent reply));
        Assert.False(endpoint.TryReceive(out _));
        Assert.Equal(HostRig.Peer, reply.Source);
        Assert.Equal(3, reply.Sequence);
        Assert.Equal(64, reply.HopLimit);
        Assert.Equal(data, reply.Payload!.Span.ToArray());
        Assert.Null(reply.Error);
        rig.Pool.Return(reply.Payload);
        Assert.Equal(1, rig[DropReason.IcmpEchoUnmatched]);
        endpoint.Close();
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.2.1")]
    public void EndpointHearsOfErrorsAndOfASilentNeighbor()
    {
        HostRig rig = new();
        IcmpEchoEndpoint endpoint = rig.Host.Echo.Open()!;
        endpoint.Send(rig.Host.FindPath(HostRig.Peer)!, 1, [1], default, rig.Now);
        rig.Pass(Duration.FromSeconds(4));
        byte[] quoted = Frames.Ipv4(HostRig.Local, HostRig.Peer, 1, Frames.Icmp(8, 0, ((uint)endpoint.Identifier << 16) | 2, []));

        rig.Receive(Frames.IcmpFrame(11, 0, 0, quoted));

        Assert.True(endpoint.TryReceive(out IcmpEchoEvent first));
        Assert.Equal(
            new IcmpEchoEvent(HostRig.Local, HostRig.Peer, 1, null, 0, first.ReceivedAt, IcmpErrorKind.HostUnreachable), first);
        Assert.True(endpoint.TryReceive(out IcmpEchoEvent second));
        Assert.Equal(
            new IcmpEchoEvent(HostRig.Peer, HostRig.Peer, 2, null, 0, rig.Now, IcmpErrorKind.HopLimitExceeded), second);
    }

    [Fact]
    public void ClosedEndpointReturnsWhatItHeld()
    {
        HostRig rig = new HostRig().KnowPeer();
        IcmpEchoEndpoint endpoint = rig.Host.Echo.Open(7)!;
        rig.Receive(Frames.IcmpFrame(0, 0, 0x0007_0001, new byte[100]));

        endpoint.Close();

        Assert.False(rig.Host.Echo.TryTakeActive(out _));
        rig.AssertBalanced();
    }

    private static (HostRig Rig, RecordingTransport Transport) MakeRig()
    {
        HostRig rig = new();
        RecordingTransport transport = new();
        rig.Host.Attach((IpProtocol)Protocol, transport);
        return (rig, transport);
    }
}
