using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

public class TwinFrameTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(1514)]
    [InlineData(4000)]
    [InlineData(9000)]
    [InlineData(65_000)]
    public void Frames_pass_both_ways_unharmed(int lengthBytes)
    {
        using TwinRig rig = new();
        rig.Connect();
        byte[] frame = Frames.Make(lengthBytes);

        rig.Send(frame);
        rig.Outside.Offer(frame);
        rig.Turn(5);

        Assert.Equal(frame, Assert.Single(rig.Outside.Frames).Bytes);
        Assert.Equal(frame, Assert.Single(rig.Received!).Bytes);
        Assert.Equal(NetbackFault.None, rig.Twin.Fault);
        rig.End();
        rig.AssertNothingLeft();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    public void Rings_wrap_many_times_without_a_loss(int queues, bool scribbles)
    {
        using TwinRig rig = new(new NetfrontOptions { Queues = queues });
        rig.Xen.IsScribbling = scribbles;
        rig.Connect();
        rig.Received = null;
        rig.Outside.Keeps = false;
        byte[] frame = Frames.Make(100);
        for (int i = 0; i < 3000; i++)
        {
            rig.Send(frame, i % queues);
            rig.Outside.Offer(frame);
            if (i % 7 == 0)
            {
                rig.Turn();
            }
        }

        rig.Turn(20);

        Assert.Equal(3000, rig.Outside.Count);
        Assert.Equal(3000, rig.ReceivedCount);
        rig.End();
        rig.AssertNothingLeft();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_super_frame_passes_whole_where_the_outside_takes_it(bool isV6)
    {
        using TwinRig rig = new(outside: (DeviceOffloads)31);
        rig.Connect();
        rig.Device.Transmit([MakeSuper(rig.Pool, 30_000, isV6)], rig.Xen.Now);
        rig.Turn(3);

        WireFrame frame = Assert.Single(rig.Outside.Frames);
        Assert.Equal(isV6 ? GsoType.TcpV6 : GsoType.TcpV4, frame.Gso);
        Assert.Equal(1000, frame.GsoSizeBytes);
        Assert.Equal(ChecksumState.ToBeFilled, frame.Checksum);
        Assert.Equal(1, rig.Twin.Counters.SuperFramesFromGuest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_super_frame_is_cut_where_the_outside_does_not_take_it(bool isV6)
    {
        using TwinRig rig = new();
        rig.Connect();
        rig.Device.Transmit([MakeSuper(rig.Pool, 30_000, isV6)], rig.Xen.Now);
        rig.Turn(3);

        Assert.Equal(30, rig.Outside.Frames.Count);
        Assert.All(rig.Outside.Frames, frame => Assert.True(Frames.IsIntact(frame.Bytes)));
        byte[] whole = Frames.MakeTcp(30_000, isV6);
        int headers = whole.Length - 30_000;
        Assert.Equal(whole[headers..], rig.Outside.Frames.SelectMany(frame => frame.Bytes[headers..]));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void A_super_frame_from_outside_passes_whole_or_cut(bool isV6, bool isTaken)
    {
        using TwinRig rig = new(new NetfrontOptions { SegmentationV4 = isTaken, SegmentationV6 = isTaken });
        rig.Connect();
        rig.Outside.Offer(MakeSuper(rig.Outside.Pool, 30_000, isV6));
        rig.Turn(4);

        Assert.Equal(isTaken ? 1 : 30, rig.Received!.Count);
        Assert.Equal(isTaken ? 1 : 0, rig.Twin.Counters.SuperFramesToGuest);
        if (!isTaken)
        {
            Assert.All(rig.Received, frame => Assert.True(Frames.IsIntact(frame.Bytes)));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_blank_checksum_is_filled_for_who_does_not_take_it(bool isV6)
    {
        using TwinRig rig = new(new NetfrontOptions { ChecksumV4 = false, ChecksumV6 = false });
        rig.Connect();
        PacketBuffer packet = rig.Outside.Pool.TryLeaseCopy(Frames.MakeTcp(5001, isV6))!;
        Frames.MakeBlank(packet);
        rig.Outside.Offer(packet);
        rig.Turn(3);

        Assert.Equal(Frames.MakeTcp(5001, isV6), Assert.Single(rig.Received!).Bytes);
        Assert.Equal(ChecksumState.None, rig.Received![0].Checksum);
    }

    [Fact]
    public void Headroom_is_left_where_it_is_asked_for()
    {
        using TwinRig rig = new(new NetfrontOptions { ReceiveHeadroom = true });
        rig.Toolstack.Write($"{VifToolstack.FrontendPath(rig.Guest, 0)}/xdp-headroom", "192");
        rig.Connect();
        byte[] frame = Frames.Make(9000);
        rig.Outside.Offer(frame);
        rig.Outside.Offer(Frames.Make(60));
        rig.Turn(3);

        Assert.Equal(frame, rig.Received![0].Bytes);
        Assert.Equal(Frames.Make(60), rig.Received[1].Bytes);
        Assert.Equal(3 + 1 + 2, rig.Twin.Counters.SlotsToGuest);
    }

    [Fact]
    public void What_the_outside_does_not_take_holds_the_frontend_up()
    {
        using TwinRig rig = new();
        rig.Connect();
        rig.Outside.IsFull = true;
        for (int i = 0; i < 100; i++)
        {
            rig.Send(Frames.Make(60, i));
            rig.Turn();
        }

        Assert.InRange(rig.Twin.Counters.FramesFromGuest, 1, 64);
        rig.Outside.IsFull = false;
        rig.Turn(5);
        Assert.Equal(100, rig.Outside.Count);
    }

    private static PacketBuffer MakeSuper(PacketPool pool, int payloadBytes, bool isV6)
    {
        PacketBuffer packet = pool.TryLeaseCopy(Frames.MakeTcp(payloadBytes, isV6))!;
        Frames.MakeBlank(packet);
        packet.Gso = isV6 ? GsoType.TcpV6 : GsoType.TcpV4;
        packet.GsoSizeBytes = 1000;
        return packet;
    }
}
