using System.Globalization;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>Reading pcapng, on files made block by block; tshark says what they hold.</summary>
public sealed class PcapngReaderTests
{
    private const ushort Ethernet = 1;
    private const ushort Raw = 101;
    private const ulong Second = 1_700_000_000;

    private static readonly byte[] Frame = [.. Enumerable.Range(0, 61).Select(value => (byte)value)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_what_tshark_reads_of_every_resolution_offset_and_packet_block(bool isBigEndian)
    {
        var file = new PcapngFile(isBigEndian);
        file.Section()
            .Interface(Ethernet, 0)
            .Interface(Ethernet, 0, [.. file.Option(2, "nano"), .. file.Option(9, 9)])
            .Interface(Ethernet, 0, [.. file.Option(9, 0x80 | 20), .. file.Option(14, 3600L)])
            .Interface(Raw, 0, file.Option(9, 3))
            .Enhanced(0, Second * 1_000_000 + 123_456, Frame)
            .Block(0x77, [1, 2, 3, 4])
            .Enhanced(1, Second * 1_000_000_000 + 123_456_789, Frame[..60], original: 1514)
            .Enhanced(2, (Second << 20) + 777_777, Frame[..59])
            .Enhanced(3, Second * 1000 + 999, [0x45, .. new byte[19]])
            .Obsolete(1, Second * 1_000_000_000 + 1, Frame[..58]);
        file.IsBigEndian = !isBigEndian;
        file.Section()
            .Interface(Ethernet, 0, file.Option(9, 0))
            .Enhanced(0, Second, Frame[..57]);

        string[] expected = Judged(file, "frame.time_epoch", "frame.cap_len", "frame.len", "frame.md5_hash");
        Assert.Equal(6, expected.Length);
        Assert.Equal(expected, Ours(file, record =>
            $"{Epoch(record.TimestampNanoseconds)}|{record.CapturedLength}|{record.OriginalLength}|{Judge.Hash(record.Data)}"));
    }

    [Fact]
    public void Gives_comments_directions_and_interface_names()
    {
        var file = new PcapngFile();
        file.Section()
            .Interface(Ethernet, 0, file.Option(2, "first"))
            .Interface(Ethernet, 0, file.Option(2, "sécond"))
            .Enhanced(0, 1, Frame, null, [.. file.Option(1, "seen — here"), .. file.Option(2, [1, 0, 0, 0])])
            .Enhanced(1, 2, Frame, null, file.Option(2, [2, 0, 0, 0]))
            .Enhanced(1, 3, Frame);

        string[] expected = Judged(file, "frame.interface_name", "frame.packet_flags_direction", "frame.comment");
        var reader = Open(file);
        Assert.Equal(expected, Ours(file, record =>
        {
            string name = record.InterfaceId == 0 ? "first" : "sécond";
            string direction = record.Direction == CaptureDirection.Unknown ? "" : $"0x0000000{(int)record.Direction}";
            return $"{name}|{direction}|{record.Comment}";
        }));
        while (reader.TryRead(out _))
        {
        }

        Assert.Equal(["first", "sécond"], reader.Interfaces.Select(source => source.Name));
    }

    [Fact]
    public void A_simple_packet_is_cut_by_the_first_interface_and_has_no_time()
    {
        var file = new PcapngFile();
        file.Section().Interface(Raw, 20).Simple(Frame[..20], original: 61).Simple(Frame[..7]);

        string[] expected = Judged(file, "frame.cap_len", "frame.len", "frame.md5_hash");
        Assert.Equal(expected, Ours(file, record =>
        {
            Assert.False(record.HasTimestamp);
            return $"{record.CapturedLength}|{record.OriginalLength}|{Judge.Hash(record.Data)}";
        }));
    }

    [Fact]
    public void Interfaces_are_numbered_over_all_sections()
    {
        var file = new PcapngFile();
        file.Section().Interface(Ethernet, 0).Enhanced(0, 1, Frame).Section().Interface(Raw, 0).Enhanced(0, 2, Frame);

        Assert.Equal(["0 Ethernet", "1 Raw"], Ours(file, record => $"{record.InterfaceId} {record.LinkType}"));
    }

    [Fact]
    public void Times_finer_than_nanoseconds_are_rounded_down()
    {
        var file = new PcapngFile();
        file.Section()
            .Interface(Ethernet, 0, file.Option(9, 12))
            .Interface(Ethernet, 0, file.Option(9, 0x80 | 40))
            .Enhanced(0, 1_700_000 * 1_000_000_000_000UL + 999_999_999_999, Frame)
            .Enhanced(1, (1_700_000UL << 40) + (1UL << 39) + 1, Frame);

        Assert.Equal(["1700000999999999", "1700000500000000"], Ours(file, record => $"{record.TimestampNanoseconds}"));
    }

    [Fact]
    public void Times_beyond_what_a_long_holds_are_clamped()
    {
        var file = new PcapngFile();
        file.Section()
            .Interface(Ethernet, 0, [.. file.Option(9, 0), .. file.Option(14, long.MaxValue)])
            .Interface(Ethernet, 0, file.Option(14, long.MinValue))
            .Interface(Ethernet, 0, file.Option(9, 9))
            .Interface(Ethernet, 0, file.Option(9, 127))
            .Interface(Ethernet, 0, file.Option(9, 255))
            .Enhanced(0, ulong.MaxValue, Frame).Enhanced(1, 0, Frame).Enhanced(2, ulong.MaxValue, Frame)
            .Enhanced(3, ulong.MaxValue, Frame).Enhanced(4, ulong.MaxValue, Frame);

        Assert.Equal(
            [$"{long.MaxValue}", $"{long.MinValue}", $"{long.MaxValue}", "0", "0"],
            Ours(file, record => $"{record.TimestampNanoseconds}"));
    }

    public static TheoryData<string, int> Damaged => new()
    {
        { nameof(CaptureErrorKind.BadBlock), 0 },
        { nameof(CaptureErrorKind.BadBlock), 1 },
        { nameof(CaptureErrorKind.BadBlock), 2 },
        { nameof(CaptureErrorKind.BadBlock), 3 },
        { nameof(CaptureErrorKind.RecordTooLong), 4 },
        { nameof(CaptureErrorKind.UnknownInterface), 5 },
        { nameof(CaptureErrorKind.UnsupportedVersion), 6 },
        { nameof(CaptureErrorKind.RecordTooLong), 7 },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Damage_is_reported_where_it_begins_after_the_packets_before_it(string kind, int damage)
    {
        var file = new PcapngFile();
        file.Section().Interface(Ethernet, 0).Enhanced(0, 1, Frame);
        long begin = file.Bytes.Length;
        _ = damage switch
        {
            0 => file.Block(6, new byte[24], secondLength: 40),
            1 => file.Block(0x77, new byte[24], secondLength: 40),
            2 => file.Block(6, new byte[8]),
            3 => file.Block(6, [.. new byte[12], .. file.U32(64), .. file.U32(64), .. Frame[..60]]),
            4 => file.Block(6, [.. new byte[12], .. file.U32(262_145), .. file.U32(262_145), .. Frame[..60]]),
            5 => file.Enhanced(1, 1, Frame),
            6 => file.Section(major: 2),
            _ => file.Block(6, new byte[2_000_000]),
        };

        var reader = Open(file);
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(kind, reader.Error?.Kind.ToString());
        Assert.InRange(reader.Error!.OffsetBytes, begin, begin + 12);
        Assert.Contains($"at byte {reader.Error.OffsetBytes}: ", reader.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_of_no_interest_may_be_of_any_length()
    {
        var file = new PcapngFile();
        file.Section().Interface(Ethernet, 0).Block(10, new byte[5_000_000]).Enhanced(0, 1, Frame);

        Assert.Single(Ours(file, record => $"{record.CapturedLength}"));
    }

    private static CaptureReader Open(PcapngFile file) => CaptureReader.Open(new MemoryStream(file.Bytes));

    private static string[] Judged(PcapngFile file, params string[] fields)
    {
        using var copy = new TemporaryFile(file.Bytes);
        return [.. Judge.Fields(copy.FilePath, fields).Select(row => string.Join('|', row))];
    }

    private delegate string Describe(CaptureRecord record);

    private static List<string> Ours(PcapngFile file, Describe describe)
    {
        using CaptureReader reader = Open(file);
        List<string> rows = [];
        while (reader.TryRead(out CaptureRecord record))
        {
            rows.Add(describe(record));
        }

        Assert.Null(reader.Error);
        return rows;
    }

    private static string Epoch(long nanoseconds) =>
        (nanoseconds / 1e9m).ToString("0.000000000", CultureInfo.InvariantCulture);
}
