using System.Buffers;
using System.IO.Pipelines;

namespace NetStack.Sockets.Tests.Pipes;

/// <summary>
/// What a program may expect of a pipe. The same cases run against the platform's <see cref="Pipe"/> and against the two
/// ends of a TCP connection of ours.
/// </summary>
public abstract partial class PipeBehavior : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    protected PipeWriter Writer { get; set; } = null!;

    protected PipeReader Reader { get; set; } = null!;

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    [Fact]
    public async Task Bytes_are_read_in_the_order_they_were_written()
    {
        await WriteAsync([1, 2]);
        await WriteAsync([3]);

        Assert.Equal([1, 2, 3], await ReadExactlyAsync(3));
    }

    [Fact]
    public async Task Nothing_can_be_read_before_something_is_written()
    {
        Assert.False(Reader.TryRead(out _));
        ValueTask<ReadResult> read = Reader.ReadAsync();
        Assert.False(read.IsCompleted);

        await WriteAsync([9]);

        ReadResult result = await read.AsTask().WaitAsync(Patience);
        Assert.Equal([9], result.Buffer.ToArray());
        Assert.False(result.IsCompleted);
        Reader.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task Written_bytes_are_not_sent_before_a_flush()
    {
        Writer.Write((ReadOnlySpan<byte>)[1, 2, 3]);
        Assert.Equal(3, Writer.UnflushedBytes);
        Assert.False(Reader.TryRead(out _));

        await Writer.FlushAsync();

        Assert.Equal(0, Writer.UnflushedBytes);
        Assert.Equal([1, 2, 3], await ReadExactlyAsync(3));
    }

    [Fact]
    public async Task What_was_examined_and_not_consumed_comes_again_with_more()
    {
        await WriteAsync([1, 2]);
        ReadResult result = await ReadAtLeastAsync(2);
        Reader.AdvanceTo(result.Buffer.GetPosition(1), result.Buffer.End);
        ValueTask<ReadResult> read = Reader.ReadAsync();
        Assert.False(read.IsCompleted);

        await WriteAsync([3]);

        result = await read.AsTask().WaitAsync(Patience);
        Assert.Equal([2, 3], result.Buffer.ToArray());
        Reader.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task What_was_not_examined_is_there_at_once()
    {
        await WriteAsync([1, 2, 3]);
        ReadResult result = await ReadAtLeastAsync(3);
        Reader.AdvanceTo(result.Buffer.GetPosition(1));

        Assert.True(Reader.TryRead(out result));
        Assert.Equal([2, 3], result.Buffer.ToArray());
        Reader.AdvanceTo(result.Buffer.Start);
        Assert.True(Reader.TryRead(out result));
        Assert.Equal([2, 3], result.Buffer.ToArray());
        Reader.AdvanceTo(result.Buffer.End);
        Assert.False(Reader.TryRead(out _));
    }

    [Fact]
    public async Task Memory_is_as_large_as_asked_for()
    {
        List<byte> sent = [];
        foreach (int size in new[] { 0, 1, 100, 4096, 5000, 100_000 })
        {
            Memory<byte> memory = Writer.GetMemory(size);
            Assert.True(memory.Length >= Math.Max(size, 1));
            int count = Math.Max(size, 1);
            memory.Span[..count].Fill((byte)(size % 251));
            sent.AddRange(memory.Span[..count]);
            Writer.Advance(count);
            Assert.True(Writer.GetSpan(size).Length >= Math.Max(size, 1));
        }

        Task flush = Writer.FlushAsync().AsTask();
        Assert.Equal(sent, await ReadExactlyAsync(sent.Count));
        await flush.WaitAsync(Patience);
    }

    [Fact]
    public async Task Advancing_by_nothing_and_flushing_nothing_sends_nothing()
    {
        Writer.GetMemory(10);
        Writer.Advance(0);
        FlushResult flushed = await Writer.FlushAsync();

        Assert.False(flushed.IsCompleted);
        Assert.False(Reader.TryRead(out _));
        await WriteAsync([1]);
        Assert.Equal([1], await ReadExactlyAsync(1));
    }

    [Fact]
    public void Advancing_over_memory_that_was_not_taken_is_refused()
    {
        Assert.ThrowsAny<Exception>(() => Writer.Advance(1));
        int length = Writer.GetMemory(1).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => Writer.Advance(length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Writer.Advance(-1));
    }

    [Fact]
    public async Task A_flush_waits_for_the_reader_when_much_is_unread()
    {
        byte[] chunk = new byte[32 * 1024];
        long written = 0;
        ValueTask<FlushResult> flush;
        do
        {
            Writer.Write(chunk);
            written += chunk.Length;
            flush = Writer.FlushAsync();
            if (!flush.IsCompleted)
            {
                await Task.Delay(20);
            }
        }
        while (flush.IsCompleted && written < 100_000_000);

        Assert.False(flush.IsCompleted);
        Task<byte[]> read = ReadExactlyAsync((int)written);
        FlushResult flushed = await flush.AsTask().WaitAsync(Patience);
        Assert.False(flushed.IsCompleted);
        Assert.Equal(written, (await read).Length);
    }

    [Fact]
    public async Task The_end_comes_after_the_last_byte()
    {
        Writer.Write((ReadOnlySpan<byte>)[1, 2, 3]);
        await Writer.CompleteAsync();

        Assert.Equal([1, 2, 3], await ReadExactlyAsync(3));
        ReadResult result = await Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.True(result.IsCompleted);
        Assert.True(result.Buffer.IsEmpty);
        Reader.AdvanceTo(result.Buffer.End);
        Assert.True(Reader.TryRead(out result));
        Assert.True(result.IsCompleted);
    }

    [Fact]
    public async Task A_waiting_reader_learns_of_the_end()
    {
        Task<ReadResult> read = Reader.ReadAsync().AsTask();
        await Writer.CompleteAsync();

        ReadResult result = await read.WaitAsync(Patience);
        Assert.True(result.IsCompleted);
    }

    [Fact]
    public async Task A_writer_learns_that_nobody_reads_any_more()
    {
        await Reader.CompleteAsync();
        FlushResult result = default;
        for (int i = 0; i < 200 && !result.IsCompleted; i++)
        {
            Writer.Write(new byte[1000]);
            result = await Writer.FlushAsync().AsTask().WaitAsync(Patience);
            await Task.Delay(10);
        }

        Assert.True(result.IsCompleted);
    }

    [Fact]
    public async Task Nothing_works_after_completion()
    {
        await Reader.CompleteAsync();
        Assert.Throws<InvalidOperationException>(() => Reader.TryRead(out _));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Reader.ReadAsync());
        await Writer.CompleteAsync();
        Assert.Throws<InvalidOperationException>(() => Writer.GetMemory());
        Assert.Throws<InvalidOperationException>(() => { Writer.GetSpan(); });
    }

    [Fact]
    public async Task Positions_must_be_those_of_the_last_read()
    {
        await WriteAsync([1, 2, 3]);
        ReadResult result = await ReadAtLeastAsync(3);
        SequencePosition start = result.Buffer.Start;
        SequencePosition end = result.Buffer.End;
        Assert.ThrowsAny<Exception>(() => Reader.AdvanceTo(end, start));
        Reader.AdvanceTo(end);
        Assert.Throws<InvalidOperationException>(() => Reader.AdvanceTo(end));
    }

    [Fact]
    public async Task Many_single_bytes_arrive_whole()
    {
        byte[] data = new byte[200_000];
        for (int i = 0; i < data.Length; i += sizeof(int))
        {
            BitConverter.TryWriteBytes(data.AsSpan(i), i);
        }

        Task<byte[]> read = ReadExactlyAsync(data.Length);
        foreach (byte each in data)
        {
            await WriteAsync([each]);
        }

        Assert.Equal(data, await read);
    }

    [Fact]
    public async Task Reads_of_at_least_so_many_bytes_and_copies_work()
    {
        byte[] data = new byte[300_000];
        new Random(4).NextBytes(data);
        Task writing = WriteAndCompleteAsync(data);
        ReadResult result = await Reader.ReadAtLeastAsync(20_000).AsTask().WaitAsync(Patience);
        Assert.True(result.Buffer.Length >= 20_000);
        Reader.AdvanceTo(result.Buffer.Start);

        using MemoryStream copy = new();
        await Reader.CopyToAsync(copy).WaitAsync(Patience);
        await writing;
        Assert.Equal(data, copy.ToArray());
    }

    [Fact]
    public async Task A_reader_may_want_more_at_once_than_any_window_holds()
    {
        byte[] data = new byte[3_000_000];
        new Random(5).NextBytes(data);
        Task writing = WriteAndCompleteAsync(data);

        ReadResult result = await ReadAtLeastAsync(data.Length);

        Assert.Equal(data, result.Buffer.ToArray());
        Reader.AdvanceTo(result.Buffer.End);
        await writing.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_pattern_of_writes_and_reads_carries_every_byte(int seed)
    {
        const int Total = 8_000_000;
        Random random = new(seed);
        byte[] data = new byte[Total];
        random.NextBytes(data);
        Task writing = Task.Run(async () =>
        {
            Random sizes = new(seed + 100);
            for (int sent = 0; sent < Total;)
            {
                int hint = sizes.Next(4) == 0 ? sizes.Next(20_000) : 0;
                Memory<byte> memory = Writer.GetMemory(hint);
                int count = Math.Min(sizes.Next(memory.Length + 1), Total - sent);
                data.AsSpan(sent, count).CopyTo(memory.Span);
                Writer.Advance(count);
                sent += count;
                if (sizes.Next(3) == 0)
                {
                    await Writer.FlushAsync();
                }
            }

            await Writer.CompleteAsync();
        });

        byte[] received = new byte[Total];
        int total = 0;
        while (true)
        {
            ReadResult result = await Reader.ReadAsync().AsTask().WaitAsync(Patience);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (result.IsCompleted && buffer.IsEmpty)
            {
                break;
            }

            int consumed = (int)Math.Min(buffer.Length, random.Next((int)buffer.Length + 1));
            buffer.Slice(0, consumed).CopyTo(received.AsSpan(total));
            total += consumed;

            // Now and then nothing but the consumed part counts as examined; an end that was seen comes again.
            bool examineAll = !result.IsCompleted && random.Next(2) == 0;
            Reader.AdvanceTo(buffer.GetPosition(consumed), examineAll ? buffer.End : buffer.GetPosition(consumed));
        }

        await writing.WaitAsync(Patience);
        Assert.Equal(Total, total);
        Assert.True(data.AsSpan().SequenceEqual(received));
    }

    private async Task WriteAsync(byte[] data) => await Writer.WriteAsync(data).AsTask().WaitAsync(Patience);

    private async Task WriteAndCompleteAsync(byte[] data)
    {
        await Writer.WriteAsync(data);
        await Writer.CompleteAsync();
    }

    private async Task<ReadResult> ReadAtLeastAsync(int count) =>
        await Reader.ReadAtLeastAsync(count).AsTask().WaitAsync(Patience);

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        byte[] data = new byte[count];
        int total = 0;
        while (total < count)
        {
            ReadResult result = await Reader.ReadAsync().AsTask().WaitAsync(Patience);
            int part = (int)Math.Min(result.Buffer.Length, count - total);
            result.Buffer.Slice(0, part).CopyTo(data.AsSpan(total));
            total += part;
            Reader.AdvanceTo(result.Buffer.GetPosition(part));
            Assert.False(result.IsCompleted && result.Buffer.Length == part && total < count, $"The end came after {total} of {count} bytes.");
        }

        return data;
    }
}
