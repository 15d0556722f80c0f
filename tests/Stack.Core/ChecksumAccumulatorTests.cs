using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace NetStack.Core.Tests;

[Trait("RFC", "1071 §2")]
public class ChecksumAccumulatorTests
{
    [Fact]
    public void Three_chunks_split_anywhere_give_the_checksum_of_the_whole()
    {
        byte[] data = InternetChecksumTests.Filled(0, 301);
        for (int first = 0; first <= data.Length; first++)
        {
            for (int second = first; second <= data.Length; second += 7)
            {
                ChecksumAccumulator accumulator = default;
                accumulator.Add(data.AsSpan(0, first));
                accumulator.Add(data.AsSpan(first, second - first));
                accumulator.Add(data.AsSpan(second));
                Assert.Equal(ChecksumDefinition.Checksum(data), accumulator.Complete());
                Assert.Equal(ChecksumDefinition.Sum(data), accumulator.Fold());
                Assert.True(accumulator.IsOdd);
            }
        }
    }

    [Fact]
    public void Any_chain_of_chunks_copied_or_not_gives_the_checksum_of_the_whole() =>
        Prop.ForAll<byte[][], bool>((chunks, copies) =>
        {
            ChecksumAccumulator accumulator = default;
            foreach (byte[] chunk in chunks)
            {
                byte[] copy = new byte[chunk.Length];
                if (copies)
                {
                    accumulator.AddAndCopy(chunk, copy);
                    Assert.Equal(chunk, copy);
                }
                else
                {
                    accumulator.Add(chunk);
                }
            }

            byte[] whole = [.. chunks.SelectMany(chunk => chunk)];
            Assert.Equal(ChecksumDefinition.Checksum(whole), accumulator.Complete());
            Assert.Equal(whole.Length % 2 == 1, accumulator.IsOdd);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Numbers_count_as_their_bytes_in_network_order_at_any_offset(int before)
    {
        byte[] data = InternetChecksumTests.Filled(0, before + 15);
        ChecksumAccumulator accumulator = default;
        accumulator.Add(data.AsSpan(0, before));
        accumulator.AddUInt16(BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(before)));
        accumulator.AddUInt32(BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(before + 2)));
        accumulator.AddUInt64(BinaryPrimitives.ReadUInt64BigEndian(data.AsSpan(before + 6)));
        accumulator.Add(data.AsSpan(before + 14));
        Assert.Equal(ChecksumDefinition.Checksum(data), accumulator.Complete());
    }

    [Fact]
    public void Pseudo_header_counts_the_same_before_and_after_odd_data()
    {
        byte[] data = InternetChecksumTests.Filled(0, 33);
        ulong pseudoHeader = InternetChecksum.PseudoHeader(0x0A09_0001u, 0x0A09_0002u, 17, 33);
        ChecksumAccumulator before = new(pseudoHeader);
        before.Add(data);
        ChecksumAccumulator after = default;
        after.Add(data);
        after.AddSum(pseudoHeader);
        Assert.Equal(InternetChecksum.Compute(data, pseudoHeader), before.Complete());
        Assert.Equal(before.Complete(), after.Complete());
    }
}
