using FsCheck;
using FsCheck.Fluent;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

public sealed class HostileFrameTests
{
    private static readonly byte[][] Good =
    [
        Frames.Arp(ArpOperation.Request, Wire.PeerLink, HostRig.Peer, default, HostRig.Local),
        Frames.Arp(ArpOperation.Reply, Wire.PeerLink, HostRig.Peer, Wire.HostLink, HostRig.Local),
        Frames.UdpFrame(4000, 53, new byte[40]),
        Frames.UdpFrame(4000, 54, new byte[40]),
        Frames.IcmpFrame(8, 0, 1, new byte[56]),
        Frames.IcmpFrame(0, 0, 0x0007_0001, new byte[56]),
        Frames.IcmpFrame(3, 4, 1000, Frames.Ipv4(HostRig.Local, HostRig.Peer, 17, Frames.Udp(HostRig.Local, HostRig.Peer, 53, 4000, []))),
        Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 253, new byte[64], [7, 7, 4, 0, 0, 0, 0, 0])),
        Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 17, new byte[64], fragment: 0x2000, id: 3)),
        Frames.Frame(Frames.Ipv4(HostRig.Peer, HostRig.Local, 17, new byte[64], fragment: 8, id: 3)),
    ];

    [Fact]
    public void EveryFrameIsDeliveredOrDroppedOnceAndNothingIsLeftBehind()
    {
        Gen<byte[]> random = Gen.Choose(0, 120).SelectMany(length => Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(length));
        Gen<byte[]> mutated =
            from frame in Gen.Elements(Good)
            from changes in Gen.Choose(0, 3)
            from offsets in Gen.Choose(0, 10_000).ArrayOf(changes)
            from values in Gen.Choose(0, 255).ArrayOf(changes)
            from cut in Gen.Choose(0, 40)
            from repairs in Gen.Elements(true, false)
            select Mutate(frame, offsets, values, cut, repairs);
        Gen<byte[]> addressed = random.Select(bytes => Frames.Frame(bytes));
        Gen<byte[]> frames = Gen.Frequency((1, random), (2, addressed), (7, mutated));

        Prop.ForAll(frames.ArrayOf(60).ToArbitrary(), Gen.Choose(0, 60).ToArbitrary(), (script, blockBytes) =>
        {
            HostRig rig = new();
            rig.Wire.BlockBytes = blockBytes < Frames.LinkBytes ? 0 : blockBytes;
            UdpEndpoint udp = rig.Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, 53), null, out _)!;
            IcmpEchoEndpoint echo = rig.Host.Echo.Open(7)!;
            foreach (byte[] frame in script)
            {
                rig.Receive(frame);
            }

            udp.Close();
            echo.Close();
            rig.Pass(Duration.FromSeconds(700));
            Assert.Equal(script.Length, rig[Counter.FramesReceived]);
            rig.AssertBalanced(transmitDrops: rig[DropReason.NeighborUnreachable] + rig[DropReason.NeighborQueueFull]);
            Assert.Equal(0, rig.Host.V4.Reassembler.Count);
        }).QuickCheckThrowOnFailure();
    }

    private static byte[] Mutate(byte[] frame, int[] offsets, int[] values, int cut, bool repairs)
    {
        byte[] copy = [.. frame];
        for (int i = 0; i < offsets.Length; i++)
        {
            copy[offsets[i] % copy.Length] = (byte)values[i];
        }

        // A changed header gets its checksum again, so that what lies behind the checksum is reached too.
        if (repairs && copy[13] == 0 && copy.Length >= 34)
        {
            int headerBytes = Math.Min((copy[14] & 15) * 4, copy.Length - 14);
            copy[24] = 0;
            copy[25] = 0;
            ushort checksum = Frames.Checksum(copy.AsSpan(14, headerBytes));
            copy[24] = (byte)(checksum >> 8);
            copy[25] = (byte)checksum;
        }

        return cut < copy.Length && cut % 4 == 0 ? copy[..^cut] : copy;
    }
}
