using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class UdpTests
{
    private static readonly IpEndPoint PeerPort = new(HostRig.Peer, 4000);

    [Fact]
    [Trait("RFC", "768")]
    public void DatagramReachesTheEndpointAndTheAnswerGoesBackInItsBuffer()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);

        rig.Receive(Frames.UdpFrame(4000, 53, [1, 2, 3]));

        Assert.True(rig.Host.Udp.TryTakeActive(out UdpEndpoint? active));
        Assert.Same(endpoint, active);
        Assert.Equal(UdpEvents.Readable, endpoint.TakeEvents());
        Assert.Equal(UdpEvents.None, endpoint.TakeEvents());
        Assert.True(endpoint.TryReceive(out UdpDatagram datagram));
        Assert.False(endpoint.TryReceive(out _));
        Assert.Equal(PeerPort, datagram.Source);
        Assert.Equal(new IpEndPoint(HostRig.Local, 53), datagram.Destination);
        Assert.Equal([1, 2, 3], datagram.Packet.Span.ToArray());
        Assert.Equal(UdpSendStatus.Sent, endpoint.Send(datagram.Packet, datagram.Source, rig.Now));

        byte[] answer = rig.TakeOne();
        Frames.AssertPacket(answer, 17);
        Assert.Equal(Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, [1, 2, 3]), Frames.Payload(answer).ToArray());
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(4, 0, 7, DropReason.UdpBadLength)]
    [InlineData(4, 0, 12, DropReason.UdpBadLength)]
    [InlineData(6, 0x12, 0x34, DropReason.UdpBadChecksum)]
    [InlineData(8, 1, 2, DropReason.UdpBadChecksum)]
    [Trait("RFC", "1122 §4.1.3.4")]
    public void BadDatagramIsDroppedByName(int offset, byte high, byte low, DropReason reason)
    {
        HostRig rig = new HostRig().KnowPeer();
        Bind(rig, HostRig.Local, 53);
        byte[] datagram = Frames.Udp(HostRig.Peer, HostRig.Local, 4000, 53, [9, 9, 9]);
        datagram[offset] = high;
        datagram[offset + 1] = low;

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 17, datagram)));

        Assert.Equal(1, rig[reason]);
        Assert.Empty(rig.TakeSent());
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "768")]
    public void ShortHeaderAndPortZeroAreDropped()
    {
        HostRig rig = new HostRig().KnowPeer();

        rig.Receive(
            Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 17, new byte[7])), Frames.UdpFrame(4000, 0, [1]));

        Assert.Equal(1, rig[DropReason.UdpTooShort]);
        Assert.Equal(1, rig[DropReason.UdpBadPort]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "768")]
    public void DatagramWithoutChecksumIsTakenAndTrailingBytesAreCut()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = Bind(rig, IpAddress.AnyV4, 53);
        byte[] datagram = [0x0F, 0xA0, 0, 53, 0, 10, 0, 0, 7, 8, 99, 99];

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 17, datagram)));

        Assert.True(endpoint.TryReceive(out UdpDatagram received));
        Assert.Equal([7, 8], received.Packet.Span.ToArray());
        rig.Pool.Return(received.Packet);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "768")]
    public void ChecksumOfZeroIsSentAsAllOnes()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);
        byte[] zero = Enumerable.Range(0, 65536).Select(i => new[] { (byte)(i >> 8), (byte)i })
            .First(data => Frames.Word(Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, data), 6) == 0xFFFF);

        endpoint.Send(rig.Payload(zero), PeerPort, rig.Now);

        Assert.Equal(0xFFFF, Frames.Word(Frames.Payload(rig.TakeOne()), 6));
    }

    [Fact]
    [Trait("RFC", "1122 §4.1.3.1")]
    public void PortNobodyHasIsAnsweredByPortUnreachable()
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] frame = Frames.UdpFrame(4000, 99, [1, 2, 3]);

        rig.Receive(frame);

        byte[] error = rig.TakeOne();
        Frames.AssertPacket(error, 1);
        Assert.Equal([3, 3], Frames.Payload(error)[..2].ToArray());
        Assert.Equal(frame.AsSpan(Frames.LinkBytes).ToArray(), Frames.Payload(error)[8..].ToArray());
        Assert.Equal(1, rig[DropReason.UdpNoSocket]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §4.1.3.5")]
    public void MostSpecificEndpointTakesTheDatagram()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpOptions shared = new() { ReuseAddress = true };
        UdpEndpoint all = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 53), shared, out _)!;
        UdpEndpoint one = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 53), shared, out _)!;
        UdpEndpoint connected = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 53), shared, out _)!;
        Assert.Equal(UdpError.None, connected.Connect(PeerPort));

        rig.Receive(Frames.UdpFrame(4000, 53, [1]), Frames.UdpFrame(4001, 53, [2]));
        Assert.Equal((1, 1, 0), (connected.QueuedDatagrams, one.QueuedDatagrams, all.QueuedDatagrams));
        connected.Disconnect();
        one.Close();
        connected.Close();
        rig.Receive(Frames.UdpFrame(4000, 53, [1]));
        Assert.Equal(1, all.QueuedDatagrams);
        all.Close();

        Assert.Equal(0, rig.Host.Udp.EndpointCount);
        Assert.Empty(rig.Host.Udp.List());
        rig.AssertBalanced();
    }

    [Fact]
    public void ManyConnectedEndpointsShareAPortWithoutASearch()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpOptions shared = new() { ReuseAddress = true };
        List<UdpEndpoint> endpoints = [];
        for (ushort port = 1000; port < 1200; port++)
        {
            UdpEndpoint endpoint = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 53), shared, out _)!;
            Assert.Equal(UdpError.None, endpoint.Connect(new IpEndPoint(HostRig.Peer, port)));
            endpoints.Add(endpoint);
        }

        UdpEndpoint twin = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 53), shared, out _)!;
        Assert.Equal(UdpError.AddressInUse, twin.Connect(new IpEndPoint(HostRig.Peer, 1000)));
        rig.Receive(Frames.UdpFrame(1077, 53, [1]));

        Assert.Equal(1, endpoints[77].QueuedDatagrams);
        Assert.Equal(1, endpoints.Sum(endpoint => endpoint.QueuedDatagrams));
        Assert.Equal(201, rig.Host.Udp.List().Count());
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("0.0.0.0", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "0.0.0.0", true)]
    [InlineData("10.0.0.1", "10.0.5.1", false)]
    [InlineData("10.0.0.1", "127.0.0.1", false)]
    [InlineData("0.0.0.0", "::", false)]
    public void AddressAndPortAreBoundOnce(string first, string second, bool conflicts)
    {
        HostRig rig = new();
        rig.Interface.Add(new IpPrefix(IpAddress.Parse("10.0.5.1"), 24));
        UdpEndpoint endpoint = Bind(rig, IpAddress.Parse(first), 53);

        UdpEndpoint? other = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.Parse(second), 53), null, out UdpError error);

        Assert.Equal(conflicts, other is null);
        Assert.Equal(conflicts ? UdpError.AddressInUse : UdpError.None, error);
        other?.Close();
        endpoint.Close();
        Assert.NotNull(rig.Host.Udp.Bind(new IpEndPoint(IpAddress.Parse(second), 53), null, out _));
    }

    [Fact]
    public void ForeignAddressCannotBeBound()
    {
        HostRig rig = new();

        Assert.Null(rig.Host.Udp.Bind(new IpEndPoint(HostRig.Peer, 53), null, out UdpError error));
        Assert.Equal(UdpError.AddressNotAvailable, error);
    }

    [Fact]
    [Trait("RFC", "6056 §3.3.1")]
    public void PortsGivenOutAreScatteredAndDistinctUntilNoneIsLeft()
    {
        HostRig rig = new();
        List<ushort> ports = [];
        while (rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 0), null, out UdpError error) is { } endpoint)
        {
            Assert.Equal(UdpError.None, error);
            ports.Add(endpoint.LocalEndPoint.Port);
        }

        Assert.Equal(32768, ports.Distinct().Count());
        Assert.All(ports, port => Assert.True(port >= UdpDemultiplexer.FirstEphemeralPort));
        int neighbors = ports.Take(100).Zip(ports.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) < 64);
        Assert.True(neighbors < 10, $"{neighbors} of the first 100 ports lie beside the one before");
        Assert.Null(rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 0), null, out UdpError last));
        Assert.Equal(UdpError.PortsExhausted, last);
    }

    [Fact]
    [Trait("RFC", "1122 §4.1.3.3")]
    public void ErrorsReachConnectedEndpointsOnly()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint connected = Bind(rig, HostRig.Local, 1000);
        UdpEndpoint open = Bind(rig, HostRig.Local, 2000);
        connected.Connect(PeerPort);
        connected.Send(rig.Payload([1]), rig.Now);
        open.Send(rig.Payload([1]), PeerPort, rig.Now);
        byte[] ofConnected = Frames.Ipv4(HostRig.Local, HostRig.Peer, 17, Frames.Udp(HostRig.Local, HostRig.Peer, 1000, 4000, []));
        byte[] ofOpen = Frames.Ipv4(HostRig.Local, HostRig.Peer, 17, Frames.Udp(HostRig.Local, HostRig.Peer, 2000, 4000, []));

        rig.Receive(Frames.IcmpFrame(3, 3, 0, ofConnected), Frames.IcmpFrame(3, 3, 0, ofOpen));

        Assert.True(rig.Host.Udp.TryTakeActive(out UdpEndpoint? active));
        Assert.Same(connected, active);
        Assert.Equal(UdpEvents.Error, connected.TakeEvents());
        Assert.Equal(UdpError.ConnectionRefused, connected.PendingError);
        Assert.Equal(UdpError.ConnectionRefused, connected.TakeError());
        Assert.Equal(UdpError.None, connected.TakeError());
        Assert.Equal(UdpError.None, open.PendingError);
        Assert.False(rig.Host.Udp.TryTakeActive(out _));
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §2.3.2.2")]
    public void SilentNeighborIsAnErrorOfTheConnectedEndpoint()
    {
        HostRig rig = new();
        UdpEndpoint endpoint = Bind(rig, IpAddress.AnyV4, 1000);
        endpoint.Connect(PeerPort);
        endpoint.Send(rig.Payload([1]), rig.Now);

        rig.Pass(Duration.FromSeconds(4));

        Assert.Equal(UdpError.HostUnreachable, endpoint.TakeError());
        rig.AssertBalanced(transmitDrops: 1);
    }

    [Fact]
    public void FullPortKeepsTheBufferWithTheCallerAndTellsWhenThereIsRoom()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);
        rig.Wire.Room = 0;
        PacketBuffer payload = rig.Payload([1]);
        while (endpoint.Send(payload, PeerPort, rig.Now) == UdpSendStatus.Sent)
        {
            payload = rig.Payload([1]);
        }

        Assert.Equal(UdpSendStatus.WouldBlock, endpoint.Send(payload, PeerPort, rig.Now));
        Assert.Equal(1, payload.Length);
        rig.Turn();
        Assert.False(rig.Host.Udp.HasActive);
        rig.Wire.Room = int.MaxValue;
        Assert.True(rig.Turn());

        Assert.True(rig.Host.Udp.TryTakeActive(out UdpEndpoint? active));
        Assert.Equal(UdpEvents.Writable, active.TakeEvents());
        Assert.Equal(UdpSendStatus.Sent, endpoint.Send(payload, PeerPort, rig.Now));
        Assert.Equal(rig[Counter.UdpDatagramsTransmitted], rig.TakeSent().Count);
        Assert.Equal(0, rig[DropReason.TransmitRingFull]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §4.1.4")]
    public void BroadcastNeedsPermission()
    {
        HostRig rig = new();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);
        IpEndPoint everyone = new(IpAddress.Parse("10.0.0.255"), 4000);

        Assert.Equal(UdpSendStatus.BroadcastRefused, endpoint.Send(rig.Payload([1]), everyone, rig.Now));
        endpoint.AllowBroadcast = true;
        Assert.Equal(UdpSendStatus.Sent, endpoint.Send(rig.Payload([1]), everyone, rig.Now));

        Assert.Equal(MacAddress.Broadcast, Frames.LinkDestination(rig.TakeOne()));
        rig.AssertBalanced();
    }

    [Fact]
    public void RefusedDatagramsAreReturned()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);

        Assert.Equal(UdpSendStatus.NoRoute, endpoint.Send(rig.Payload([1]), new IpEndPoint(new IpAddress(0xC0000201), 1), rig.Now));
        Assert.Equal(UdpSendStatus.InvalidDestination, endpoint.Send(rig.Payload([1]), PeerPort with { Port = 0 }, rig.Now));
        Assert.Equal(UdpSendStatus.InvalidDestination, endpoint.Send(rig.Payload([1]), rig.Now));
        Assert.Equal(UdpSendStatus.MessageTooLong, endpoint.Send(rig.Payload(new byte[65508]), PeerPort, rig.Now));
        endpoint.DontFragment = true;
        Assert.Equal(UdpSendStatus.MessageTooLong, endpoint.Send(rig.Payload(new byte[1473]), PeerPort, rig.Now));
        endpoint.Close();
        Assert.Equal(UdpSendStatus.Closed, endpoint.Send(rig.Payload([1]), PeerPort, rig.Now));

        rig.AssertBalanced(transmitDrops: 1);
    }

    [Fact]
    public void PayloadWithoutHeadroomGetsABlockForItsHeaders()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);
        PacketBuffer source = rig.Payload([1, 2, 3, 4, 5]);
        PacketBuffer slice = rig.Pool.LeaseSlice(source, source.Start + 1, 3);
        rig.Pool.Return(source);

        Assert.Equal(UdpSendStatus.Sent, endpoint.Send(slice, PeerPort, rig.Now));

        Assert.Equal(Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, [2, 3, 4]), Frames.Payload(rig.TakeOne()).ToArray());
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(1472, true)]
    [InlineData(1473, false)]
    public void ChecksumIsLeftToADeviceThatFillsItIn(int dataBytes, bool isLeft)
    {
        HostRig rig = new HostRig(new Wire(offloads: DeviceOffloads.TransmitChecksumV4)).KnowPeer();
        UdpEndpoint endpoint = Bind(rig, HostRig.Local, 53);
        byte[] expected = Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, new byte[dataBytes]);

        endpoint.Send(rig.Payload(new byte[dataBytes]), PeerPort, rig.Now);

        ushort written = Frames.Word(Frames.Payload(rig.TakeSent()[0]), 6);
        ushort pseudo = (ushort)~Frames.Checksum(Frames.PseudoHeader(HostRig.Local, HostRig.Peer, 17, expected.Length));
        Assert.Equal(isLeft ? pseudo : Frames.Word(expected, 6), written);
    }

    [Fact]
    public void AnswerLeavesFromTheAddressTheRequestCameTo()
    {
        HostRig rig = new HostRig().KnowPeer();
        IpAddress second = IpAddress.Parse("10.0.0.77");
        rig.Interface.Add(new IpPrefix(second, 24));
        rig.TakeSent();
        UdpEndpoint endpoint = Bind(rig, IpAddress.AnyV4, 53);

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, second, 17, Frames.Udp(HostRig.Peer, second, 4000, 53, [1]))));
        endpoint.TryReceive(out UdpDatagram datagram);
        endpoint.Send(datagram.Packet, datagram.Source, rig.Now, datagram.Destination.Address);

        Assert.Equal(second, Frames.Address(Frames.Packet(rig.TakeOne()), 12));
    }

    private static UdpEndpoint Bind(HostRig rig, IpAddress address, ushort port)
    {
        UdpEndpoint? endpoint = rig.Host.Udp.Bind(new IpEndPoint(address, port), null, out UdpError error);
        Assert.Equal(UdpError.None, error);
        return endpoint!;
    }
}
