using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>Frames both ways, with the kernel's own stack at the other end.</summary>
public sealed class KernelPeerTests
{
    private const string Ours = "10.9.0.2";
    private const string Kernels = "10.9.0.1";
    private const int HeaderBytes = 14 + 20 + 8;

    [TapFact]
    [Trait("RFC", "826")]
    public async Task The_kernel_answers_an_arp_request()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        Assert.Equal(1, tap.Transmit(tap.FrameOf(ArpFrame.Request(tap.Device.Address, Ours, Kernels))));
        byte[] reply = Assert.Single(tap.ReceiveUntil(1, frame => ArpFrame.IsReply(frame, Kernels)));
        Assert.Equal(tap.Device.KernelAddress, ArpFrame.SenderOf(reply));
    }

    [TapFact]
    public async Task What_the_kernel_sends_right_after_opening_is_not_lost()
    {
        using NetworkNamespace space = await SpaceAsync();
        for (int opened = 0; opened < 20; opened++)
        {
            // Each opening plugs the cable of the persistent interface in anew.
            using AttachedTap tap = new(space);
            Assert.Equal(1, tap.Transmit(tap.FrameOf(ArpFrame.Request(tap.Device.Address, Ours, Kernels))));
            Assert.Single(tap.ReceiveUntil(1, frame => ArpFrame.IsReply(frame, Kernels)));
        }
    }

    [TapFact]
    public async Task A_frame_in_pieces_arrives_whole()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        byte[] request = ArpFrame.Request(tap.Device.Address, Ours, Kernels);
        PacketBuffer payload = tap.FrameOf(request.AsSpan(14));
        PacketBuffer frame = tap.FrameOf(request.AsSpan(0, 14));
        frame.Append(tap.Pool.LeaseSlice(payload, payload.Start, 10));
        frame.Next!.Append(tap.Pool.LeaseSlice(payload, payload.Start + 10, payload.Length - 10));
        tap.Pool.Return(payload);

        Assert.Equal(1, tap.Transmit(frame));
        Assert.Single(tap.ReceiveUntil(1, bytes => ArpFrame.IsReply(bytes, Kernels)));
    }

    [TapFact]
    public async Task Bursts_take_what_has_come_in_order_and_then_nothing()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        await NeighborAsync(space, tap);
        const int Datagrams = 40;
        using Socket socket = KernelSocket(space);
        for (byte i = 0; i < Datagrams; i++)
        {
            socket.Send([i, 1, 2, 3]);
        }

        PacketBuffer[] burst = new PacketBuffer[16];
        List<int> counts = [];
        List<byte> order = [];
        for (int count = -1; count != 0;)
        {
            count = tap.Device.Receive(burst, Instant.Origin);
            counts.Add(count);
            for (int i = 0; i < count; i++)
            {
                // The IP header, behind 14 bytes of Ethernet, lies on a multiple of four.
                Assert.Equal(0, (burst[i].Start + 14) % 4);
                Assert.True(burst[i].HeadroomBytes >= PacketBuffer.DefaultHeadroomBytes);
                order.Add(burst[i].Span[HeaderBytes]);
                tap.Pool.Return(burst[i]);
            }
        }

        Assert.Equal([16, 16, 8, 0], counts);
        Assert.Equal(Enumerable.Range(0, Datagrams).Select(i => (byte)i), order);
    }

    [TapFact]
    public async Task A_datagram_of_ours_reaches_a_socket_of_the_kernels()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        await NeighborAsync(space, tap);
        using Socket socket = KernelSocket(space);

        // The kernel's own datagram, turned round, is one that we need not write.
        socket.Send("round trip"u8);
        byte[] frame = Assert.Single(tap.ReceiveUntil(1, bytes => bytes.AsSpan().EndsWith("round trip"u8)));
        Turn(frame);
        Assert.Equal(1, tap.Transmit(tap.FrameOf(frame)));
        Assert.Equal("round trip"u8, Take(socket));
    }

    [TapFact]
    public async Task Jumbo_frames_come_and_go_as_chains()
    {
        using NetworkNamespace space = await SpaceAsync(mtuBytes: 9000);
        using AttachedTap tap = new(space);
        Assert.Equal(9000, tap.Device.Capabilities.MtuBytes);
        await NeighborAsync(space, tap);
        using Socket socket = KernelSocket(space);
        byte[] large = new byte[9000 - 28];
        new Random(1).NextBytes(large);
        socket.Send(large);

        PacketBuffer[] burst = new PacketBuffer[4];
        Assert.Equal(1, tap.Device.Receive(burst, Instant.Origin));
        Assert.Equal(9014, burst[0].TotalLength);
        Assert.Equal(3, ChainLength(burst[0]));
        byte[] frame = new byte[9014];
        burst[0].CopyTo(frame);
        Assert.Equal(large, frame.AsSpan(HeaderBytes).ToArray());
        tap.Pool.Return(burst[0]);

        Turn(frame);
        PacketBuffer reply = tap.FrameOf(frame);
        Assert.NotNull(reply.Next);
        Assert.Equal(1, tap.Transmit(reply));
        Assert.Equal(large, Take(socket));
    }

    [TapFact]
    public async Task Frames_for_a_full_pool_are_dropped_and_counted()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space, blocks: 16);
        await NeighborAsync(space, tap);
        using Socket socket = KernelSocket(space);
        for (byte i = 0; i < 20; i++)
        {
            socket.Send([i]);
        }

        PacketBuffer[] burst = new PacketBuffer[32];
        Assert.Equal(16, tap.Device.Receive(burst, Instant.Origin));
        Assert.Equal(4, tap.Pool.Counters[DropReason.PoolExhausted]);
        Assert.Equal(4, tap.Pool.Counters[Counter.FramesReceived]);
        for (int i = 0; i < 16; i++)
        {
            tap.Pool.Return(burst[i]);
        }

        Assert.Equal(0, tap.Device.Receive(burst, Instant.Origin));
    }

    [TapFact]
    public async Task Frames_for_an_interface_that_is_down_are_dropped_and_counted()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        byte[] request = ArpFrame.Request(tap.Device.Address, Ours, Kernels);
        await space.IpAsync("link set dev tap0 down");
        Assert.False(tap.Device.IsUp);
        Assert.Equal(2, tap.Transmit(tap.FrameOf(request), tap.FrameOf(request)));
        Assert.Equal(2, tap.Pool.Counters[DropReason.DeviceTransmitFailed]);
        Assert.Null(tap.Device.Fault);

        await space.IpAsync("link set dev tap0 up");
        Assert.Equal(1, tap.Transmit(tap.FrameOf(request)));
        Assert.Single(tap.ReceiveUntil(1, frame => ArpFrame.IsReply(frame, Kernels)));
        Assert.Equal(2, tap.Pool.Counters[DropReason.DeviceTransmitFailed]);
    }

    [TapFact]
    public async Task A_frame_that_the_kernel_refuses_is_dropped_alone()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        byte[] request = ArpFrame.Request(tap.Device.Address, Ours, Kernels);
        Assert.Equal(2, tap.Transmit(tap.FrameOf(request.AsSpan(0, 10)), tap.FrameOf(request)));
        Assert.Equal(1, tap.Pool.Counters[DropReason.DeviceTransmitFailed]);
        Assert.Single(tap.ReceiveUntil(1, frame => ArpFrame.IsReply(frame, Kernels)));
    }

    [TapFact]
    public async Task A_deleted_interface_is_a_fault_that_lets_the_loop_sleep()
    {
        using NetworkNamespace space = await SpaceAsync();
        using AttachedTap tap = new(space);
        byte[] request = ArpFrame.Request(tap.Device.Address, Ours, Kernels);
        await space.IpAsync("link delete dev tap0");

        tap.Waiter.Wait(Duration.Infinite);
        PacketBuffer[] burst = new PacketBuffer[4];
        Assert.Equal(0, tap.Device.Receive(burst, Instant.Origin));
        Assert.Equal(TapError.Gone, tap.Device.Fault?.Error);
        Assert.False(tap.Device.IsUp);
        Assert.Equal(1, tap.Transmit(tap.FrameOf(request)));
        Assert.Equal(1, tap.Pool.Counters[DropReason.DeviceTransmitFailed]);

        // What the next sleep ends by is the wake, not the dead descriptor: without it the event would still be pending.
        tap.Waiter.Wait(Duration.FromMilliseconds(1));
        tap.Waiter.Wake();
        tap.Waiter.Wait(Duration.Infinite);
    }

    private static int ChainLength(PacketBuffer packet)
    {
        int blocks = 0;
        for (PacketBuffer? block = packet; block is not null; block = block.Next)
        {
            blocks++;
        }

        return blocks;
    }

    private static async Task<NetworkNamespace> SpaceAsync(int mtuBytes = 1500)
    {
        NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await space.AddTapAsync("tap0", Kernels + "/24", mtuBytes);
        return space;
    }

    private static Task<string> NeighborAsync(NetworkNamespace space, AttachedTap tap) =>
        space.IpAsync($"neighbour replace {Ours} lladdr {tap.Device.Address} dev tap0 nud permanent");

    private static Socket KernelSocket(NetworkNamespace space) => space.Enter(() =>
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 30_000 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(Kernels), 0));
        socket.Connect(IPAddress.Parse(Ours), 7);
        return socket;
    });

    private static byte[] Take(Socket socket)
    {
        byte[] bytes = new byte[65_536];
        return bytes[..socket.Receive(bytes)];
    }

    /// <summary>Makes the sender of an IPv4 datagram its receiver. No checksum changes: each is a sum over both.</summary>
    private static void Turn(Span<byte> frame)
    {
        Swap(frame, 0, 6, 6);
        Swap(frame, 26, 30, 4);
        Swap(frame, 34, 36, 2);
    }

    private static void Swap(Span<byte> frame, int left, int right, int lengthBytes)
    {
        byte[] kept = frame.Slice(left, lengthBytes).ToArray();
        frame.Slice(right, lengthBytes).CopyTo(frame[left..]);
        kept.CopyTo(frame[right..]);
    }
}
