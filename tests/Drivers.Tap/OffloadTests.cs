using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.Peers;

namespace NetStack.Drivers.Tap.Tests;

/// <summary>
/// What the kernel makes of the facts we give it, and gives us in turn. It routes from a TAP with offloads to one without:
/// there the frames come out as they would on a cable, cut and with their checksums.
/// </summary>
public sealed class OffloadTests
{
    private const ushort SourcePort = 4000;
    private const int SegmentBytes = 1000;

    public static TheoryData<string, string> Ends => new()
    {
        { "10.9.0.2", "10.8.0.2" },
        { "fd00:9::2", "fd00:8::2" },
    };

    [TapFact]
    public async Task A_tap_with_offloads_takes_all_and_one_without_takes_none()
    {
        using RoutedTaps taps = await RoutedTaps.OpenAsync();

        Assert.Equal(
            DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.TransmitChecksumV6 | DeviceOffloads.SegmentTcpV4 | DeviceOffloads.SegmentTcpV6,
            taps.With.Device.Capabilities.Offloads & ~DeviceOffloads.SegmentUdp);
        Assert.Equal(DeviceOffloads.None, taps.Without.Device.Capabilities.Offloads);
    }

    [TapTheory]
    [MemberData(nameof(Ends))]
    public async Task The_kernel_fills_in_a_checksum_that_we_left_to_it(string from, string to)
    {
        using RoutedTaps taps = await RoutedTaps.OpenAsync(to);
        AttachedTap with = taps.With;
        AttachedTap without = taps.Without;

        byte[] payload = Bytes(333);
        Assert.Equal(1, with.Transmit(OffloadFrame.Udp(with, IPAddress.Parse(from), IPAddress.Parse(to), payload)));
        byte[] transport = OffloadFrame.Verified(Assert.Single(without.ReceiveUntil(1, frame => OffloadFrame.IsFrom(frame, SourcePort))));
        Assert.Equal(payload, transport[OffloadFrame.UdpBytes..]);
    }

    [TapTheory]
    [MemberData(nameof(Ends))]
    public async Task The_kernel_cuts_a_super_frame_of_tcp(string from, string to)
    {
        using RoutedTaps taps = await RoutedTaps.OpenAsync(to);
        AttachedTap with = taps.With;
        AttachedTap without = taps.Without;

        byte[] payload = Bytes((40 * SegmentBytes) + 7);
        PacketBuffer frame = OffloadFrame.Tcp(with, IPAddress.Parse(from), IPAddress.Parse(to), 5, payload);
        frame.Gso = from.Contains(':', StringComparison.Ordinal) ? GsoType.TcpV6 : GsoType.TcpV4;
        frame.GsoSizeBytes = SegmentBytes;
        Assert.Equal(1, with.Transmit(frame));

        List<byte[]> frames = without.ReceiveUntil(41, bytes => OffloadFrame.IsFrom(bytes, SourcePort));
        byte[] received = new byte[payload.Length];
        for (int i = 0; i < frames.Count; i++)
        {
            byte[] segment = OffloadFrame.Verified(frames[i]);
            Assert.Equal((uint)(5 + (i * SegmentBytes)), BinaryPrimitives.ReadUInt32BigEndian(segment.AsSpan(4)));
            Assert.Equal(i == 40 ? 0x18 : 0x10, segment[13]);
            segment.AsSpan(OffloadFrame.TcpBytes).CopyTo(received.AsSpan(i * SegmentBytes));
        }

        Assert.Equal(payload, received);
    }

