using NetStack.Core;

namespace NetStack.Drivers.XenNetfront.Tests;

public class ReconnectionTests
{
    private static readonly Duration Second = Duration.FromSeconds(1);

    [Fact]
    public void It_connects_again_when_the_backend_closes_and_comes_back()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Twin.Close();
        rig.Settle();

        AssertCarries(rig);
        Assert.Equal(2, rig.Twin.Counters.Connections);
    }

    [Fact]
    public void It_goes_down_with_the_interface_and_up_with_a_new_one()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        AssertCarries(rig);
        int grants = rig.Guest.Grants.InUse;
        rig.Toolstack.BeginDetach(rig.Guest, 0);
        rig.Settle();
        Assert.False(rig.Device.IsUp);
        Assert.Equal("6", rig.FrontendNode("state"));
        Assert.Equal("6", rig.BackendNode("state"));

        rig.Toolstack.EndDetach(rig.Guest, 0);
        rig.Settle();
        Assert.False(rig.Device.IsUp);
        Assert.Equal(0, rig.Pool.OutstandingBlocks);

        rig.Toolstack.Attach(rig.Guest, 0, NetfrontRig.Address);
        rig.Pass(Second);
        AssertCarries(rig);
        Assert.Equal(grants, rig.Guest.Grants.InUse);
    }

    [Fact]
    public void It_survives_a_backend_that_is_killed_and_started_anew()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Twin.Die();
        rig.Toolstack.Remove(rig.Toolstack.BackendPath(rig.Guest, 0));
        rig.Settle();
        Assert.False(rig.Device.IsUp);

        rig.Toolstack.Attach(rig.Guest, 0, NetfrontRig.Address);
        rig.Twin.Revive();
        rig.Pass(Second);
        AssertCarries(rig);
    }

    [Fact]
    public void It_survives_a_backend_that_starts_anew_without_a_word()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Twin.Die();
        rig.Send(TestFrame.Make(1));
        rig.Twin.Revive();
        rig.Pass(Second);
        AssertCarries(rig);
    }

    [Fact]
    public void What_nobody_takes_is_dropped_and_counted_while_the_backend_is_away()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Toolstack.BeginDetach(rig.Guest, 0);
        rig.Settle();

        Assert.True(rig.Send(TestFrame.Make(1)));
        Assert.Equal(1, rig.Pool.Counters[DropReason.DeviceTransmitFailed]);
        Assert.Equal(0, rig.Pool.OutstandingBlocks);
    }

    [Fact]
    public void What_is_sent_while_it_connects_waits()
    {
        using NetfrontRig rig = new();
        rig.TurnGuest();
        Assert.False(rig.Device.IsUp);
        Assert.False(rig.Send(TestFrame.Make(1)));

        rig.Settle();
        Assert.True(rig.Send(TestFrame.Make(1)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7)]
    public void It_connects_again_after_a_suspend(int? number)
    {
        using NetfrontRig rig = new();
        rig.Settle();
        AssertCarries(rig);

        // What an application holds: read and not returned, or written and not sent.
        PacketBuffer held = TestFrame.Make(99, 3000).Lease(rig.Pool);
        byte[] content = TestFrame.Of(held).Bytes;
        Suspend(rig, number);
        Assert.True(rig.Device.IsUp, rig.Device.Hint);
        Assert.Equal(content, TestFrame.Of(held).Bytes);

        // Its block is no longer granted, and is not granted while it is out: its bytes go by a copy.
        int sent = rig.Outside.FromGuest.Count;
        Assert.Equal(1, rig.Device.Transmit([held], rig.Xen.Now));
        rig.Settle();
        Assert.Equal(content, rig.Outside.FromGuest[sent].Bytes);
        AssertCarries(rig);
        rig.Device.ReleaseBuffers();
        rig.Settle();
        Assert.Equal(0, rig.Pool.OutstandingBlocks);
    }

    [Fact]
    public void Blocks_are_granted_again_as_they_come_home()
    {
        using NetfrontRig rig = new(maximumBlocks: 256);
        rig.Settle();
        List<PacketBuffer> held = [];
        while (rig.Pool.AvailableBlocks > 40)
        {
            held.Add(rig.Pool.TryLease()!);
        }

        for (int i = 0; i < 3; i++)
        {
            Suspend(rig, null);
        }

        int before = rig.Guest.Grants.InUse;
        held.ForEach(rig.Pool.Return);
        for (int i = 0; i < 40; i++)
        {
            AssertCarries(rig);
        }

        Assert.True(rig.Guest.Grants.InUse > before);
        Assert.Equal(0, rig.Twin.Counters.GrantCopiesFailed);
        rig.Device.Dispose();
        Assert.Equal(0, rig.Guest.Grants.InUse);
    }

    [Fact]
    public void Nothing_leaks_over_many_connections()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        AssertCarries(rig);
        int grants = rig.Guest.Grants.InUse;
        int pages = rig.Guest.PagesAllocated;
        int ports = rig.Guest.PortsOpen;
        int blocks = rig.Pool.OutstandingBlocks;
        for (int i = 0; i < 20; i++)
        {
            rig.Send(TestFrame.Make(i));
            if (i % 2 == 0)
            {
                rig.Twin.Close();
                rig.Pass(Second);
            }
            else
            {
                Suspend(rig, 10 + i);
            }

            AssertCarries(rig);
        }

        Assert.Equal((pages, ports), (rig.Guest.PagesAllocated, rig.Guest.PortsOpen));
        Assert.Equal(blocks, rig.Pool.OutstandingBlocks);
        Assert.Equal(grants, rig.Guest.Grants.InUse);
    }

    [Fact]
    public void A_loop_that_ends_gets_all_blocks_back_and_leaves_nothing()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        AssertCarries(rig);
        rig.Device.ReleaseBuffers();
        rig.Settle();

        Assert.Equal(0, rig.Pool.OutstandingBlocks);
        Assert.Equal("6", rig.FrontendNode("state"));
        rig.Device.Dispose();
        Assert.Equal(0, rig.Guest.Grants.InUse);
        Assert.Equal(0, rig.Guest.PagesAllocated);
        Assert.Equal(0, rig.Guest.PortsOpen);
    }

    private static void Suspend(NetfrontRig rig, int? number)
    {
        rig.Twin.Die();
        rig.Xen.Resume(
            rig.Guest, Duration.FromSeconds(5), () => rig.Toolstack.Restore(rig.Guest, 0, NetfrontRig.Address), (ushort?)number);
        rig.Twin.FrontendDomain = rig.Guest.Domain;
        rig.Twin.Revive();
        rig.Pass(Second);
    }

    private static void AssertCarries(NetfrontRig rig)
    {
        Assert.True(rig.Device.IsUp, $"{rig.Device.Hint} {rig.FrontendNode("state")} {rig.BackendNode("state")}");
        int received = rig.Received.Count;
        int sent = rig.Outside.FromGuest.Count;
        TestFrame frame = TestFrame.Make(received, 1000);
        rig.Outside.Send(frame);
        Assert.True(rig.Send(frame));
        rig.Settle();
        Assert.Equal(frame.Bytes, Assert.Single(rig.Received.Skip(received)).Bytes);
        Assert.Equal(frame.Bytes, Assert.Single(rig.Outside.FromGuest.Skip(sent)).Bytes);
    }
}
