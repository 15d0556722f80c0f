using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class FragmentTests
{
    private const byte Protocol = 253;
    private static readonly byte[] Data = Enumerable.Range(0, 4000).Select(i => (byte)(i * 31)).ToArray();

    [Theory]
    [InlineData(new[] { 0, 1, 2 })]
    [InlineData(new[] { 2, 1, 0 })]
    [InlineData(new[] { 1, 2, 0 })]
    [InlineData(new[] { 0, 2, 1 })]
    [Trait("RFC", "791 §3.2")]
    public void FragmentsInAnyOrderMakeThePacket(int[] order)
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[][] fragments = Cut(Data, 1480, id: 7);

        rig.Receive(order.Select(i => fragments[i]).ToArray());

        Assert.Equal(Data, Assert.Single(transport.Packets).Data);
        Assert.Equal(1, rig[Counter.IpPacketsReassembled]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "791 §3.2")]
    public void PacketsOfTwoIdentificationsAreKeptApart()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[][] first = Cut(Data, 1480, id: 7);
        byte[][] second = Cut(Data.Reverse().ToArray(), 1480, id: 8);

        rig.Receive(first[0], second[0], second[1], first[1], second[2], first[2]);

        Assert.Equal(2, transport.Packets.Count);
        Assert.Equal(Data.Reverse(), transport.Packets[0].Data);
        Assert.Equal(Data, transport.Packets[1].Data);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "791 §3.2")]
    public void DuplicateIsDroppedAndThePacketStillCompletes()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[][] fragments = Cut(Data, 1480, id: 7);

        rig.Receive(fragments[0], fragments[0], fragments[2], fragments[2], fragments[1]);

        Assert.Equal(Data, Assert.Single(transport.Packets).Data);
        Assert.Equal(2, rig[DropReason.FragmentDuplicate]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(0, 16, false)]
    [InlineData(8, 16, false)]
    [InlineData(16, 16, false)]
    [InlineData(24, 80, false)]
    [InlineData(0, 200, false)]
    [InlineData(96, 16, true)]
    [InlineData(8, 24, true)]
    [Trait("RFC", "5722 §3")]
    public void OverlapRefusesThePacketAndTheRestOfIt(int offset, int lengthBytes, bool isLast)
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[] low = Fragment(0, 24, more: true);
        byte[] high = Fragment(32, 72, more: false);

        rig.Receive(low, high, Fragment(offset, lengthBytes, more: !isLast), Fragment(24, 8, more: true));

        Assert.Empty(transport.Packets);
        Assert.Equal(4, rig[DropReason.FragmentOverlap]);
        rig.Pass(Duration.FromSeconds(61));
        rig.Receive(low, high, Fragment(24, 8, more: true));
        Assert.Equal(104, Assert.Single(transport.Packets).Data.Length);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(0, 100, true)]
    [InlineData(0, 4, true)]
    [InlineData(65528, 80, false)]
    [InlineData(64, 0, false)]
    [Trait("RFC", "791 §3.2, 1858 §3")]
    public void FragmentThatFitsNoPacketIsDropped(int offset, int lengthBytes, bool more)
    {
        HostRig rig = new();

        rig.Receive(Fragment(offset, lengthBytes, more));

        Assert.Equal(1, rig[DropReason.FragmentMalformed]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(8, 32)]
    [Trait("RFC", "3128 §4")]
    public void FragmentThatSplitsATcpHeaderIsDropped(int offset, int lengthBytes)
    {
        HostRig rig = new();
        byte[] packet = Frames.Ipv4(HostRig.Peer, HostRig.Local, 6, new byte[lengthBytes], fragment: (ushort)(0x2000 | (offset / 8)), id: 3);

        rig.Receive(Frames.Frame(packet));

        Assert.Equal(1, rig[DropReason.FragmentMalformed]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.3.2")]
    public void MissingFragmentIsReportedAfterTheTimeout()
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[][] fragments = Cut(Data, 1480, id: 7);
        rig.Receive(fragments[0], fragments[2]);

        rig.Pass(Duration.FromSeconds(59));
        Assert.Empty(rig.TakeSent());
        rig.Pass(Duration.FromSeconds(2));

        byte[] report = rig.TakeSent()[0];
        Frames.AssertPacket(report, 1);
        ReadOnlySpan<byte> message = Frames.Payload(report);
        Assert.Equal([11, 1], message[..2].ToArray());
        Assert.Equal(576, Frames.Packet(report).Length);
        Assert.Equal(fragments[0].AsSpan(Frames.LinkBytes, 548).ToArray(), message[8..].ToArray());
        Assert.Equal(2, rig[DropReason.FragmentTimeout]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.3.2")]
    public void WithoutTheFirstFragmentNothingIsReported()
    {
        HostRig rig = new HostRig().KnowPeer();
        rig.Receive(Cut(Data, 1480, id: 7)[1..]);

        rig.Pass(Duration.FromSeconds(61));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(2, rig[DropReason.FragmentTimeout]);
        rig.AssertBalanced();
    }

    [Fact]
    public void PacketsThatWaitAreBoundedInNumberAndMemory()
    {
        HostRig rig = new(options: new IpHostOptions { MaximumReassemblies = 10, ReassemblyBytes = 64 * 4096 });

        for (ushort id = 0; id < 1000; id++)
        {
            rig.Receive(Fragment(0, 1480, more: true, id));
        }

        Assert.Equal(10, rig.Host.V4.Reassembler.Count);
        Assert.Equal(10, rig.Pool.OutstandingBlocks);
        for (int offset = 8; offset < 8008; offset += 8)
        {
            rig.Receive(Fragment(offset, 8, more: true, id: 5000));
            Assert.True(rig.Pool.OutstandingBlocks <= 64);
        }

        rig.Pass(Duration.FromSeconds(61));
        Assert.Equal(0, rig.Host.V4.Reassembler.Count);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "3168 §5.3")]
    public void CongestionOfAnyFragmentIsTheWholePackets()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[] first = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, new byte[80], fragment: 0x2000, id: 9, tos: 0x2A);
        byte[] second = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, new byte[80], fragment: 10, id: 9, tos: 0x2B);

        rig.Receive(Frames.Frame(second), Frames.Frame(first));

        Assert.Equal(0x2B, Assert.Single(transport.Packets).Facts.TrafficClass);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [Trait("RFC", "1122 §3.3.2")]
    public void LargeEchoIsReassembledAnsweredAndFragmented(int blockBytes)
    {
        HostRig rig = new HostRig().KnowPeer();
        rig.Wire.BlockBytes = blockBytes;
        byte[] data = Enumerable.Range(0, 20_000).Select(i => (byte)(i * 13)).ToArray();
        byte[] request = Frames.Icmp(8, 0, 0x0042_0001, data);

        rig.Receive(Cut(request, 1480, id: 99, protocol: 1));

        byte[] reply = Join(rig.TakeSent(), 1);
        Assert.Equal([0, 0], reply[..2]);
        Assert.Equal(0, Frames.Checksum(reply));
        Assert.Equal(data, reply[8..]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(1481, 2)]
    [InlineData(2960, 2)]
    [InlineData(2961, 3)]
    [InlineData(65515, 45)]
    [Trait("RFC", "791 §3.2")]
    public void PacketLargerThanTheLinkLeavesInFragments(int lengthBytes, int fragments)
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] data = Enumerable.Range(0, lengthBytes).Select(i => (byte)(i * 17)).ToArray();
        IpPath path = rig.Host.FindPath(HostRig.Peer)!;

        TransmitStatus status = rig.Host.Transmit(
            rig.Payload(data), path, (IpProtocol)Protocol, new IpSendOptions(AllowFragmentation: true), rig.Now);

        Assert.Equal(TransmitStatus.Sent, status);
        List<byte[]> sent = rig.TakeSent();
        Assert.Equal(fragments, sent.Count);
        Assert.Equal(data, Join(sent, Protocol));
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1191 §3")]
    public void PacketThatMayNotBeFragmentedIsNotSent()
    {
        HostRig rig = new HostRig().KnowPeer();

        TransmitStatus status = rig.Host.Transmit(
            rig.Payload(new byte[1481]), rig.Host.FindPath(HostRig.Peer)!, (IpProtocol)Protocol, default, rig.Now);

        Assert.Equal(TransmitStatus.TooBig, status);
        Assert.Empty(rig.TakeSent());
        Assert.Equal(1, rig[DropReason.PacketTooBig]);
    }

    private static (HostRig Rig, RecordingTransport Transport) MakeRig()
    {
        HostRig rig = new();
        RecordingTransport transport = new();
        rig.Host.Attach((IpProtocol)Protocol, transport);
        return (rig, transport);
    }

    private static byte[] Fragment(int offset, int lengthBytes, bool more, ushort id = 1) =>
        Frames.Frame(Frames.Ipv4(
            HostRig.Peer, HostRig.Local, Protocol, new byte[lengthBytes], fragment: (ushort)((more ? 0x2000 : 0) | (offset / 8)), id: id));

    private static byte[][] Cut(byte[] payload, int fragmentBytes, ushort id, byte protocol = Protocol) =>
        payload.Chunk(fragmentBytes).Select((part, i) => Frames.Frame(Frames.Ipv4(
            HostRig.Peer, HostRig.Local, protocol, part, id: id,
            fragment: (ushort)(((i + 1) * fragmentBytes < payload.Length ? 0x2000 : 0) | (i * fragmentBytes / 8))))).ToArray();

    /// <summary>Puts fragments together as they stand, checking that they follow one another.</summary>
    private static byte[] Join(List<byte[]> frames, byte protocol)
    {
        List<byte> joined = [];
        ushort id = Frames.Word(Frames.Packet(frames[0]), 4);
        for (int i = 0; i < frames.Count; i++)
        {
            Frames.AssertPacket(frames[i], protocol);
            ReadOnlySpan<byte> packet = Frames.Packet(frames[i]);
            Assert.True(packet.Length <= 1500);
            Assert.Equal(id, Frames.Word(packet, 4));
            int more = i < frames.Count - 1 ? 0x2000 : 0;
            Assert.Equal(more | (joined.Count / 8), Frames.Word(packet, 6));
            joined.AddRange(packet[20..]);
        }

        return [.. joined];
    }
}
