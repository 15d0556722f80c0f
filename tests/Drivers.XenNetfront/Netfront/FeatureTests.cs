using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

public class FeatureTests
{
    private const DeviceOffloads All = DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.TransmitChecksumV6
        | DeviceOffloads.SegmentTcpV4 | DeviceOffloads.SegmentTcpV6;

    [Fact]
    public void Everything_the_backend_has_is_used_and_offered()
    {
        using NetfrontRig rig = new(mtuBytes: 9000);
        rig.Settle();

        Assert.Equal(All, rig.Device.Capabilities.Offloads);
        Assert.Equal(9000, rig.Device.Capabilities.MtuBytes);
        Assert.Equal(NetfrontRig.Address, rig.Device.Address);
        Assert.Equal("xen:0", rig.Device.Name);
        foreach (string node in (string[])["request-rx-copy", "feature-rx-notify", "feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-ipv6-csum-offload"])
        {
            Assert.Equal("1", rig.FrontendNode(node));
        }

        Assert.Equal("0", rig.FrontendNode("feature-no-csum-offload"));
        Assert.True(rig.Twin.UsesSplitEventChannels);
        Assert.Null(rig.FrontendNode("event-channel"));
        Assert.Null(rig.FrontendNode("multi-queue-num-queues"));
    }

    [Theory]
    [InlineData(nameof(NetfrontOptions.ScatterGather), "feature-sg", DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.TransmitChecksumV6)]
    [InlineData(nameof(NetfrontOptions.SegmentationV4), "feature-gso-tcpv4", All & ~DeviceOffloads.SegmentTcpV4)]
    [InlineData(nameof(NetfrontOptions.SegmentationV6), "feature-gso-tcpv6", All & ~DeviceOffloads.SegmentTcpV6)]
    [InlineData(nameof(NetfrontOptions.ChecksumV6), "feature-ipv6-csum-offload", DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.SegmentTcpV4)]
    [InlineData(nameof(NetfrontOptions.ChecksumV4), null, DeviceOffloads.TransmitChecksumV6 | DeviceOffloads.SegmentTcpV6)]
    [InlineData(nameof(NetfrontOptions.SplitEventChannels), null, All)]
    public void A_feature_that_either_side_does_without_is_not_used(string off, string? node, DeviceOffloads offloads)
    {
        NetfrontOptions options = new()
        {
            ScatterGather = off != nameof(NetfrontOptions.ScatterGather),
            SegmentationV4 = off != nameof(NetfrontOptions.SegmentationV4),
            SegmentationV6 = off != nameof(NetfrontOptions.SegmentationV6),
            ChecksumV4 = off != nameof(NetfrontOptions.ChecksumV4),
            ChecksumV6 = off != nameof(NetfrontOptions.ChecksumV6),
            SplitEventChannels = off != nameof(NetfrontOptions.SplitEventChannels),
        };
        NetbackOptions backend = new()
        {
            ScatterGather = options.ScatterGather,
            SegmentationV4 = options.SegmentationV4,
            SegmentationV6 = options.SegmentationV6,
            ChecksumV4 = options.ChecksumV4,
            ChecksumV6 = options.ChecksumV6,
            SplitEventChannels = options.SplitEventChannels,
        };
        using NetfrontRig own = new(options, mtuBytes: 9000);
        using NetfrontRig other = new(backend: backend, mtuBytes: 9000);
        foreach (NetfrontRig rig in (NetfrontRig[])[own, other])
        {
            rig.Settle();
            Assert.Equal(offloads, rig.Device.Capabilities.Offloads);
            Assert.Equal(options.ScatterGather ? 9000 : 1500, rig.Device.Capabilities.MtuBytes);
            Assert.Equal(options.SplitEventChannels, rig.Twin.UsesSplitEventChannels);
            AssertCarries(rig, TestFrame.Make(1, 1514));
        }

        if (node is not null)
        {
            Assert.Equal("0", own.FrontendNode(node));
        }

        Assert.Equal(options.ChecksumV4 ? "0" : "1", own.FrontendNode("feature-no-csum-offload"));
    }

