namespace NetStack.PacketScripts;

/// <summary>Bytes that arrived and were not read.</summary>
internal sealed class ByteQueue
{
    private byte[] _bytes = new byte[4096];
    private int _start;

    public int LengthBytes { get; private set; }

    /// <summary>Room behind the queued bytes, which become part of them.</summary>
    public Span<byte> Extend(int lengthBytes)
    {
        if (_start + LengthBytes + lengthBytes > _bytes.Length)
        {
            byte[] larger = new byte[Math.Max(2 * (LengthBytes + lengthBytes), _bytes.Length)];
            _bytes.AsSpan(_start, LengthBytes).CopyTo(larger);
            _bytes = larger;
            _start = 0;
        }

        LengthBytes += lengthBytes;
        return _bytes.AsSpan(_start + LengthBytes - lengthBytes, lengthBytes);
    }

    public ReadOnlySpan<byte> Peek(int offset, int lengthBytes) => _bytes.AsSpan(_start + offset, lengthBytes);

    public void RemoveFront(int lengthBytes)
    {
        _start += lengthBytes;
        LengthBytes -= lengthBytes;
    }
}
