namespace NetStack.IP.Tests;

public sealed class ExpectationTests
{
    private const byte Tcp = 6;
    private static readonly byte[] Segment = [0x04, 0x00, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 0, 1, 0, 0, 0, 0];
    private static readonly FlowEnds Ends = new(new IpEndPoint(HostRig.Peer, 1024), new IpEndPoint(HostRig.Local, 80));

    [Fact]
    public void TransportIsToldOfTheSegmentsOfABurstBeforeTheyArrive()
    {
        RecordingTransport transport = new() { IsExpecting = true };
        HostRig rig = new();
        rig.Host.Attach(IpProtocol.Tcp, transport);
        byte[] segment = Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Tcp, Segment));
        byte[] withOptions = Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Tcp, Segment, options: [1, 1, 1, 1]));

        rig.Receive(segment, Frames.IcmpFrame(0, 0, 1, []), withOptions);

        Assert.Equal([Ends, Ends], transport.Flows);
        Assert.Equal(2, transport.Packets.Count);
        rig.AssertBalanced();
    }

    [Fact]
    public void FramesTooShortForPortsAreToldToNobody()
    {
        RecordingTransport transport = new() { IsExpecting = true };
        HostRig rig = new();
        rig.Host.Attach(IpProtocol.Tcp, transport);
        byte[] segment = Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Tcp, Segment));

        rig.Receive([.. Enumerable.Range(0, Frames.LinkBytes + 24).Select(length => segment[..length])]);

        Assert.Empty(transport.Flows);
        Assert.Empty(transport.Packets);
        rig.AssertBalanced();
    }

    [Fact]
    public void TransportThatExpectsNothingIsToldNothing()
    {
        RecordingTransport transport = new();
        HostRig rig = new();
        rig.Host.Attach(IpProtocol.Tcp, transport);
        byte[] segment = Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, Tcp, Segment));

        rig.Receive(segment, segment);

        Assert.Empty(transport.Flows);
        Assert.Equal(2, transport.Packets.Count);
    }
}
