namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// One direction of a vchan, from the side that writes or the side that reads. Our index is our own and only published; the
/// peer's is read once for each question and checked, as the peer may write what it likes.
/// </summary>
internal sealed unsafe class VchanRing
{
    private readonly uint* _ourIndex;
    private readonly uint* _peerIndex;
    private readonly byte* _buffer;
    private readonly bool _isWriter;
    private uint _index;

    /// <param name="indices">The consumer's index, which the producer's follows.</param>
    /// <param name="buffer">The ring itself.</param>
    /// <param name="order">Its size as a power of two.</param>
    /// <param name="isWriter">Whether we produce.</param>
    public VchanRing(byte* indices, byte* buffer, int order, bool isWriter)
    {
        uint* consumed = (uint*)indices;
        uint* produced = (uint*)(indices + VchanLayout.ProducedBehindConsumed);
        _ourIndex = isWriter ? produced : consumed;
        _peerIndex = isWriter ? consumed : produced;
        _buffer = buffer;
        SizeBytes = 1 << order;
        _isWriter = isWriter;

        // A client comes to a ring that others may have used before: it goes on where they were.
        _index = Volatile.Read(ref *_ourIndex);
    }

    public int SizeBytes { get; }

    /// <summary>Looks at the peer's index.</summary>
    /// <param name="ready">How many bytes can be written, or read.</param>
    /// <returns>False where the index is none that an honest peer could have.</returns>
    public bool TryMeasure(out int ready)
    {
        uint peer = Volatile.Read(ref *_peerIndex);
        uint held = _isWriter ? _index - peer : peer - _index;
        ready = _isWriter ? SizeBytes - (int)held : (int)held;
        return held <= (uint)SizeBytes;
    }

    /// <summary>Copies bytes out, of those that are ready, and gives their room back.</summary>
    public void Read(Span<byte> destination)
    {
        int at = (int)(_index & (uint)(SizeBytes - 1));
        int first = Math.Min(destination.Length, SizeBytes - at);
        new ReadOnlySpan<byte>(_buffer + at, first).CopyTo(destination);
        new ReadOnlySpan<byte>(_buffer, destination.Length - first).CopyTo(destination[first..]);
        Publish(destination.Length);
    }

    /// <summary>Gives the room of bytes back without looking at them.</summary>
    public void Skip(int bytes) => Publish(bytes);

    /// <summary>Copies bytes in, into room that is ready.</summary>
    public void Write(ReadOnlySpan<byte> source)
    {
        int at = (int)(_index & (uint)(SizeBytes - 1));
        int first = Math.Min(source.Length, SizeBytes - at);
        source[..first].CopyTo(new Span<byte>(_buffer + at, first));
        source[first..].CopyTo(new Span<byte>(_buffer, source.Length - first));
        Publish(source.Length);
    }

    private void Publish(int bytes)
    {
        // The bytes are copied before the peer sees the index that says so.
        _index += (uint)bytes;
        Volatile.Write(ref *_ourIndex, _index);
    }
}
