using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>Reading classic pcap in all its variants.</summary>
public sealed class PcapReaderTests
{
    private static readonly byte[] Frame = [.. Enumerable.Range(0, 60).Select(value => (byte)value)];

    [Theory]
    [InlineData(0xA1B2C3D4, false)]
    [InlineData(0xA1B2C3D4, true)]
    [InlineData(0xA1B23C4D, false)]
    [InlineData(0xA1B23C4D, true)]
    [InlineData(0xA1B2CD34, false)]
    [InlineData(0xA1B2CD34, true)]
    public void Reads_what_tshark_reads_of_either_byte_order_and_every_magic(uint magic, bool isBigEndian)
    {
        byte[] file = Make(magic, isBigEndian, linkType: 1, (4_294_967_295, 123_456, Frame, 60), (0, 999_999, Frame[..30], 1514));
        using var copy = new TemporaryFile(file);
        string[] expected = [.. Judge.Fields(copy.FilePath, "frame.time_epoch", "frame.cap_len", "frame.len").Select(row => string.Join('|', row))];

        using var reader = CaptureReader.Open(copy.FilePath);
        List<string> ours = [];
        while (reader.TryRead(out CaptureRecord record))
        {
            string epoch = (record.TimestampNanoseconds / 1e9m).ToString("0.000000000", CultureInfo.InvariantCulture);
            ours.Add($"{epoch}|{record.CapturedLength}|{record.OriginalLength}");
            Assert.Equal(Frame.AsSpan(0, record.CapturedLength), record.Data);
        }

        Assert.Equal(2, expected.Length);
        Assert.Equal(expected, ours);
        Assert.Null(reader.Error);
    }

    [Fact]
    public void A_record_longer_than_any_packet_ends_the_reading()
    {
        byte[] file = Make(0xA1B2C3D4, false, 1, (1, 2, Frame, 60), (1, 2, Frame, 60));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24 + 16 + 60 + 8), 262_145);
        using var reader = CaptureReader.Open(new MemoryStream(file));

        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal((CaptureErrorKind.RecordTooLong, 100L), (reader.Error!.Kind, reader.Error.OffsetBytes));
    }

    [Fact]
    public void The_longest_packet_is_read_whole()
    {
        byte[] longest = [.. Enumerable.Range(0, 262_144).Select(value => (byte)(value * 7))];
        using var reader = CaptureReader.Open(new MemoryStream(Make(0xA1B2C3D4, false, 1, (1, 2, longest, 262_144), (1, 2, Frame, 60))));

        Assert.True(reader.TryRead(out CaptureRecord record));
        Assert.Equal(longest, record.Data);
        Assert.True(reader.TryRead(out record));
        Assert.Equal(Frame, record.Data);
    }

    [Fact]
    public void Old_versions_that_swapped_the_lengths_are_read_right()
    {
        byte[] file = Make(0xA1B2C3D4, false, 1, (1, 2, Frame, 60));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24 + 8), 1514);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24 + 12), 60);
        using var reader = CaptureReader.Open(new MemoryStream(file));

        Assert.True(reader.TryRead(out CaptureRecord record));
        Assert.Equal((60, 1514u), (record.CapturedLength, record.OriginalLength));
    }

    [Fact]
    public void What_is_no_capture_is_refused_with_what_where_and_what_to_do()
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Make(0xA1B2C3D4, false, 1));
        }

        Assert.Equal(CaptureErrorKind.NotACapture, Refusal([]).Kind);
        Assert.Equal(CaptureErrorKind.NotACapture, Refusal("#!/bin/sh\n"u8.ToArray()).Kind);
        Assert.Equal(CaptureErrorKind.Compressed, Refusal(compressed.ToArray()).Kind);
        byte[] future = Make(0xA1B2C3D4, false, 1);
        future[4] = 3;
        Assert.Equal(CaptureErrorKind.UnsupportedVersion, Refusal(future).Kind);
        Assert.Contains("version 3.4", Refusal(future).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_gives_one_byte_at_a_time_is_read_the_same()
    {
        byte[] file = Make(0xA1B2C3D4, false, 1, (1, 2, Frame, 60), (3, 4, Frame[..1], 60), (5, 6, [], 60));
        using var reader = CaptureReader.Open(new TrickleStream(file));
        List<int> lengths = [];
        while (reader.TryRead(out CaptureRecord record))
        {
            lengths.Add(record.CapturedLength);
        }

        Assert.Null(reader.Error);
        Assert.Equal([60, 1, 0], lengths);
    }

    private static CaptureError Refusal(byte[] file)
    {
        var thrown = Assert.Throws<CaptureFormatException>(() => CaptureReader.Open(new MemoryStream(file)));
        Assert.Equal(thrown.Error!.ToString(), thrown.Message);
        return thrown.Error;
    }

    private static byte[] Make(
        uint magic, bool isBigEndian, uint linkType, params (uint Seconds, uint Fraction, byte[] Data, uint Original)[] packets)
    {
        var numbers = new PcapngFile(isBigEndian);
        List<byte> file =
            [.. numbers.U32(magic), .. numbers.U16(2), .. numbers.U16(4), .. new byte[8], .. numbers.U32(262_144), .. numbers.U32(linkType)];
        foreach ((uint seconds, uint fraction, byte[] data, uint original) in packets)
        {
            file.AddRange([.. numbers.U32(seconds), .. numbers.U32(fraction), .. numbers.U32((uint)data.Length), .. numbers.U32(original)]);
            file.AddRange(magic == 0xA1B2CD34 ? new byte[8] : []);
            file.AddRange(data);
        }

        return [.. file];
    }

    private sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
