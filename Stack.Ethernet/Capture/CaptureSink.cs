using System.Buffers;

namespace NetStack.Ethernet;

/// <summary>
/// Collects formatted capture bytes and hands them to a stream in large writes. Not thread-safe; allocates only when one
/// piece asks for more room than its buffer has.
/// </summary>
public sealed class CaptureSink : IBufferWriter<byte>, IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private byte[] _buffer = new byte[BufferBytes];
    private int _used;
    private bool _disposed;

    /// <summary>Makes a sink over a stream.</summary>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="leaveOpen">Whether the caller goes on using the stream after <see cref="Dispose"/>.</param>
    public CaptureSink(Stream stream, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _leaveOpen = leaveOpen;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _used);
        _used += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_used);
    }

    /// <summary>Hands everything collected to the stream and flushes it.</summary>
    /// <exception cref="IOException">The stream failed.</exception>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Drain();
        _stream.Flush();
    }

    /// <summary>Flushes, and closes the stream unless it was to be left open.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        Flush();
        _disposed = true;
        if (!_leaveOpen)
        {
            _stream.Dispose();
        }
    }

    private void MakeRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ObjectDisposedException.ThrowIf(_disposed, this);
        int wanted = Math.Max(1, sizeHint);
        if (_buffer.Length - _used >= wanted)
        {
            return;
        }

        Drain();
        if (_buffer.Length < wanted)
        {
            _buffer = new byte[wanted];
        }
    }

    private void Drain()
    {
        if (_used > 0)
        {
            _stream.Write(_buffer, 0, _used);
            _used = 0;
        }
    }
}
