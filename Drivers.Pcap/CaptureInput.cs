namespace NetStack.Drivers.Pcap;

/// <summary>A stream read forward through one reused buffer that grows to the largest record asked for.</summary>
internal sealed class CaptureInput : IDisposable
{
    private const int InitialBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private byte[] _buffer = new byte[InitialBytes];
    private int _start;
    private int _end;

    public CaptureInput(Stream stream, bool leaveOpen)
    {
        _stream = stream;
        _leaveOpen = leaveOpen;
    }

    /// <summary>Bytes taken so far: the place in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes that can be looked at without reading.</summary>
    public int Available => _end - _start;

    /// <summary>Looks at the next bytes without taking them; fewer than asked for at the end of the file.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_end - _start < count)
        {
            Fill(count);
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>Takes bytes that <see cref="Peek"/> has shown; they stay valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = _buffer.AsSpan(_start, count);
        _start += count;
        Offset += count;
        return taken;
    }

    /// <summary>Passes over bytes without keeping them.</summary>
    /// <returns>False where the file ends before.</returns>
    public bool TrySkip(long count)
    {
        while (count > 0)
        {
            int step = Peek((int)Math.Min(count, InitialBytes)).Length;
            if (step == 0)
            {
                return false;
            }

            Take(step);
            count -= step;
        }

        return true;
    }

    public void Dispose()
    {
        if (!_leaveOpen)
        {
            _stream.Dispose();
        }
    }

    private void Fill(int count)
    {
        if (_buffer.Length - _start < count)
        {
            byte[] target = _buffer.Length < count ? new byte[count] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(target);
            _buffer = target;
            _end -= _start;
            _start = 0;
        }

        while (_end - _start < count)
        {
            int got = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (got == 0)
            {
                return;
            }

            _end += got;
        }
    }
}
