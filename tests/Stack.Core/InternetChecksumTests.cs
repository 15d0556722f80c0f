using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Core.Tests;

public class InternetChecksumTests
{
    private const int LongestEveryLength = 300;

    // Random bytes, the two words that are zero in ones' complement, and the pattern that carries most.
    public static TheoryData<int> Fillings => [0, 1, 2, 3];

    [Fact]
    [Trait("RFC", "1071 §3")]
    public void Example_of_the_rfc_has_the_sum_of_the_rfc()
    {
        byte[] data = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];
        Assert.Equal(0xDDF2, InternetChecksum.Fold(InternetChecksum.Accumulate(data)));
        Assert.Equal(0x220D, InternetChecksum.Compute(data));
    }

    [Theory]
    [MemberData(nameof(Fillings))]
    [Trait("RFC", "1071 §1")]
    public void Every_length_at_every_alignment_agrees_with_the_definition(int filling)
    {
        byte[] memory = Filled(filling, LongestEveryLength + 64);
        for (int length = 0; length <= LongestEveryLength; length++)
        {
            for (int start = 0; start < 64; start++)
            {
                ReadOnlySpan<byte> data = memory.AsSpan(start, length);
                Assert.Equal(ChecksumDefinition.Checksum(data), InternetChecksum.Compute(data));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fillings))]
    [Trait("RFC", "1071 §1")]
    public void Long_data_agrees_with_the_definition(int filling)
    {
        byte[] memory = Filled(filling, 70_000);
        foreach (int length in (int[])[511, 512, 513, 575, 639, 640, 1_459, 1_460, 1_500, 4_095, 4_096, 9_000, 65_535, 70_000])
        {
            ReadOnlySpan<byte> data = memory.AsSpan(0, length);
            Assert.Equal(ChecksumDefinition.Checksum(data), InternetChecksum.Compute(data));
        }
    }

    [Fact]
    [Trait("RFC", "1071 §1")]
    public void Random_data_agrees_with_the_definition() =>
        Prop.ForAll<byte[]>(data => ChecksumDefinition.Checksum(data) == InternetChecksum.Compute(data))
            .QuickCheckThrowOnFailure();

    [Fact]
    [Trait("RFC", "1071 §2 (A)")]
    public void Split_at_every_even_offset_gives_the_sum_of_the_whole()
    {
        byte[] data = Filled(0, LongestEveryLength + 1);
        for (int split = 0; split <= data.Length; split += 2)
        {
            ulong first = InternetChecksum.Accumulate(data.AsSpan(0, split));
            Assert.Equal(ChecksumDefinition.Checksum(data), InternetChecksum.Compute(data.AsSpan(split), first));
            ulong second = InternetChecksum.Accumulate(data.AsSpan(split));
            Assert.Equal(ChecksumDefinition.Sum(data), InternetChecksum.Fold(InternetChecksum.Add(first, second)));
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue, 1UL)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    [InlineData(0x8000_0000_0000_0000, 0x8000_0000_0000_0000)]
    [InlineData(0UL, 0UL)]
    [InlineData(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)]
    [Trait("RFC", "1071 §2")]
    public void Adding_partial_sums_carries_around_the_end(ulong left, ulong right)
    {
        byte[] data = new byte[16];
        BitConverter.TryWriteBytes(data, left);
        BitConverter.TryWriteBytes(data.AsSpan(8), right);
        Assert.Equal(ChecksumDefinition.Sum(data), InternetChecksum.Fold(InternetChecksum.Add(left, right)));
        Assert.Equal(ChecksumDefinition.Sum(data), InternetChecksum.Fold(InternetChecksum.Accumulate(data.AsSpan(8), left)));
    }

    [Theory]
    [MemberData(nameof(Fillings))]
    [Trait("RFC", "1071 §2 (C)")]
    public void Copying_copies_exactly_the_data_and_sums_it(int filling)
    {
        byte[] memory = Filled(filling, 1_500);
        foreach (int length in Enumerable.Range(0, LongestEveryLength + 1).Concat([511, 512, 640, 703, 1_460]))
        {
            for (int start = 0; start < 9; start++)
            {
                byte[] copy = new byte[length + 40];
                copy.AsSpan().Fill(0xA5);
                ReadOnlySpan<byte> data = memory.AsSpan(start, length);
                ulong sum = InternetChecksum.AccumulateAndCopy(data, copy.AsSpan(start + 1), 0);
                Assert.Equal(ChecksumDefinition.Sum(data), InternetChecksum.Fold(sum));
                Assert.True(data.SequenceEqual(copy.AsSpan(start + 1, length)));
                Assert.Equal(-1, copy.AsSpan(0, start + 1).IndexOfAnyExcept((byte)0xA5));
                Assert.Equal(-1, copy.AsSpan(start + 1 + length).IndexOfAnyExcept((byte)0xA5));
            }
        }
    }

    [Fact]
    public void Copying_into_a_shorter_destination_is_refused_before_anything_is_written()
    {
        byte[] destination = new byte[9];
        Assert.Throws<ArgumentException>(() => InternetChecksum.AccumulateAndCopy(Filled(2, 10), destination));
        Assert.Equal(new byte[9], destination);
    }

    [Fact]
    [Trait("RFC", "1071 §1 (3)")]
    public void Data_with_its_checksum_in_place_verifies_and_any_flipped_bit_does_not()
    {
        byte[] data = Filled(0, 60);
        data.AsSpan(10, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(10), InternetChecksum.Compute(data));
        Assert.True(InternetChecksum.Verify(data));
        for (int bit = 0; bit < data.Length * 8; bit++)
        {
            data[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(InternetChecksum.Verify(data));
            data[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    [Trait("RFC", "9293 §3.1")]
    public void Ipv4_pseudo_header_is_summed_as_its_twelve_bytes() =>
        Prop.ForAll<uint, uint, (byte Protocol, ushort Length)>((source, destination, rest) =>
        {
            byte[] header = new byte[12];
            BinaryPrimitives.WriteUInt32BigEndian(header, source);
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), destination);
            header[9] = rest.Protocol;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), rest.Length);
            ulong fromNumbers = InternetChecksum.PseudoHeader(source, destination, rest.Protocol, rest.Length);
            ulong fromSpans = InternetChecksum.PseudoHeader(header.AsSpan(0, 4), header.AsSpan(4, 4), rest.Protocol, rest.Length);
            Assert.Equal(ChecksumDefinition.Sum(header), InternetChecksum.Fold(fromNumbers));
            Assert.Equal(ChecksumDefinition.Sum(header), InternetChecksum.Fold(fromSpans));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 0, 0u)]
    [InlineData(1, 6, 20u)]
    [InlineData(2, 17, 65_535u)]
    [InlineData(3, 58, 0x0001_0203u)]
    [InlineData(0, 255, uint.MaxValue)]
    [Trait("RFC", "8200 §8.1")]
    public void Ipv6_pseudo_header_is_summed_as_its_forty_bytes(int filling, byte nextHeader, uint length)
    {
        byte[] header = new byte[40];
        Filled(filling, 32).CopyTo(header, 0);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(32), length);
        header[39] = nextHeader;
        ulong[] address = [.. Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8 * i)))];
        ulong fromNumbers = InternetChecksum.PseudoHeader(address[0], address[1], address[2], address[3], nextHeader, length);
        ulong fromSpans = InternetChecksum.PseudoHeader(header.AsSpan(0, 16), header.AsSpan(16, 16), nextHeader, length);
        Assert.Equal(ChecksumDefinition.Sum(header), InternetChecksum.Fold(fromNumbers));
        Assert.Equal(ChecksumDefinition.Sum(header), InternetChecksum.Fold(fromSpans));
    }

    internal static byte[] Filled(int filling, int length)
    {
        byte[] data = new byte[length];
        switch (filling)
        {
            case 0:
                new SeededEntropy(71).Fill(data);
                break;
            case 2:
                data.AsSpan().Fill(0xFF);
                break;
            case 3:
                // Mostly zero: sums at the border between nothing and something.
                data[length / 2] = 1;
                break;
        }

        return data;
    }
}
