using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class ArpTests
{
    [Fact]
    [Trait("RFC", "826")]
    public void RequestForOurAddressIsAnswered()
    {
        HostRig rig = new();

        rig.Receive(Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local));

        byte[] reply = rig.TakeOne();
        Assert.Equal(
            Frames.Arp(ArpOperation.Reply, Wire.HostLink, HostRig.Local, Wire.PeerLink, HostRig.Peer, to: Wire.PeerLink),
            reply);
        rig.AssertBalanced();
    }
}
