using NetStack.Core;

namespace NetStack.IP.Tests;

public sealed class HostCloseTests
{
    private const IpProtocol Protocol = (IpProtocol)253;

    [Fact]
    public void WhatWaitsWhenTheHostIsClosedIsDroppedByName()
    {
        HostRig rig = new();
        IpPath unknownNeighbour = rig.Host.FindPath(IpAddress.Parse("10.0.0.77"))!;
        IpPath ourselves = rig.Host.FindPath(IpAddress.LoopbackV4)!;
        Assert.Equal(TransmitStatus.WaitsForNeighbor, rig.Host.Transmit(rig.Payload([1]), unknownNeighbour, Protocol, default, rig.Now));
        Assert.Equal(TransmitStatus.Sent, rig.Host.Transmit(rig.Payload([2]), ourselves, Protocol, default, rig.Now));

        rig.Host.Close();
        rig.Turn();

        Assert.Equal(2, rig[DropReason.HostClosed]);
        Assert.Equal(0, rig.Pool.OutstandingBlocks);
        rig.Pass(Duration.FromSeconds(10));
        Assert.Equal(0, rig[DropReason.NeighborUnreachable]);
    }
}
