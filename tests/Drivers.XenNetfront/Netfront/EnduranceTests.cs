using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

[Collection(nameof(HeapMeasurement))]
public sealed class EnduranceTests
{
    private const int Frames = 100_000;

    [Fact]
    public void None_of_100000_frames_is_lost_either_way_as_the_rings_wrap()
    {
        using NetfrontRig rig = new() { IsForgetful = true };
        rig.Outside.IsForgetful = true;
        rig.Settle();
        int sent = 0;
        TestFrame frame = TestFrame.Make(1, 700);
        for (int given = 0; given < Frames; given += 100)
        {
            for (int i = 0; i < 100; i++)
            {
                rig.Outside.Send(frame);
                sent += rig.Send(frame) ? 1 : 0;
            }

            rig.Settle();
        }

        for (; sent < Frames; sent++)
        {
            Assert.True(rig.Send(frame));
            rig.Settle();
        }

        Assert.Equal(Frames, rig.FramesReceived);
        Assert.Equal(Frames, rig.Outside.FramesFromGuest);
        Assert.Equal(0, rig.Twin.Counters.Dropped);
        Assert.Equal(0, rig.Pool.Counters.TotalDrops);
        Assert.Equal(rig.Device.Rings!.Receive.PostedBlocks, rig.Pool.OutstandingBlocks);
    }

    [Fact]
    public void A_full_ring_holds_frames_back_and_wakes_the_loop_when_there_is_room()
    {
        using NetfrontRig rig = new() { IsForgetful = true };
        rig.Settle();
        int sent = 0;
        while (rig.Send(TestFrame.Make(sent)))
        {
            sent++;
        }

        Assert.Equal(NetifLayout.TransmitSlotCount, sent);
        long notifications = rig.Twin.Counters.Notifications;
        rig.TurnTwin();
        Assert.True(rig.Twin.Counters.Notifications > notifications);
        rig.TurnGuest();
        Assert.True(rig.Send(TestFrame.Make(sent)));
    }

    [Fact]
    public void The_way_of_a_frame_allocates_nothing()
    {
        using SimulatedXen xen = new();
        using SimulatedHypervisor guest = xen.AddDomain(1);
        using VifToolstack toolstack = new(xen);
        using DevicePair cable = new();
        using NetbackTwin twin = new(xen.Domain0, 1, 0, cable.Left);
        PacketPool outer = new(4096);
        cable.Right.Attach(outer, () => { });
        toolstack.Attach(guest, 0, NetfrontRig.Address);
        twin.Turn(xen.Now);
        using NetfrontDevice device = NetfrontDevice.Open(guest, 0);
        PacketPool pool = new(4096);
        device.Attach(pool, () => { });
        PacketBuffer[] burst = new PacketBuffer[64];
        PacketBuffer[] sending = new PacketBuffer[32];
        byte[] bytes = TestFrame.Make(1, 3000).Bytes;
        long received = 0;

        void Exchange(int rounds)
        {
            for (int round = 0; round < rounds; round++)
            {
                for (int i = 0; i < sending.Length; i++)
                {
                    sending[i] = pool.TryLeaseCopy(bytes)!;
                }

                for (int i = device.Transmit(sending, xen.Now); i < sending.Length; i++)
                {
                    pool.Return(sending[i]);
                }

                for (int i = 0; i < sending.Length; i++)
                {
                    sending[i] = outer.TryLeaseCopy(bytes)!;
                }

                for (int i = cable.Right.Transmit(sending, xen.Now); i < sending.Length; i++)
                {
                    outer.Return(sending[i]);
                }

                twin.Turn(xen.Now);
                int count = device.Receive(burst, xen.Now);
                received += count;
                for (int i = 0; i < count; i++)
                {
                    pool.Return(burst[i]);
                }

                device.Reclaim();
                count = cable.Right.Receive(burst, xen.Now);
                for (int i = 0; i < count; i++)
                {
                    outer.Return(burst[i]);
                }

                cable.Right.Reclaim();
            }
        }

        Exchange(200);
        Assert.True(device.IsUp);
        received = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(received > 30_000, $"{received} frames");
        Assert.True(allocated == 0, $"{allocated} bytes for {received} frames");
    }
}
