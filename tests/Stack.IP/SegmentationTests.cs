using NetStack.Core;

namespace NetStack.IP.Tests;

/// <summary>Packets that stand for several datagrams: put together by a device, or to be cut for one.</summary>
public sealed class SegmentationTests
{
    [Fact]
    [Trait("RFC", "768")]
    public void ASuperFrameOfDatagramsIsReceivedAsTheDatagramsThatItStandsFor()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 53), null, out _)!;
        byte[] payload = Bytes(2_050);

        Receive(rig, payload, sizeBytes: 500);

        Assert.Equal(payload.Chunk(500), TakeAll(rig, endpoint));
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    [InlineData(0)]
    public void OneThatStandsForASingleDatagramIsThatDatagram(ushort sizeBytes)
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = rig.Host.Udp.Bind(new IpEndPoint(HostRig.Local, 53), null, out _)!;
        byte[] payload = Bytes(500);

        Receive(rig, payload, sizeBytes);

        Assert.Equal([payload], TakeAll(rig, endpoint));
        rig.AssertBalanced();
    }

    [Fact]
    public void DatagramsOfASuperFrameThatFindNoRoomAreDroppedOneByOne()
    {
        HostRig rig = new HostRig().KnowPeer();
        UdpEndpoint endpoint = rig.Host.Udp.Bind(
            new IpEndPoint(HostRig.Local, 53), new UdpOptions { ReceiveQueueDatagrams = 3 }, out _)!;

        Receive(rig, Bytes(2_500), sizeBytes: 500);

        Assert.Equal(3, TakeAll(rig, endpoint).Count);
        Assert.Equal(2, rig[DropReason.UdpQueueFull]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(2_050, 500, 5)]
    [InlineData(2_000, 500, 4)]
    [InlineData(501, 500, 2)]
    [InlineData(1_003, 335, 3)]
    [Trait("RFC", "768")]
    public void DatagramsAreCutForADeviceThatCutsNone(int payloadBytes, ushort sizeBytes, int parts)
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] payload = Bytes(payloadBytes);

        Assert.Equal(TransmitStatus.Sent, Transmit(rig, payload, sizeBytes));

        List<byte[]> sent = rig.TakeSent();
        Assert.Equal(parts, sent.Count);
        foreach ((byte[] frame, byte[] part) in sent.Zip(payload.Chunk(sizeBytes)))
        {
            Frames.AssertPacket(frame, 17);
            Assert.Equal(Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, part), Frames.Payload(frame).ToArray());
        }

        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(2_000, 0)]
    [InlineData(0, 500)]
    public void WhatCannotBeCutIsDroppedByName(int payloadBytes, ushort sizeBytes)
    {
        HostRig rig = new HostRig().KnowPeer();

        Assert.Equal(TransmitStatus.TooBig, Transmit(rig, Bytes(payloadBytes), sizeBytes));

        Assert.Equal(1, rig[DropReason.OffloadFactsMalformed]);
        Assert.Empty(rig.TakeSent());
        rig.AssertBalanced(transmitDrops: 1);
    }

    private static void Receive(HostRig rig, byte[] payload, ushort sizeBytes)
    {
        rig.Wire.Mark = frame =>
        {
            frame.Gso = GsoType.Udp;
            frame.GsoSizeBytes = sizeBytes;
        };
        rig.Receive(Frames.UdpFrame(4000, 53, payload));
    }

    private static TransmitStatus Transmit(HostRig rig, byte[] payload, ushort sizeBytes)
    {
        PacketBuffer packet = rig.Pool.TryLeaseCopy(Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, payload))!;
        packet.Gso = GsoType.Udp;
        packet.GsoSizeBytes = sizeBytes;
        packet.Checksum = ChecksumState.ToBeFilled;
        packet.ChecksumStart = (ushort)packet.Start;
        packet.ChecksumOffset = UdpHeader.ChecksumOffset;
        return rig.Host.Transmit(packet, rig.Host.FindPath(HostRig.Peer)!, IpProtocol.Udp, default, rig.Now);
    }

    private static List<byte[]> TakeAll(HostRig rig, UdpEndpoint endpoint)
    {
        List<byte[]> taken = [];
        while (endpoint.TryReceive(out UdpDatagram datagram))
        {
            byte[] bytes = new byte[datagram.Packet.TotalLength];
            datagram.Packet.CopyTo(bytes);
            taken.Add(bytes);
            rig.Pool.Return(datagram.Packet);
        }

        return taken;
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
