using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>A capture played into a stack.</summary>
public sealed class PcapDeviceTests
{
    private const string Capture = "zeek/tcp/handshake-reorder.pcap";

    [Fact]
    public void Every_frame_comes_whole_at_its_time_and_not_before()
    {
        List<(long Time, string Bytes)> recorded = Read(Captures.PathOf(Capture));
        var pool = new PacketPool(64);
        using PcapDevice device = Open(pool);
        var burst = new PacketBuffer[8];
        var played = new List<(long Time, string Bytes)>();
        while (device.NextFrameTime != Instant.Never)
        {
            Instant due = device.NextFrameTime;
            Assert.Equal(0, due == Instant.Origin ? 0 : device.Receive(burst, due - new Duration(1)));
            int count = device.Receive(burst, due);
            Assert.NotEqual(0, count);
            foreach (PacketBuffer packet in burst.AsSpan(0, count))
            {
                Assert.Equal(PacketBuffer.DefaultHeadroomBytes, packet.HeadroomBytes);
                played.Add((recorded[0].Time + due.Nanoseconds, Copy(packet)));
                pool.Return(packet);
            }
        }

        Assert.NotEmpty(recorded);
        Assert.Equal(recorded, played);
        Assert.Equal(recorded.Count, device.ReceivedFrameCount);
        Assert.Equal(0, device.Receive(burst, Instant.Never));
        Assert.Equal(0, pool.OutstandingBlocks);
    }

    [Fact]
    public void A_burst_is_never_longer_than_its_span_and_loses_nothing()
    {
        var pool = new PacketPool(64);
        using PcapDevice device = Open(pool);
        int expected = Read(Captures.PathOf(Capture)).Count;
        var burst = new PacketBuffer[1];
        var late = new Instant(Duration.FromSeconds(1_000_000).Nanoseconds);
        int received = 0;
        while (device.Receive(burst, late) is var count and > 0)
        {
            received += count;
            pool.Return(burst[0]);
        }

        Assert.Equal(expected, received);
    }

    [Fact]
    public void Frames_wait_while_the_pool_is_used_up()
    {
        var pool = new PacketPool(16);
        using PcapDevice device = Open(pool);
        var held = new List<PacketBuffer>();
        while (pool.TryLease() is { } block)
        {
            held.Add(block);
        }

        var burst = new PacketBuffer[4];
        Assert.Equal(0, device.Receive(burst, Instant.Origin));
        Assert.Equal(Instant.Origin, device.NextFrameTime);
        held.ForEach(pool.Return);
        Assert.Equal(1, device.Receive(burst.AsSpan(0, 1), Instant.Origin));
        Assert.Equal(Read(Captures.PathOf(Capture))[0].Bytes, Copy(burst[0]));
        pool.Return(burst[0]);
    }

    [Fact]
    public void The_frames_of_the_station_itself_are_not_received()
    {
        List<(long Time, string Bytes)> recorded = Read(Captures.PathOf(Capture));
        MacAddress station = MacAddress.Read(Convert.FromHexString(recorded[0].Bytes));
        int own = recorded.Count(frame => MacAddress.Read(Convert.FromHexString(frame.Bytes).AsSpan(6)) == station);
        var pool = new PacketPool(64);
        using PcapDevice device = Open(pool, new PcapDeviceOptions { Address = station });
        var burst = new PacketBuffer[64];
        int count = device.Receive(burst, new Instant(long.MaxValue - 1));

        Assert.InRange(own, 1, recorded.Count - 1);
        Assert.Equal(recorded.Count - own, count);
        Assert.Equal(own, device.SkippedFrameCount);
        Assert.Equal(station, device.Address);
        foreach (PacketBuffer packet in burst.AsSpan(0, count))
        {
            Assert.NotEqual(station, MacAddress.Read(packet.Span[6..]));
            pool.Return(packet);
        }
    }

