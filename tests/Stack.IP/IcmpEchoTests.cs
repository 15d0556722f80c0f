using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class IcmpEchoTests
{
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
        ReadOnlySpan<byte> message = Frames.Payload(reply);
        Assert.Equal(0, message[0]);
        Assert.Equal(0, message[1]);
        Assert.Equal(0x1234, Frames.Word(message, 4));
        Assert.Equal(7, Frames.Word(message, 6));
        Assert.Equal(0, Frames.Checksum(message));
        Assert.Equal(data, message[8..].ToArray());
        rig.AssertBalanced();
    }
}