    [Theory]
    [InlineData(false, 60_000, 1460)]
    [InlineData(true, 60_000, 1440)]
    [InlineData(false, 65_400, 1448)]
    [InlineData(true, 2000, 500)]
    public void Super_frames_pass_uncut_both_ways(bool isV6, int payloadBytes, int segmentBytes)
    {
        GsoType type = isV6 ? GsoType.TcpV6 : GsoType.TcpV4;
        using NetfrontRig rig = new(outside: All);
        rig.Settle();
        TestFrame frame = TestFrame.MakeTcp(isV6, payloadBytes, type, segmentBytes);
        rig.Outside.Send(frame);
        Assert.True(rig.Send(frame));
        rig.Settle();

        TestFrame received = Assert.Single(rig.Received);
        AssertSame(frame, received);
        AssertSame(frame, Assert.Single(rig.Outside.FromGuest));
        Assert.Equal((frame.Bytes.Length + 4095) / 4096, received.Blocks);
        Assert.Equal(1, rig.Twin.Counters.SuperFramesFromGuest);
        Assert.Equal(1, rig.Twin.Counters.SuperFramesToGuest);
        Assert.Equal(0, rig.Pool.Counters.TotalDrops);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Super_frames_are_cut_for_a_guest_that_takes_none(bool isV6)
    {
        using NetfrontRig rig = new(new NetfrontOptions { SegmentationV4 = false, SegmentationV6 = false }, outside: All);
        rig.Settle();
        rig.Outside.Send(TestFrame.MakeTcp(isV6, 10_000, isV6 ? GsoType.TcpV6 : GsoType.TcpV4, 1000));
        rig.Settle();

        Assert.Equal(10, rig.Received.Count);
        Assert.All(rig.Received, frame => Assert.Equal(GsoType.None, frame.Gso));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_blank_checksum_says_where_it_goes(bool isV6)
    {
        using NetfrontRig rig = new(outside: All);
        rig.Settle();
        TestFrame frame = TestFrame.MakeTcp(isV6, 700);
        rig.Outside.Send(frame);
        Assert.True(rig.Send(frame));
        rig.Settle();

        AssertSame(frame, Assert.Single(rig.Received));
        AssertSame(frame, Assert.Single(rig.Outside.FromGuest));
        Assert.Equal(1, rig.Twin.Counters.BlankChecksumsFromGuest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_checksum_is_filled_in_for_a_guest_that_takes_no_blank_one(bool isV6)
    {
        using NetfrontRig rig = new(new NetfrontOptions { ChecksumV4 = false, ChecksumV6 = false }, outside: All);
        rig.Settle();
        rig.Outside.Send(TestFrame.MakeTcp(isV6, 700));
        rig.Settle();

        TestFrame received = Assert.Single(rig.Received);
        Assert.NotEqual(ChecksumState.ToBeFilled, received.Checksum);
        Assert.Equal(TestFrame.MakeTcp(isV6, 700, isBlank: false).Bytes, received.Bytes);
    }

    [Fact]
    public void A_frame_of_more_pieces_than_slots_is_copied_into_fewer()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        PacketBuffer head = rig.Pool.TryLease()!;
        PacketBuffer tail = head;
        TestFrame whole = TestFrame.Make(3, 40 * 30);
        whole.Bytes.AsSpan(0, 30).CopyTo(head.Extend(30));
        for (int piece = 1; piece < 40; piece++)
        {
            PacketBuffer block = rig.Pool.TryLease()!;
            whole.Bytes.AsSpan(piece * 30, 30).CopyTo(block.Extend(30));
            tail.Append(block);
            tail = block;
        }

        Assert.Equal(1, rig.Device.Transmit([head], rig.Xen.Now));
        rig.Settle();
        Assert.Equal(whole.Bytes, Assert.Single(rig.Outside.FromGuest).Bytes);
        Assert.Equal(1, rig.Twin.Counters.SlotsFromGuest);
    }

    [Fact]
    public void A_frame_in_the_blocks_of_another_pool_is_copied()
    {
        using NetfrontRig rig = new();
        rig.Settle();
        PacketPool other = new(16);
        TestFrame frame = TestFrame.Make(7, 500);
        Assert.Equal(1, rig.Device.Transmit([frame.Lease(other)], rig.Xen.Now));
        rig.Settle();

        Assert.Equal(frame.Bytes, Assert.Single(rig.Outside.FromGuest).Bytes);
        Assert.Equal(0, other.OutstandingBlocks);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Several_queues_carry_frames_each(int queues)
    {
        using NetfrontRig rig = new(new NetfrontOptions { Queues = queues, Entropy = 1 });
        rig.Settle();
        Assert.Equal(queues, rig.Queues.Count);
        Assert.Equal(queues, rig.Twin.QueueCount);
        Assert.Equal($"{queues}", rig.FrontendNode("multi-queue-num-queues"));
        Assert.Null(rig.FrontendNode("tx-ring-ref"));
        for (int i = 0; i < queues * 50; i++)
        {
            TestFrame frame = TestFrame.MakeTcp(false, i);
            frame.Bytes[35] = (byte)i;
            rig.Outside.Send(frame with { Checksum = ChecksumState.None });
            Assert.True(rig.Send(TestFrame.Make(i), i % queues));
        }

        rig.Settle();
        Assert.Equal(queues * 50, rig.Received.Count);
        Assert.Equal(queues * 50, rig.Outside.FromGuest.Count);
        Assert.All(rig.ReceivedBy.Take(queues), count => Assert.True(count > 0));
    }

    [Fact]
    public void There_are_no_more_queues_than_the_backend_offers()
    {
        using NetfrontRig rig = new(new NetfrontOptions { Queues = 4 }, new NetbackOptions { MaximumQueues = 2 });
        rig.Settle();
        Assert.Equal(2, rig.Queues.Count);
        Assert.Equal(2, rig.Twin.QueueCount);
    }

    [Fact]
    public void A_small_pool_and_a_small_grant_table_are_enough()
    {
        using NetfrontRig rig = new(maximumBlocks: 4096, maximumGrants: 256);
        rig.Settle();
        List<PacketBuffer> held = [];
        while (rig.Pool.TryLease() is { } block)
        {
            held.Add(block);
        }

        Assert.InRange(held.Count, 64, 255);
        Assert.Equal(held.Count + rig.Device.Rings!.Receive.PostedBlocks, rig.Pool.MaximumBlocks);
        rig.Settle();
        held.ForEach(rig.Pool.Return);
        for (int i = 0; i < 200; i++)
        {
            AssertCarries(rig, TestFrame.Make(i, 1000));
        }
    }

    private static void AssertCarries(NetfrontRig rig, TestFrame frame)
    {
        int received = rig.Received.Count;
        int sent = rig.Outside.FromGuest.Count;
        rig.Outside.Send(frame);
        Assert.True(rig.Send(frame));
        rig.Settle();
        Assert.Equal(frame.Bytes, Assert.Single(rig.Received.Skip(received)).Bytes);
        Assert.Equal(frame.Bytes, Assert.Single(rig.Outside.FromGuest.Skip(sent)).Bytes);
    }

    private static void AssertSame(TestFrame expected, TestFrame actual)
    {
        Assert.Equal(expected.Bytes, actual.Bytes);
        Assert.Equal(
            (expected.Checksum, expected.ChecksumStart, expected.Gso, expected.GsoSizeBytes),
            (actual.Checksum, actual.ChecksumStart, actual.Gso, actual.GsoSizeBytes));
    }
}
