using NetStack.Core;

namespace NetStack.IP.Tests;

public sealed class LoopbackTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.9.9.9", "127.0.0.1")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [Trait("RFC", "1122 §3.2.1.3")]
    public void DatagramToOurselvesComesBackInTheNextTurnWithoutAFrame(string destination, string source)
    {
        HostRig rig = new();
        UdpEndpoint endpoint = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 7), null, out _)!;
        byte[] data = Enumerable.Range(0, 65507).Select(i => (byte)(i * 3)).ToArray();
        IpEndPoint self = new(IpAddress.Parse(destination), 7);

        Assert.Equal(UdpSendStatus.Sent, endpoint.Send(rig.Payload(data), self, rig.Now));
        Assert.Equal(0, endpoint.QueuedDatagrams);
        Assert.True(rig.Host.Transmit(rig.Now, 1));
        Assert.Empty(rig.TakeSent());

        Assert.True(endpoint.TryReceive(out UdpDatagram datagram));
        Assert.Equal(IpAddress.Parse(source), datagram.Source.Address);
        Assert.True(datagram.Interface.IsLoopback);
        byte[] received = new byte[datagram.Packet.TotalLength];
        datagram.Packet.CopyTo(received);
        Assert.Equal(data, received);
        rig.Pool.Return(datagram.Packet);
        rig.AssertBalanced();
    }

    [Fact]
    public void EchoOfOurselvesIsAnsweredByOurselves()
    {
        HostRig rig = new();
        IcmpEchoEndpoint endpoint = rig.Host.Echo.Open()!;
        endpoint.Send(rig.Host.FindPath(IpAddress.LoopbackV4)!, 5, [1, 2], default, rig.Now);

        rig.Turn();
        Assert.False(endpoint.TryReceive(out _));
        rig.Turn();

        Assert.True(endpoint.TryReceive(out IcmpEchoEvent reply));
        Assert.Equal([1, 2], reply.Payload!.Span.ToArray());
        rig.Pool.Return(reply.Payload);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §4.1.3.3")]
    public void UnboundPortOfOurselvesRefuses()
    {
        HostRig rig = new();
        UdpEndpoint endpoint = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 0), null, out _)!;
        endpoint.Connect(new IpEndPoint(IpAddress.LoopbackV4, 9));
        endpoint.Send(rig.Payload([1]), rig.Now);

        rig.Turn();
        rig.Turn();

        Assert.Equal(UdpError.ConnectionRefused, endpoint.TakeError());
        rig.AssertBalanced();
    }

    [Fact]
    public void QueueToOurselvesIsBounded()
    {
        HostRig rig = new(options: new IpHostOptions { LoopbackQueuePackets = 16 });
        IpPath path = rig.Host.FindPath(IpAddress.LoopbackV4)!;

        for (int i = 0; i < 16; i++)
        {
            Assert.True(rig.Host.HasRoom(path));
            Assert.Equal(TransmitStatus.Sent, rig.Host.Transmit(rig.Payload([1]), path, (IpProtocol)253, default, rig.Now));
        }

        Assert.False(rig.Host.HasRoom(path));
        Assert.Equal(TransmitStatus.NoRoom, rig.Host.Transmit(rig.Payload([1]), path, (IpProtocol)253, default, rig.Now));
        Assert.Equal(1, rig[DropReason.LoopbackQueueFull]);
    }
}
