using FsCheck;
using FsCheck.Fluent;
using NetStack.Drivers.Pcap.Inspection;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap.Tests;

/// <summary>No file and no packet throws, whatever is in it.</summary>
public sealed class TotalReadingTests
{
    private static readonly CaptureLinkType[] LinkTypes = Enum.GetValues<CaptureLinkType>();

    public static TheoryData<string> All => new(Captures.All);

    [Theory]
    [MemberData(nameof(All))]
    public void Every_capture_is_read_to_its_end_or_its_damage(string capture)
    {
        var inspection = CaptureInspection.Of(Captures.PathOf(capture));

        Assert.Equal(inspection.Packets, inspection.LinkTypes.Sum(count => count.Packets));
        Assert.True(inspection.Drops.Sum(count => count.Packets) <= inspection.Packets);
        Assert.Equal(inspection.Bytes, inspection.LinkTypes.Sum(count => count.Bytes));
        if (inspection.Error is null)
        {
            using var reader = CaptureReader.Open(Captures.PathOf(capture));
            while (reader.TryRead(out _))
            {
            }

            Assert.Equal(new FileInfo(Captures.PathOf(capture)).Length, reader.OffsetBytes);
        }
    }

    [Fact]
    public void Changed_bytes_of_a_file_never_throw()
    {
        byte[][] files = [.. Captures.All.Select(name => File.ReadAllBytes(Captures.PathOf(name)))
            .Where(file => file.Length is > 0 and < 4000)];
        Check.QuickThrowOnFailure(Prop.ForAll<int, (int, byte)[]>((which, changes) =>
        {
            byte[] file = [.. files[(uint)which % (uint)files.Length]];
            foreach ((int at, byte value) in changes)
            {
                file[(uint)at % (uint)file.Length] = value;
            }

            return IsReadToItsEnd(file);
        }));
    }

    [Fact]
    public void A_file_cut_anywhere_never_throws_and_says_where()
    {
        byte[] file = File.ReadAllBytes(Captures.PathOf("zeek/chksums/ip4-tcp-bad-chksum.pcap"));
        for (int length = 0; length < file.Length; length++)
        {
            bool opened = CaptureReader.TryOpen(
                new MemoryStream(file, 0, length), out CaptureReader? reader, out CaptureError? error);
            Assert.Equal(length >= 24, opened);
            while (reader is not null && reader.TryRead(out _))
            {
            }

            error ??= reader!.Error;
            Assert.Equal(length == 24 ? null : length < 4 ? CaptureErrorKind.NotACapture
                : length < 24 ? CaptureErrorKind.TruncatedHeader : CaptureErrorKind.TruncatedRecord, error?.Kind);
            Assert.InRange(error?.OffsetBytes ?? 0, 0, length);
        }
    }

    [Fact]
    public void Random_packets_of_any_link_type_never_throw_and_count_once()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<byte[], uint>((bytes, original) =>
            LinkTypes.All(linkType => CountsOnce(linkType, bytes, original))));
    }

    [Fact]
    public void Changed_packets_never_throw_and_count_once()
    {
        var packets = new List<(CaptureLinkType LinkType, byte[] Bytes)>();
        foreach (string capture in Captures.All)
        {
            using var reader = CaptureReader.Open(Captures.PathOf(capture));
            for (int count = 0; count < 4 && reader.TryRead(out CaptureRecord record); count++)
            {
                packets.Add((record.LinkType, record.Data.ToArray()));
            }
        }

        Config config = Config.QuickThrowOnFailure.WithMaxTest(2000);
        Check.One(config, Prop.ForAll<int, (int, byte)[], uint>((which, changes, original) =>
        {
            (CaptureLinkType linkType, byte[] bytes) = packets[(int)((uint)which % (uint)packets.Count)];
            byte[] changed = [.. bytes];
            foreach ((int at, byte value) in changes.Where(_ => changed.Length > 0))
            {
                changed[(uint)at % (uint)changed.Length] = value;
            }

            return CountsOnce(linkType, changed, original);
        }));
    }

    private static bool IsReadToItsEnd(byte[] file)
    {
        if (!CaptureReader.TryOpen(new MemoryStream(file), out CaptureReader? reader, out CaptureError? error))
        {
            return error.What.Length > 0;
        }

        var inspection = CaptureInspection.Of(reader);
        return inspection.Error is not null || reader.OffsetBytes == file.Length;
    }

    private static bool CountsOnce(CaptureLinkType linkType, byte[] bytes, uint original)
    {
        var stream = new MemoryStream();
        using (var sink = new CaptureSink(stream, leaveOpen: true))
        {
            new PcapWriter(sink, linkType).Write(0, bytes, (int)(original & int.MaxValue));
        }

        stream.Position = 0;
        using var reader = CaptureReader.Open(stream);
        var inspection = CaptureInspection.Of(reader);
        return inspection is { Packets: 1, Error: null } && inspection.Drops.Sum(drop => drop.Packets) <= 1;
    }
}
