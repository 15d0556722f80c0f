namespace NetStack.Drivers.Pcap;

/// <summary>A stream read forward through one reused buffer that grows to the largest record asked for.</summary>
internal sealed class CaptureInput : IDisposable
{
    private const int InitialBytes = 64 * 1024;

    private readonly Stream stream;
    private readonly bool leaveOpen;
    private byte[] buffer = new byte[InitialBytes];
    private int start;
    private int end;

    public CaptureInput(Stream stream, bool leaveOpen)
    {
        this.stream = stream;
        this.leaveOpen = leaveOpen;
    }

    /// <summary>Bytes taken so far: the place in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes that can be looked at without reading.</summary>
    public int Available => end - start;

    /// <summary>Looks at the next bytes without taking them; fewer than asked for at the end of the file.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (end - start < count)
        {
            Fill(count);
        }

        return buffer.AsSpan(start, Math.Min(count, end - start));
    }

    /// <summary>Takes bytes that <see cref="Peek"/> has shown; they stay valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = buffer.AsSpan(start, count);
        start += count;
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
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    private void Fill(int count)
    {
        if (buffer.Length - start < count)
        {
            byte[] target = buffer.Length < count ? new byte[count] : buffer;
            buffer.AsSpan(start, end - start).CopyTo(target);
            buffer = target;
            end -= start;
            start = 0;
        }

        while (end - start < count)
        {
            int got = stream.Read(buffer, end, buffer.Length - end);
            if (got == 0)
            {
                return;
            }

            end += got;
        }
    }
}