    [Fact]
    public void What_the_stack_transmits_is_kept_recorded_and_returned()
    {
        var file = new MemoryStream();
        var pool = new PacketPool(64);
        byte[] chain = [.. Enumerable.Range(0, 9000).Select(value => (byte)value)];
        List<(long Time, string Bytes)> recorded = Read(Captures.PathOf(Capture));
        using (var sink = new CaptureSink(file, leaveOpen: true))
        {
            var options = new PcapDeviceOptions
            {
                Recording = new PcapngWriter(sink, "tests"),
                KeepsTransmittedFrames = true,
                Start = new Instant(500),
            };
            using PcapDevice device = Open(pool, options);
            var burst = new PacketBuffer[1];
            Assert.Equal(0, device.Receive(burst, Instant.Origin));
            Assert.Equal(1, device.Receive(burst, options.Start));
            pool.Return(burst[0]);
            Assert.Equal(1, device.Transmit([pool.TryLeaseCopy(chain)!], options.Start + new Duration(250)));
            TransmittedFrame kept = Assert.Single(device.TransmittedFrames);
            Assert.Equal(new Instant(750), kept.Time);
            Assert.Equal(chain, kept.Bytes.ToArray());
        }

        Assert.Equal(0, pool.OutstandingBlocks);
        using var copy = new TemporaryFile(file.ToArray());
        string[][] rows = Judge.Fields(copy.FilePath, "frame.interface_name", "frame.packet_flags_direction", "frame.len");
        Assert.Equal(
            [$"pcap:test|0x00000001|{recorded[0].Bytes.Length / 2}", "pcap:test|0x00000002|9000"],
            rows.Select(row => string.Join('|', row)));
        List<(long Time, string Bytes)> written = Read(copy.FilePath);
        Assert.Equal([recorded[0], (recorded[0].Time + 250, Convert.ToHexString(chain))], written);
    }

    [Theory]
    [InlineData("tcpdump/unsupported-link-type-160.pcap")]
    [InlineData("tcpdump/brcm-tag.pcap")]
    public void A_capture_of_a_link_no_stack_speaks_is_refused(string capture)
    {
        using var reader = CaptureReader.Open(Captures.PathOf(capture));
        var refusal = Assert.Throws<NotSupportedException>(() => new PcapDevice("pcap:x", reader));

        Assert.Contains($"link type {(int)reader.Interfaces[0].LinkType}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_capture_has_no_frame_ever()
    {
        using var reader = CaptureReader.Open(Captures.PathOf("tcpdump/empty.pcap"));
        using var device = new PcapDevice("pcap:empty", reader);
        device.Attach(new PacketPool(16), () => { });

        Assert.Equal(Instant.Never, device.NextFrameTime);
        Assert.Equal(0, device.Receive(new PacketBuffer[1], new Instant(long.MaxValue)));
    }

    [Fact]
    public void Ip_captures_are_played_as_a_device_without_link_header()
    {
        string capture = Captures.Judged.First(name =>
        {
            using var candidate = CaptureReader.Open(Captures.PathOf(name));
            return candidate.TryRead(out CaptureRecord record) && record.LinkType == CaptureLinkType.Raw;
        });
        using var device = new PcapDevice("pcap:raw", CaptureReader.Open(Captures.PathOf(capture)));

        Assert.Equal(DeviceMedium.Ip, device.Capabilities.Medium);
        Assert.True(device.Address.IsZero);
    }

    [Fact]
    public void A_waiter_sleeps_no_longer_than_until_the_next_frame_or_a_call()
    {
        using PcapDevice device = Open(new PacketPool(16));
        using IDeviceWaiter waiter = device.CreateWaiter();
        Assert.True(waiter.TryAdd(device));
        using var pair = new DevicePair();
        Assert.False(waiter.TryAdd(pair.Left));

        // Either would sleep for ever otherwise.
        waiter.Wait(Duration.Infinite);
        device.Dispose();
        waiter.Wake();
        waiter.Wait(Duration.Infinite);
        Assert.Equal(Instant.Never, device.NextFrameTime);
    }

    private static PcapDevice Open(PacketPool pool, PcapDeviceOptions? options = null)
    {
        var device = new PcapDevice("pcap:test", CaptureReader.Open(Captures.PathOf(Capture)), options);
        device.Attach(pool, () => { });
        return device;
    }

    private static string Copy(PacketBuffer packet)
    {
        byte[] bytes = new byte[packet.TotalLength];
        packet.CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }

    private static List<(long Time, string Bytes)> Read(string path)
    {
        using var reader = CaptureReader.Open(path);
        List<(long, string)> frames = [];
        while (reader.TryRead(out CaptureRecord record))
        {
            frames.Add((record.TimestampNanoseconds, Convert.ToHexString(record.Data)));
        }

        return frames;
    }
}
