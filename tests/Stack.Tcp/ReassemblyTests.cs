using NetStack.Core;

namespace NetStack.Tcp.Tests;

public class ReassemblyTests
{
    private readonly PacketPool _pool = new(4096);
    private readonly MemoryBudget _memory;
    private readonly Reassembly _reassembly;
    private readonly SequenceNumber _origin = new(0xFFFF_FF80);
    private Instant _now = new(1);

    public ReassemblyTests()
    {
        _memory = new MemoryBudget(_pool, 0);
        _reassembly = new Reassembly(_memory);
    }

    [Theory]
    [InlineData("10-20", "10-20")]
    [InlineData("10-20 30-40", "10-20 30-40")]
    [InlineData("30-40 10-20", "10-20 30-40")]
    [InlineData("10-20 20-30", "10-30")]
    [InlineData("20-30 10-20", "10-30")]
    [InlineData("10-20 30-40 20-30", "10-40")]
    [InlineData("10-20 15-25", "10-25")]
    [InlineData("15-25 10-20", "10-25")]
    [InlineData("10-20 30-40 15-35", "10-40")]
    [InlineData("10-20 30-40 50-60 5-70", "5-70")]
    [InlineData("10-20 30-40 50-60 30-45", "10-20 30-45 50-60")]
    [InlineData("10-20 30-40 50-60 25-45", "10-20 25-45 50-60")]
    [InlineData("10-20 30-40 50-60 20-50", "10-60")]
    [InlineData("100-200 90-150 180-300", "90-300")]
    [Trait("RFC", "9293 §3.10.7.4")]
    public void Overlaps_are_cut_and_neighbors_joined(string added, string held)
    {
        foreach (string range in added.Split(' '))
        {
            int[] ends = [.. range.Split('-').Select(int.Parse)];
            Assert.Equal(ReassemblyOutcome.Added, Add(ends[0], ends[1]));
        }

        Assert.Equal(held, string.Join(' ', Ranges().Select(range => $"{range.Start}-{range.End}")));
        AssertContent();
        Release();
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(12, 18)]
    [InlineData(10, 11)]
    public void What_is_held_already_is_a_duplicate(int start, int end)
    {
        Add(10, 20);

        Assert.Equal(ReassemblyOutcome.Duplicate, Add(start, end));

        Assert.Equal(10, _reassembly.LengthBytes);
        Release();
    }

    [Fact]
    public void Any_order_of_arrival_gives_the_stream()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            SeededEntropy entropy = new(seed);
            int next = 0;
            for (int i = 0; i < 60; i++)
            {
                int start = next + 1 + entropy.Next(400);
                Add(start, start + 1 + entropy.Next(120));
                if (entropy.Next(4) == 0)
                {
                    next += entropy.Next(60);
                    while (Take(next, out int length) is { } data)
                    {
                        Assert.Equal(Enumerable.Range(next, length).Select(At), data);
                        next += length;
                    }
                }

                AssertContent();
            }

            Release();
        }
    }

    [Fact]
    public void Ranges_are_bounded()
    {
        int added = 0;
        while (Add(10 + (added * 10), 11 + (added * 10), maximumBlocks: 4000) == ReassemblyOutcome.Added)
        {
            added++;
        }

        Assert.Equal(256, added);
        Assert.Equal(ReassemblyOutcome.Added, Add(11, 12, maximumBlocks: 4000));
        Release();
    }

    [Fact]
    public void Blocks_are_bounded()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(ReassemblyOutcome.Added, Add(10 + (i * 2000), 1010 + (i * 2000), maximumBlocks: 10));
        }

        Assert.Equal(ReassemblyOutcome.Full, Add(50_000, 50_001, maximumBlocks: 10));
        Release();
    }

    [Fact]
    [Trait("RFC", "2018 §8")]
    public void What_is_held_too_long_is_returned_whatever_joined_it_later()
    {
        Add(10, 20);
        Add(100, 110);
        _now += Duration.FromSeconds(1);
        Add(20, 30);
        Add(50, 60);
        Add(105, 120);
        Add(200, 210);

        Assert.False(_reassembly.Expire(new Instant(0)));
        Assert.True(_reassembly.Expire(new Instant(1)));

        Assert.Equal([(50, 60), (200, 210)], Ranges());
        Assert.Equal(_now, _reassembly.HeldSince);
        AssertContent();
        Release();
    }

    [Fact]
    public void Small_segments_in_sequence_share_a_block()
    {
        for (int i = 0; i < 1000; i++)
        {
            Add(10 + i, 11 + i, maximumBlocks: 16);
        }

        Assert.Equal(1000, _reassembly.LengthBytes);
        Assert.Equal(1, _reassembly.Blocks);
        Release();
    }

    private static byte At(int position) => (byte)(position * 13 + (position >> 8));

    private ReassemblyOutcome Add(int start, int end, int maximumBlocks = 256)
    {
        byte[] data = [.. Enumerable.Range(start, end - start).Select(At)];
        PacketBuffer packet = _pool.TryLeaseCopy(data)!;
        ReassemblyOutcome outcome = _reassembly.Add(_origin + start, packet, maximumBlocks, _now);
        if (outcome != ReassemblyOutcome.Added)
        {
            _pool.Return(packet);
        }

        return outcome;
    }

    private byte[]? Take(int next, out int lengthBytes)
    {
        if (_reassembly.TryTake(_origin + next, out lengthBytes) is not { } chain)
        {
            return null;
        }

        byte[] data = new byte[chain.TotalLength];
        chain.CopyTo(data);
        _pool.Return(chain);
        Assert.Equal(lengthBytes, data.Length);
        return data;
    }

    private IEnumerable<(int Start, int End)> Ranges() => Enumerable.Range(0, _reassembly.Count)
        .Select(_reassembly.RangeAt)
        .Select(range => (range.Start - _origin, range.End - _origin));

    private void AssertContent()
    {
        int total = 0;
        foreach ((int start, int end) in Ranges())
        {
            total += end - start;
        }

        Assert.Equal(total, _reassembly.LengthBytes);
        Assert.Equal(_pool.OutstandingBlocks, _reassembly.Blocks);
        Assert.Equal(_pool.OutstandingBlocks, _memory.HeldBlocks);
    }

    private void Release()
    {
        foreach ((int start, int end) in Ranges().ToArray())
        {
            Assert.Equal(Enumerable.Range(start, end - start).Select(At), Take(start, out _));
        }

        Assert.Equal(0, _pool.OutstandingBlocks);
        Assert.Equal((0, 0), (_reassembly.Blocks, _reassembly.LengthBytes));
    }
}
