using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NetStack.Sockets;

/// <summary>A connection as a stream: copies between the caller's memory and the blocks of the pipes.</summary>
internal sealed class NetworkConnectionStream(NetworkConnection connection) : Stream
{
    private const int FlushAboveBytes = 64 * 1024;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length, 1));
        try
        {
            int read = ReadAsync(rented.AsMemory(0, buffer.Length)).AsTask().GetAwaiter().GetResult();
            rented.AsSpan(0, read).CopyTo(buffer);
            return read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        PipeReader input = connection.Input;
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> available = result.Buffer;
            if (available.IsEmpty && !result.IsCompleted && !result.IsCanceled)
            {
                input.AdvanceTo(available.Start, available.End);
                continue;
            }

            if (buffer.IsEmpty)
            {
                // A read of nothing waits until there is something: that is how servers wait without holding memory.
                input.AdvanceTo(available.Start, available.Start);
                return 0;
            }

            int count = (int)Math.Min(available.Length, buffer.Length);
            ReadOnlySequence<byte> part = available.Slice(0, count);
            part.CopyTo(buffer.Span);
            input.AdvanceTo(part.End);
            return count;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        connection.Output.Write(buffer);
        FlushOutputAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        do
        {
            int part = Math.Min(buffer.Length, FlushAboveBytes);
            connection.Output.Write(buffer.Span[..part]);
            buffer = buffer[part..];
            await FlushOutputAsync(cancellationToken).ConfigureAwait(false);
        }
        while (!buffer.IsEmpty);
    }

    public override void Flush()
    {
        // Every write is flushed as it is made.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushOutputAsync(CancellationToken cancellationToken)
    {
        FlushResult result = await connection.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new IOException(
                "Unable to write data to the transport connection: it is closed.",
                new SocketException((int)SocketError.ConnectionReset));
        }
    }
}
