using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

public class ControlTests
{
    private static readonly MacAddress Group = new(0x01_00_5E_00_00_FB);

    [Fact]
    public void Flows_are_spread_by_a_hash_that_the_backend_is_told_of()
    {
        using NetfrontRig rig = new(new NetfrontOptions { Queues = 4, Entropy = 7 });
        rig.Settle();
        Assert.True(rig.Device.Link.Control!.IsHashing);
        Assert.True(rig.Twin.UsesControlRing);

        for (int i = 0; i < 400; i++)
        {
            TestFrame frame = TestFrame.MakeTcp(false, 10, isBlank: false);
            frame.Bytes[34] = (byte)(i >> 3);
            frame.Bytes[35] = (byte)i;
            rig.Outside.Send(frame);
        }

        rig.Settle();
        Assert.Equal(400, rig.Received.Count);
        Assert.All(rig.ReceivedBy.Take(4), count => Assert.InRange(count, 30, 250));
    }

    [Fact]
    public void One_queue_without_staging_needs_no_control_ring()
    {
        using NetfrontRig rig = new(new NetfrontOptions { StagingGrants = false });
        rig.Settle();
        Assert.Null(rig.Device.Link.Control);
        Assert.Null(rig.FrontendNode("ctrl-ring-ref"));
        Assert.False(rig.Twin.UsesControlRing);
    }

    [Fact]
    public void Pages_that_the_backend_keeps_mapped_save_it_the_grant_copies()
    {
        using NetfrontRig staged = new();
        using NetfrontRig plain = new(new NetfrontOptions { StagingGrants = false });
        foreach (NetfrontRig rig in (NetfrontRig[])[staged, plain])
        {
            rig.Settle();
            for (int i = 0; i < 500; i++)
            {
                rig.Outside.Send(TestFrame.Make(i, 1000));
                Assert.True(rig.Send(TestFrame.Make(i, 1000)));
                rig.Settle();
            }

            Assert.Equal(500, rig.Received.Count);
        }

        Assert.True(staged.Device.Link.Control!.StagedPages >= 256);
        Assert.InRange(staged.Twin.Counters.GrantCopies, 0, 100);
        Assert.Equal(1000, plain.Twin.Counters.GrantCopies);
    }

    [Fact]
    public void Pages_are_made_known_again_after_a_reconnection()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Twin.Close();
        rig.Pass(Duration.FromSeconds(1));
        rig.Settle();
        int staged = rig.Device.Link.Control!.StagedPages;
        Assert.True(staged >= 256);
        Assert.Equal(2, rig.Twin.Counters.Connections);
    }

    [Fact]
    public void A_backend_without_staging_is_served_all_the_same()
    {
        using NetfrontRig rig = new(backend: new NetbackOptions { StagingGrants = 0 });
        rig.Settle();
        Assert.Equal(0, rig.Device.Link.Control!.StagedPages);
        rig.Outside.Send(TestFrame.Make(1));
        rig.Settle();
        Assert.Single(rig.Received);
        Assert.Equal(NetfrontFault.None, rig.Device.Fault);
    }

    [Fact]
    public void Frames_to_groups_are_delivered_until_the_loop_says_which_it_listens_to()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        Assert.Equal("0", rig.FrontendNode("request-multicast-control"));
        SendTo(rig, Group);
        Assert.Single(rig.Received);

        rig.Device.FilterGroups([]);
        rig.Settle();
        Assert.Equal("1", rig.FrontendNode("request-multicast-control"));
        SendTo(rig, Group);
        Assert.Single(rig.Received);
        Assert.Equal(1, rig.Twin.Counters.MulticastFiltered);
        SendTo(rig, MacAddress.Broadcast);
        Assert.Equal(2, rig.Received.Count);

        rig.Device.FilterGroups([Group]);
        rig.Settle();
        SendTo(rig, Group);
        Assert.Equal(3, rig.Received.Count);

        rig.Device.FilterGroups([]);
        rig.Settle();
        SendTo(rig, Group);
        Assert.Equal(3, rig.Received.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Groups_are_told_again_to_a_backend_that_comes_back(bool isDynamic)
    {
        using NetfrontRig rig = new(backend: new NetbackOptions { DynamicMulticastControl = isDynamic });
        rig.Device.FilterGroups([Group]);
        rig.Settle();
        rig.Twin.Close();
        rig.Pass(Duration.FromSeconds(1));
        Assert.Equal("1", rig.FrontendNode("request-multicast-control"));
        SendTo(rig, Group);
        SendTo(rig, new MacAddress(Group.Value + 1));
        Assert.Single(rig.Received);
        Assert.Equal(1, rig.Twin.Counters.MulticastFiltered);
    }

    [Fact]
    public void More_groups_than_the_backend_can_list_turn_the_filter_off()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        rig.Device.FilterGroups([.. Enumerable.Range(0, 200).Select(i => new MacAddress(Group.Value + (ulong)i))]);
        rig.Settle();
        Assert.Equal("0", rig.FrontendNode("request-multicast-control"));
        SendTo(rig, new MacAddress(Group.Value + 1000));
        Assert.Single(rig.Received);
    }

    [Fact]
    public void A_group_that_two_loops_listen_to_is_kept_until_neither_does()
    {
        using NetfrontRig rig = new(new NetfrontOptions { Queues = 2 });
        rig.Settle();
        rig.Queues[0].FilterGroups([Group]);
        rig.Queues[1].FilterGroups([Group]);
        rig.Queues[0].FilterGroups([]);
        rig.Settle();
        SendTo(rig, Group);
        Assert.Single(rig.Received);

        rig.Queues[1].FilterGroups([]);
        rig.Settle();
        SendTo(rig, Group);
        Assert.Single(rig.Received);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(9000)]
    public void Room_that_was_asked_for_is_left_before_the_data(int lengthBytes)
    {
        using NetfrontRig rig = new(new NetfrontOptions { ReceiveHeadroom = true }, mtuBytes: 9500);
        rig.Settle();
        Assert.Equal("194", rig.FrontendNode("xdp-headroom"));
        Assert.Equal("4", rig.FrontendNode("state"));
        TestFrame frame = TestFrame.Make(1, lengthBytes);
        rig.Outside.Send(frame);
        rig.TurnTwin();
        PacketBuffer[] burst = new PacketBuffer[1];
        Assert.Equal(1, rig.Device.Receive(burst, rig.Xen.Now));
        Assert.Equal(194, burst[0].HeadroomBytes);
        Assert.Equal(frame.Bytes, TestFrame.Of(burst[0]).Bytes);
        rig.Pool.Return(burst[0]);
        Assert.True(rig.Send(frame));
        rig.Settle();
        Assert.Equal(frame.Bytes, Assert.Single(rig.Outside.FromGuest).Bytes);
    }

    private static void SendTo(NetfrontRig rig, MacAddress destination)
    {
        TestFrame frame = TestFrame.Make(1);
        destination.Write(frame.Bytes);
        rig.Outside.Send(frame);
        rig.Settle();
    }
}
