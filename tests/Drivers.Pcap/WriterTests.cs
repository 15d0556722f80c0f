using System.Globalization;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>What we write is what capinfos and tshark read, without a complaint.</summary>
[Collection(nameof(HeapMeasurement))]
public sealed class WriterTests
{
    private const long Start = 1_700_000_000_123_456_789;

    // Every padding a block can need.
    private static readonly byte[][] Frames = [.. Enumerable.Range(60, 9)
        .Append(1514)
        .Append(65_549)
        .Select(length => Enumerable.Range(0, length).Select(value => (byte)(value * length)).ToArray())];

    [Fact]
    public void Tshark_reads_times_lengths_bytes_directions_and_comments_from_pcapng()
    {
        List<string> expected = [];
        byte[] file = Write(sink =>
        {
            var writer = new PcapngWriter(sink, "NetStack – tests");
            int[] interfaces = [writer.AddInterface("tap0"), writer.AddInterface("çable", CaptureLinkType.Ethernet, 262_144)];
            for (int index = 0; index < Frames.Length; index++)
            {
                byte[] frame = Frames[index];
                var direction = (CaptureDirection)(index % 3);
                string? comment = index % 2 == 0 ? null : $"frame № {index}";
                int original = index % 4 == 3 ? frame.Length + 100 : 0;
                writer.Write(interfaces[index & 1], Start + index, direction, frame, original, comment);
                string flags = direction == CaptureDirection.Unknown ? "" : $"0x0000000{(int)direction}";
                expected.Add(string.Join('|',
                    index % 2 == 0 ? "tap0" : "çable",
                    ((Start + index) / 1e9m).ToString("0.000000000", CultureInfo.InvariantCulture),
                    frame.Length,
                    original == 0 ? frame.Length : original,
                    Judge.Hash(frame),
                    flags,
                    comment));
            }

            Assert.True(writer.WrittenBytes > Frames.Sum(frame => frame.Length));
        });

        using var copy = new TemporaryFile(file);
        string[][] rows = Judge.Fields(
            copy.FilePath, "frame.interface_name", "frame.time_epoch", "frame.cap_len", "frame.len", "frame.md5_hash", "frame.packet_flags_direction", "frame.comment");
        Assert.Equal(expected, rows.Select(row => string.Join('|', row)));
    }

    [Fact]
    public void Capinfos_names_the_application_the_resolution_and_the_count()
    {
        byte[] file = Write(sink =>
        {
            var writer = new PcapngWriter(sink, "NetStack tests");
            writer.AddInterface("tap0");
            Array.ForEach(Frames, frame => writer.Write(0, Start, CaptureDirection.Inbound, frame));
        });

        using var copy = new TemporaryFile(file);
        Judge.Verdict verdict = Judge.Run("capinfos", "-M", copy.FilePath);
        Assert.Equal(0, verdict.ExitCode);
        Assert.DoesNotContain("capinfos:", verdict.Diagnostics, StringComparison.Ordinal);
        Assert.Matches(@"Capture application:\s+NetStack tests", verdict.Output);
        Assert.Matches(@"File timestamp precision:\s+nanoseconds \(9\)", verdict.Output);
        Assert.Matches(@"Number of packets:\s+" + Frames.Length, verdict.Output);
        Assert.Matches(@"Name = tap0", verdict.Output);
        Assert.Matches(@"Strict time order:\s+True", verdict.Output);
    }

    [Fact]
    public void A_frame_in_pieces_is_written_as_the_frame_in_one_piece()
    {
        byte[] frame = Frames[^1];
        byte[] whole = Write(sink =>
        {
            var writer = new PcapngWriter(sink, "x");
            writer.Write(writer.AddInterface("a"), Start, CaptureDirection.Outbound, frame, comment: "c");
        });
        byte[] pieces = Write(sink =>
        {
            var writer = new PcapngWriter(sink, "x");
            writer.Begin(writer.AddInterface("a"), Start, CaptureDirection.Outbound, frame.Length, comment: "c");
            writer.Append(frame.AsSpan(0, 14));
            writer.Append(default);
            writer.Append(frame.AsSpan(14, 4000));
            writer.Append(frame.AsSpan(4014));
            writer.End();
        });

        Assert.Equal(whole, pieces);
    }

