using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>A TAP with several queues.</summary>
public sealed class TapQueuesTests
{
    private const int Queues = 4;
    private const ushort Port = 5000;

    private static readonly TapOptions Options = new() { Offloads = false };

    [TapFact]
    public async Task The_queues_are_one_station_and_the_interface_goes_with_the_last()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        IReadOnlyList<TapDevice> queues = space.Enter(() => TapDevice.OpenQueues("tap0", Queues));

        Assert.Equal(Queues, queues.Count);
        Assert.Equal("tap:tap0", Assert.Single(queues.Select(queue => queue.Name).Distinct()));
        Assert.Single(queues.Select(queue => queue.Address).Distinct());
        Assert.Single(queues.Select(queue => queue.Capabilities).Distinct());
        Assert.All(queues, queue => Assert.True(queue.IsUp));
        for (int i = 0; i < Queues; i++)
        {
            Assert.Contains("tap0", await space.IpAsync("link show"), StringComparison.Ordinal);
            queues[i].Dispose();
        }

        Assert.DoesNotContain("tap0", await space.IpAsync("link show"), StringComparison.Ordinal);
    }

    [TapFact]
    public async Task One_queue_is_a_plain_tap()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", "10.9.0.1/24");
        using TapDevice only = Assert.Single(space.Enter(() => TapDevice.OpenQueues("tap0", 1)));
        Assert.True(only.IsUp);
    }

    [TapFact]
    public async Task A_persistent_tap_of_several_queues_is_opened_and_stays()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap multi_queue");
        foreach (TapDevice queue in space.Enter(() => TapDevice.OpenQueues("tap0", Queues)))
        {
            queue.Dispose();
        }

        Assert.Contains("tap0", await space.IpAsync("link show"), StringComparison.Ordinal);
    }

    [TapFact]
    public async Task A_tap_of_one_queue_is_not_opened_with_several()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", "10.9.0.1/24");

        TapException failure = Assert.Throws<TapException>(() => space.Enter(() => TapDevice.OpenQueues("tap0", Queues)));

        Assert.Equal(TapError.OtherQueues, failure.Error);
        Assert.Contains("ip tuntap add dev tap0 mode tap multi_queue", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [TapFact]
    public async Task A_tap_of_several_queues_is_not_opened_with_one()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap multi_queue");

        TapException failure = Assert.Throws<TapException>(() => space.Enter(() => TapDevice.Open("tap0")));

        Assert.Equal(TapError.OtherQueues, failure.Error);
        Assert.Contains("ip tuntap add dev tap0 mode tap", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [TapFact]
    public async Task The_queues_that_another_has_open_are_not_joined()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.IpAsync("tuntap add dev tap0 mode tap multi_queue");
        IReadOnlyList<TapDevice> first = space.Enter(() => TapDevice.OpenQueues("tap0", Queues));
        try
        {
            TapException failure = Assert.Throws<TapException>(() => space.Enter(() => TapDevice.OpenQueues("tap0", Queues)));
            Assert.Equal(TapError.Busy, failure.Error);
        }
        finally
        {
            foreach (TapDevice queue in first)
            {
                queue.Dispose();
            }
        }

        foreach (TapDevice queue in space.Enter(() => TapDevice.OpenQueues("tap0", Queues)))
        {
            queue.Dispose();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(TapOptions.MaximumQueues + 1)]
    public void A_number_of_queues_out_of_range_is_refused(int queues) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TapDevice.OpenQueues("tap0", queues));

    /// <summary>What lets a connection settle in its shard: the kernel sends a flow to the queue by which it was last answered.</summary>
    [TapFact]
    public async Task The_kernel_sends_a_flow_to_the_queue_that_answered_it()
    {
        using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        AttachedTap[] taps = [.. space.Enter(() => TapDevice.OpenQueues("tap0", Queues, Options)).Select(queue => new AttachedTap(queue))];
        try
        {
            await space.IpAsync("address add 10.9.0.1/24 dev tap0");
            await space.IpAsync($"neighbor add 10.9.0.2 lladdr {taps[0].Device.Address} dev tap0");
            using Socket kernel = space.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
            IPEndPoint ours = new(IPAddress.Parse("10.9.0.2"), Port);
            kernel.SendTo(new byte[1], ours);
            byte[] answer = AnswerTo(FirstDatagram(taps, out _));
            for (int queue = 0; queue < Queues; queue++)
            {
                Assert.Equal(1, taps[queue].Transmit(taps[queue].FrameOf(answer)));
                kernel.ReceiveTimeout = 10_000;
                kernel.Receive(new byte[10]);
                kernel.SendTo(new byte[1], ours);
                FirstDatagram(taps, out int by);
                Assert.Equal(queue, by);
            }
        }
        finally
        {
            foreach (AttachedTap tap in taps)
            {
                tap.Dispose();
            }
        }
    }

    private static byte[] FirstDatagram(AttachedTap[] taps, out int queue)
    {
        PacketBuffer[] burst = new PacketBuffer[1];
        for (int i = 0; ; i++)
        {
            queue = i % taps.Length;
            AttachedTap tap = taps[queue];
            tap.Waiter.Wait(Duration.FromMilliseconds(1));
            if (tap.Device.Receive(burst, Instant.Origin) == 0)
            {
                Assert.True(i < 20_000, "no frame came");
                continue;
            }

            byte[] frame = new byte[burst[0].TotalLength];
            burst[0].CopyTo(frame);
            tap.Pool.Return(burst[0]);
            bool isOurs = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == (ushort)EtherType.IPv4
                && frame[23] == 17 && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36)) == Port;
            if (isOurs)
            {
                return frame;
            }
        }
    }

    /// <summary>The datagram with its ends exchanged. Its checksums stay right: they are sums.</summary>
    private static byte[] AnswerTo(byte[] frame)
    {
        byte[] answer = [.. frame];
        Exchange(answer, 0, 6, 6);
        Exchange(answer, 26, 30, 4);
        Exchange(answer, 34, 36, 2);
        return answer;
    }

    private static void Exchange(byte[] bytes, int one, int other, int length)
    {
        for (int i = 0; i < length; i++)
        {
            (bytes[one + i], bytes[other + i]) = (bytes[other + i], bytes[one + i]);
        }
    }
}
