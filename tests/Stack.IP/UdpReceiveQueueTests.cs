using NetStack.Core;

namespace NetStack.IP.Tests;

/// <summary>What waits at a UDP endpoint for its owner.</summary>
public sealed class UdpReceiveQueueTests
{
    [Fact]
    public void ReceiveQueueIsBoundedInDatagramsAndInBlocks()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint few = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 1), new UdpOptions { ReceiveQueueDatagrams = 20 }, out _)!;
        UdpEndpoint small = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 2), new UdpOptions { ReceiveQueueBytes = 12 * 4096 }, out _)!;

        for (int i = 0; i < 50; i++)
        {
            rig.Receive(Frames.UdpFrame(4000, 1, [(byte)i]), Frames.UdpFrame(4000, 2, [(byte)i]));
        }

        Assert.Equal(20, few.QueuedDatagrams);
        Assert.Equal(12, small.QueuedDatagrams);
        Assert.Equal(30 + 38, rig[DropReason.UdpQueueFull]);
        for (int i = 0; i < 12; i++)
        {
            Assert.True(small.TryReceive(out UdpDatagram datagram));
            Assert.Equal(i, datagram.Packet.Span[0]);
            rig.Pool.Return(datagram.Packet);
        }

        few.Close();
        small.Close();
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(20)]
    public void DatagramsAreTakenInOrderHoweverOftenTheQueueIsEmptied(int burst)
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 53), null, out _)!;
        byte next = 0;
        for (int round = 0; round < 5; round++)
        {
            // What was left of the round before stands before the new ones.
            rig.Receive([.. Enumerable.Range(endpoint.QueuedDatagrams, burst).Select(i => Frames.UdpFrame(4000, 53, [(byte)(next + i)]))]);
            int taken = round % 2 == 0 ? burst / 2 : endpoint.QueuedDatagrams;
            for (int i = 0; i < taken; i++, next++)
            {
                Assert.True(endpoint.TryReceive(out UdpDatagram datagram));
                Assert.Equal([next], datagram.Packet.Span.ToArray());
                rig.Pool.Return(datagram.Packet);
            }
        }

        Assert.NotEqual(0, next);
    }
}