    [Fact]
    public void Pieces_that_do_not_add_up_are_refused()
    {
        var writer = new PcapngWriter(new System.Buffers.ArrayBufferWriter<byte>(), "x");
        int tap = writer.AddInterface("a");
        Assert.Throws<InvalidOperationException>(writer.End);
        writer.Begin(tap, 0, CaptureDirection.Unknown, 10);
        writer.Append(new byte[9]);
        Assert.Throws<InvalidOperationException>(writer.End);
        Assert.Throws<InvalidOperationException>(() => writer.Append(new byte[2]));
        Assert.Throws<InvalidOperationException>(() => writer.AddInterface("b"));
        writer.Append(new byte[1]);
        writer.End();
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(1, 0, CaptureDirection.Unknown, new byte[1]));
    }

    [Fact]
    public void A_comment_beyond_the_length_of_an_option_is_cut_between_characters()
    {
        string comment = string.Concat("x", string.Concat(Enumerable.Repeat("😀", 40_000)));
        byte[] file = Write(sink =>
        {
            var writer = new PcapngWriter(sink, "x");
            writer.Write(writer.AddInterface("a"), 0, CaptureDirection.Unknown, Frames[0], comment: comment);
        });
        using var reader = CaptureReader.Open(new MemoryStream(file));

        Assert.True(reader.TryRead(out CaptureRecord record));
        Assert.StartsWith(record.Comment!, comment, StringComparison.Ordinal);
        Assert.InRange(record.Comment!.Length, 20_000, 22_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tshark_reads_times_lengths_and_bytes_from_pcap(bool nanoseconds)
    {
        byte[] file = Write(sink =>
        {
            var writer = new PcapWriter(sink, CaptureLinkType.Ethernet, nanoseconds);
            Array.ForEach(Frames, frame => writer.Write(Start, frame, frame.Length + 1));
        });

        using var copy = new TemporaryFile(file);
        string time = nanoseconds ? "1700000000.123456789" : "1700000000.123456000";
        Assert.Equal(
            Frames.Select(frame => $"{time}|{frame.Length}|{frame.Length + 1}|{Judge.Hash(frame)}"),
            Judge.Fields(copy.FilePath, "frame.time_epoch", "frame.cap_len", "frame.len", "frame.md5_hash").Select(row => string.Join('|', row)));
    }

    [Fact]
    public void Reading_a_million_packets_and_writing_them_allocates_nothing_per_packet()
    {
        byte[] frame = Frames[3];
        byte[] file = Write(sink =>
        {
            var writer = new PcapngWriter(sink, "x");
            int tap = writer.AddInterface("a");
            for (int count = 0; count < 10_000; count++)
            {
                writer.Write(tap, Start + count, CaptureDirection.Inbound, frame, comment: "of all");
            }
        });
        using var output = new CaptureSink(Stream.Null);
        var copy = new PcapngWriter(output, "x");
        copy.AddInterface("a");
        long packets = 0, allocated = 0;
        for (int round = 0; round < 101; round++)
        {
            using var reader = CaptureReader.Open(new MemoryStream(file));
            // The first packet brings the interface; the first round brings the code.
            Assert.True(reader.TryRead(out CaptureRecord record));
            long before = GC.GetAllocatedBytesForCurrentThread();
            while (reader.TryRead(out record))
            {
                copy.Write(0, record.TimestampNanoseconds, record.Direction, record.Data, (int)record.OriginalLength);
                packets++;
            }

            allocated = round == 0 ? 0 : allocated + GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(101 * 9_999, packets);
        Assert.Equal(0, allocated);
    }

    private static byte[] Write(Action<CaptureSink> write)
    {
        var stream = new MemoryStream();
        using (var sink = new CaptureSink(stream, leaveOpen: true))
        {
            write(sink);
        }

        return stream.ToArray();
    }
}
