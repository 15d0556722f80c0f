namespace NetStack.Core.Tests;

[Collection(nameof(HeapMeasurement))]
public class SeededEntropyTests
{
    [Fact]
    public void One_seed_gives_one_stream_and_another_seed_another()
    {
        Assert.Equal(Draw(new SeededEntropy(7)), Draw(new SeededEntropy(7)));
        Assert.NotEqual(Draw(new SeededEntropy(7)), Draw(new SeededEntropy(8)));
        Assert.NotEqual(Draw(new SeededEntropy(7)), Draw(new SeededEntropy(7UL << 32)));
    }

    [Fact]
    public void Every_byte_of_a_full_seed_counts()
    {
        HashSet<ulong> firsts = [];
        for (int i = 0; i < SeededEntropy.SeedLengthBytes; i++)
        {
            byte[] seed = new byte[SeededEntropy.SeedLengthBytes];
            seed[i] = 1;
            firsts.Add(new SeededEntropy(seed).NextUInt64());
        }

        Assert.Equal(SeededEntropy.SeedLengthBytes, firsts.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Seed_of_a_wrong_length_is_refused(int length) =>
        Assert.Throws<ArgumentException>(() => new SeededEntropy(new byte[length]));

    [Fact]
    public void Members_read_one_stream_of_words()
    {
        byte[] bytes = new byte[64];
        new SeededEntropy(3).Fill(bytes);
        SeededEntropy entropy = new(3);
        Assert.Equal(BitConverter.ToUInt32(bytes, 0), entropy.NextUInt32());
        Assert.Equal(BitConverter.ToUInt16(bytes, 4), entropy.NextUInt16());
        Assert.Equal(BitConverter.ToUInt64(bytes, 8), entropy.NextUInt64());
        Assert.Equal(SipHashKey.FromBytes(bytes.AsSpan(16, 16)), entropy.NextKey());
        byte[] three = new byte[3];
        entropy.Fill(three);
        Assert.Equal(bytes[32..35], three);
        Assert.Equal(BitConverter.ToUInt32(bytes, 36), entropy.NextUInt32());
    }

    [Fact]
    public void Fork_depends_on_seed_and_label_and_on_no_draw()
    {
        SeededEntropy fresh = new(5);
        SeededEntropy drawn = new(5);
        Draw(drawn);
        Assert.Equal(Draw(fresh.Fork(1)), Draw(drawn.Fork(1)));
        Assert.Equal(Draw(fresh.Fork("tcp")), Draw(drawn.Fork("tcp")));
        Assert.NotEqual(Draw(fresh.Fork(1)), Draw(new SeededEntropy(6).Fork(1)));
        Assert.NotEqual(Draw(fresh.Fork("tcp")), Draw(new SeededEntropy(6).Fork("tcp")));
    }

    [Fact]
    public void Forks_of_all_labels_and_their_parent_differ()
    {
        SeededEntropy parent = new(5);
        HashSet<ulong> firsts = [];
        string[] names = ["", "\0", "\0\0", "a", "b", "ab", "ba", "tcp", "udp"];
        foreach (string name in names)
        {
            firsts.Add(parent.Fork(name).NextUInt64());
        }

        for (ulong label = 0; label < 100; label++)
        {
            firsts.Add(parent.Fork(label).NextUInt64());
        }

        firsts.Add(parent.Fork(ulong.MaxValue).NextUInt64());
        firsts.Add(parent.Fork(1).Fork(1).NextUInt64());
        firsts.Add(parent.NextUInt64());
        Assert.Equal(names.Length + 103, firsts.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(0x5555_5556)]
    [InlineData(int.MaxValue)]
    public void Bounded_numbers_keep_their_bound_and_spread_evenly(int bound)
    {
        const int Draws = 30_000;
        SeededEntropy entropy = new(11);
        int[] thirds = new int[3];
        for (int i = 0; i < Draws; i++)
        {
            int value = entropy.Next(bound);
            Assert.InRange(value, 0, bound - 1);
            thirds[(int)((long)value * 3 / bound)]++;
        }

        if (bound >= 3)
        {
            // Chi-square with two degrees of freedom passes 13.8 once in a thousand seeds; this seed is fixed.
            double[] expected = [.. Enumerable.Range(0, 3).Select(third => Draws * InThird(bound, third) / bound)];
            Assert.True(thirds.Zip(expected, (seen, mean) => (seen - mean) * (seen - mean) / mean).Sum() < 13.8);
        }
    }

    [Fact]
    public void Bound_that_does_not_divide_the_words_favours_no_number()
    {
        // Words fall on numbers 8 to 3: without a second draw every third number gets two words of eight, the others three.
        const int Draws = 30_000;
        SeededEntropy entropy = new(13);
        int[] residues = new int[3];
        for (int i = 0; i < Draws; i++)
        {
            residues[entropy.Next(3 << 29) % 3]++;
        }

        Assert.All(residues, seen => Assert.InRange(seen, Draws / 3 - 400, Draws / 3 + 400));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Bound_below_one_is_refused(int bound) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededEntropy(1).Next(bound));

    [Fact]
    public void Drawing_allocates_nothing()
    {
        SeededEntropy entropy = new(1);
        Span<byte> bytes = stackalloc byte[37];
        Turn(entropy, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            Turn(entropy, bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static ulong Turn(SeededEntropy entropy, Span<byte> bytes)
        {
            entropy.Fill(bytes);
            return SipHash.Hash(entropy.NextKey(), entropy.NextUInt64(), (ulong)entropy.Next(9)) ^ SipHash.Hash(default, bytes);
        }
    }

    private static double InThird(int bound, int third)
    {
        // How many values v below the bound have floor(3 v / bound) = third.
        static long Below(long bound, int third) => (bound * third + 2) / 3;
        return Below(bound, third + 1) - Below(bound, third);
    }

    private static ulong[] Draw(SeededEntropy entropy) => [.. Enumerable.Range(0, 20).Select(_ => entropy.NextUInt64())];
}