    [TapTheory]
    [MemberData(nameof(Ends))]
    public async Task The_kernel_cuts_a_super_frame_of_datagrams(string from, string to)
    {
        using RoutedTaps taps = await RoutedTaps.OpenAsync(to);
        AttachedTap with = taps.With;
        AttachedTap without = taps.Without;
        if ((with.Device.Capabilities.Offloads & DeviceOffloads.SegmentUdp) == 0)
        {
            // A kernel before 6.2 cuts no datagrams: the device must not claim that it does.
            Assert.True(Environment.OSVersion.Version < new Version(6, 2), "this kernel cuts datagrams, and the device does not say so");
            return;
        }

        byte[] payload = Bytes((20 * SegmentBytes) + 7);
        PacketBuffer frame = OffloadFrame.Udp(with, IPAddress.Parse(from), IPAddress.Parse(to), payload);
        frame.Gso = GsoType.Udp;
        frame.GsoSizeBytes = SegmentBytes;
        Assert.Equal(1, with.Transmit(frame));

        List<byte[]> frames = without.ReceiveUntil(21, bytes => OffloadFrame.IsFrom(bytes, SourcePort));
        Assert.Equal(payload, frames.SelectMany(bytes => OffloadFrame.Verified(bytes)[OffloadFrame.UdpBytes..]));
    }

    [TapFact]
    public async Task A_super_frame_of_the_kernels_arrives_as_a_chain_with_its_facts()
    {
        using NetworkNamespace space = await RoutedTaps.MakeSpaceAsync();
        using AttachedTap tap = new(space, "tap0", RoutedTaps.Offloads);
        await RoutedTaps.MakeNeighborAsync(space, "10.9.0.2", tap);
        const int UdpLevel = 17;
        const int UdpSegment = 103;
        byte[] payload = Bytes(30_000);
        using Socket socket = space.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(SegmentBytes));
        socket.SendTo(payload, new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));

        PacketBuffer frame = ReceiveLarge(tap);
        bool cuts = (tap.Device.Capabilities.Offloads & DeviceOffloads.SegmentUdp) != 0;
        Assert.True(cuts, "the kernel gave a super-frame to a device that takes none");
        Assert.Equal((GsoType.Udp, (ushort)SegmentBytes), (frame.Gso, frame.GsoSizeBytes));
        Assert.Equal(ChecksumState.ToBeFilled, frame.Checksum);
        Assert.Equal(frame.Start + OffloadFrame.LinkBytes + 20, frame.ChecksumStart);
        Assert.NotNull(frame.Next);
        byte[] received = new byte[frame.TotalLength];
        frame.CopyTo(received);
        tap.Pool.Return(frame);
        Assert.Equal(payload, received[(OffloadFrame.LinkBytes + 20 + OffloadFrame.UdpBytes)..]);
    }

    [TapFact]
    public async Task An_interface_used_with_offloads_gives_plain_frames_to_who_opens_it_without()
    {
        using NetworkNamespace space = await RoutedTaps.MakeSpaceAsync();
        using (AttachedTap first = new(space, "tap0", RoutedTaps.Offloads))
        {
            Assert.NotEqual(DeviceOffloads.None, first.Device.Capabilities.Offloads);
        }

        using AttachedTap tap = new(space, "tap0");
        await RoutedTaps.MakeNeighborAsync(space, "10.9.0.2", tap);
        using Socket socket = space.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.SendTo(Bytes(100), new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
        byte[] transport = OffloadFrame.Verified(Assert.Single(tap.ReceiveUntil(1, frame => frame.Length == 142)));
        Assert.Equal(Bytes(100), transport[OffloadFrame.UdpBytes..]);
    }

    /// <summary>The first frame of more than one block; the kernel may send others of its own before it.</summary>
    private static PacketBuffer ReceiveLarge(AttachedTap tap)
    {
        PacketBuffer[] one = new PacketBuffer[1];
        for (int attempt = 0; attempt < 100; attempt++)
        {
            while (tap.Device.Receive(one, Instant.Origin) == 1)
            {
                if (one[0].Next is not null)
                {
                    return one[0];
                }

                tap.Pool.Return(one[0]);
            }

            tap.Waiter.Wait(Duration.FromSeconds(1));
        }

        throw new InvalidOperationException("no frame of more than one block came");
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
