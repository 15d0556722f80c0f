using System.Buffers;

namespace NetStack.Ethernet;

/// <summary>
/// Collects formatted capture bytes and hands them to a stream in large writes. Not thread-safe; allocates only when one
/// piece asks for more room than its buffer has.
/// </summary>
public sealed class CaptureSink : IBufferWriter<byte>, IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Stream stream;
    private readonly bool leaveOpen;
    private byte[] buffer = new byte[BufferBytes];
    private int used;
    private bool disposed;

    /// <summary>Makes a sink over a stream.</summary>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="leaveOpen">Whether the caller goes on using the stream after <see cref="Dispose"/>.</param>
    public CaptureSink(Stream stream, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        this.stream = stream;
        this.leaveOpen = leaveOpen;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, buffer.Length - used);
        used += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return buffer.AsMemory(used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return buffer.AsSpan(used);
    }

    /// <summary>Hands everything collected to the stream and flushes it.</summary>
    /// <exception cref="IOException">The stream failed.</exception>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Drain();
        stream.Flush();
    }

    /// <summary>Flushes, and closes the stream unless it was to be left open.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        Flush();
        disposed = true;
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    private void MakeRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ObjectDisposedException.ThrowIf(disposed, this);
        int wanted = Math.Max(1, sizeHint);
        if (buffer.Length - used >= wanted)
        {
            return;
        }

        Drain();
        if (buffer.Length < wanted)
        {
            buffer = new byte[wanted];
        }
    }

    private void Drain()
    {
        if (used > 0)
        {
            stream.Write(buffer, 0, used);
            used = 0;
        }
    }
}
