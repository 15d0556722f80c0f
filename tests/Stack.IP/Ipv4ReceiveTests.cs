using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class Ipv4ReceiveTests
{
    private const byte Protocol = 253;
    private static readonly byte[] Data = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData(0, 0x55, DropReason.Ipv4BadVersion)]
    [InlineData(0, 0x44, DropReason.Ipv4BadHeaderLength)]
    [InlineData(0, 0x4F, DropReason.Ipv4BadHeaderLength)]
    [InlineData(3, 19, DropReason.Ipv4BadTotalLength)]
    [InlineData(3, 29, DropReason.Ipv4BadTotalLength)]
    [InlineData(2, 0xFF, DropReason.Ipv4BadTotalLength)]
    [InlineData(10, 0x00, DropReason.Ipv4BadChecksum)]
    [InlineData(8, 0x01, DropReason.Ipv4BadChecksum)]
    [Trait("RFC", "1122 §3.2.1")]
    public void BadHeaderIsDroppedByName(int offset, byte value, DropReason reason)
    {
        HostRig rig = new();
        byte[] packet = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data);
        packet[offset] = value;

        rig.Receive(Frames.Frame(packet));

        Assert.Equal(1, rig[reason]);
        Assert.Empty(rig.TakeSent());
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "791 §3.1")]
    public void PacketShorterThanAHeaderIsDropped()
    {
        HostRig rig = new();

        rig.Receive(Frames.Frame([]), Frames.Frame(new byte[19]));

        Assert.Equal(2, rig[DropReason.Ipv4TooShort]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData("224.0.0.5")]
    [InlineData("240.1.2.3")]
    [InlineData("255.255.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.255")]
    [InlineData("10.0.0.1")]
    [Trait("RFC", "1122 §3.2.1.3")]
    public void SourceThatNoOtherHostHasIsDropped(string source)
    {
        HostRig rig = new();

        rig.Receive(Frames.Frame(Frames.Ipv4(IpAddress.Parse(source), HostRig.Local, Protocol, Data)));

        Assert.Equal(1, rig[DropReason.Ipv4BadSource]);
        Assert.Empty(rig.TakeSent());
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData("10.0.0.1", true, true)]
    [InlineData("10.0.0.255", true, false)]
    [InlineData("255.255.255.255", true, false)]
    [InlineData("224.0.0.1", true, false)]
    [InlineData("10.0.0.9", false, false)]
    [InlineData("10.0.1.255", false, false)]
    [InlineData("224.0.0.251", false, false)]
    [InlineData("127.0.0.1", false, false)]
    [Trait("RFC", "1122 §3.2.1.3")]
    public void OnlyWhatIsForUsIsTaken(string destination, bool isTaken, bool isUnicast)
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, IpAddress.Parse(destination), Protocol, Data)));

        Assert.Equal(isTaken ? 0 : 1, rig[DropReason.Ipv4NotForUs]);
        Assert.Equal(isTaken ? 1 : 0, transport.Packets.Count);
        if (isTaken)
        {
            Assert.Equal(isUnicast, transport.Packets[0].Facts.IsUnicast);
            Assert.Equal(Data, transport.Packets[0].Data);
        }

        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.1.3")]
    public void UnspecifiedSourceIsTakenInABroadcastOnly()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();

        rig.Receive(Frames.Frame(Frames.Ipv4(IpAddress.AnyV4, IpAddress.BroadcastV4, Protocol, Data), MacAddress.Broadcast));

        Assert.Single(transport.Packets);
    }

    [Fact]
    [Trait("RFC", "1122 §3.3.6")]
    public void UnicastPacketInALinkBroadcastIsDropped()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data), MacAddress.Broadcast));

        Assert.Empty(transport.Packets);
        Assert.Equal(1, rig[DropReason.Ipv4UnicastInLinkGroup]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "894")]
    public void PaddingOfTheLinkIsCutOff()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();

        rig.Receive(Frames.Frame([.. Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data), .. new byte[18]]));

        Assert.Equal(Data, Assert.Single(transport.Packets).Data);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(40)]
    [InlineData(100)]
    public void PacketOfSeveralBlocksArrivesWhole(int blockBytes)
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        rig.Wire.BlockBytes = Math.Max(blockBytes, Frames.LinkBytes);
        byte[] data = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();

        rig.Receive(Frames.Frame([.. Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, data), 0, 0, 0]));

        Assert.Equal(data, Assert.Single(transport.Packets).Data);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.1.8")]
    public void WellFormedOptionsArePassedOver()
    {
        (HostRig rig, RecordingTransport transport) = MakeRig();
        byte[] options = [1, 7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0];

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data, options)));

        Assert.Equal(Data, Assert.Single(transport.Packets).Data);
    }

    [Theory]
    [InlineData(new byte[] { 7, 0, 0, 0 }, 20)]
    [InlineData(new byte[] { 1, 7, 4, 0 }, 21)]
    [InlineData(new byte[] { 1, 1, 1, 7 }, 23)]
    [InlineData(new byte[] { 1, 1, 7, 1 }, 22)]
    [Trait("RFC", "1122 §3.2.2.5")]
    public void MalformedOptionIsAnsweredByAParameterProblemThatPointsToIt(byte[] options, byte pointer)
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] packet = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data, options);

        rig.Receive(Frames.Frame(packet));

        byte[] answer = rig.TakeOne();
        Frames.AssertPacket(answer, 1);
        ReadOnlySpan<byte> message = Frames.Payload(answer);
        Assert.Equal([12, 0], message[..2].ToArray());
        Assert.Equal(pointer, message[4]);
        Assert.Equal(packet, message[8..].ToArray());
        Assert.Equal(1, rig[DropReason.Ipv4BadOptions]);
        rig.AssertBalanced();
    }

    [Theory]
    [InlineData(131)]
    [InlineData(137)]
    [Trait("RFC", "1122 §3.2.1.8")]
    public void SourceRouteIsRefused(byte type)
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] options = [type, 7, 4, 10, 0, 0, 9, 0];

        rig.Receive(Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data, options)));

        Assert.Empty(rig.TakeSent());
        Assert.Equal(1, rig[DropReason.Ipv4SourceRoute]);
        rig.AssertBalanced();
    }

    [Fact]
    [Trait("RFC", "1122 §3.2.2.1")]
    public void UnknownProtocolIsAnsweredByProtocolUnreachable()
    {
        HostRig rig = new HostRig().KnowPeer();
        byte[] packet = Frames.Ipv4(HostRig.Peer, HostRig.Local, Protocol, Data);

        rig.Receive(Frames.Frame(packet));

        ReadOnlySpan<byte> message = Frames.Payload(rig.TakeOne());
        Assert.Equal([3, 2], message[..2].ToArray());
        Assert.Equal(packet, message[8..].ToArray());
        Assert.Equal(1, rig[DropReason.ProtocolUnknown]);
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
