using System.Buffers;
using System.IO.Pipelines;

namespace NetStack.Sockets.Tests.Pipes;

/// <content>Reads and flushes that are given up.</content>
public abstract partial class PipeBehavior
{
    [Fact]
    public async Task A_pending_read_can_be_cancelled_and_reading_goes_on()
    {
        Task<ReadResult> read = Reader.ReadAsync().AsTask();
        Reader.CancelPendingRead();
        ReadResult result = await read.WaitAsync(Patience);
        Assert.True(result.IsCanceled);
        Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);

        await WriteAsync([5]);
        Assert.Equal([5], await ReadExactlyAsync(1));
    }

    [Fact]
    public async Task A_cancelled_read_that_was_not_pending_cancels_the_next()
    {
        Reader.CancelPendingRead();
        ReadResult result = await Reader.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.True(result.IsCanceled);
        Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        Assert.False(Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_token_cancels_a_pending_read_and_reading_goes_on()
    {
        using CancellationTokenSource cancellation = new();
        Task<ReadResult> read = Reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Patience));

        await WriteAsync([6]);
        Assert.Equal([6], await ReadExactlyAsync(1));
    }

    [Fact]
    public async Task A_token_that_is_already_cancelled_is_refused()
    {
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Reader.ReadAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Writer.FlushAsync(cancelled));
    }

    [Fact]
    public async Task A_pending_flush_can_be_cancelled()
    {
        byte[] chunk = new byte[64 * 1024];
        ValueTask<FlushResult> flush;
        do
        {
            Writer.Write(chunk);
            flush = Writer.FlushAsync();
        }
        while (flush.IsCompleted);

        Task<FlushResult> pending = flush.AsTask();
        await Task.Delay(50);
        if (!pending.IsCompleted)
        {
            Writer.CancelPendingFlush();
            FlushResult result = await pending.WaitAsync(Patience);
            Assert.True(result.IsCanceled || !result.IsCompleted);
        }

        Assert.True(pending.IsCompletedSuccessfully);
    }
}
