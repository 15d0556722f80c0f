namespace NetStack.PacketScripts;

/// <summary>The memory that a call reads from or writes to: one piece, or the pieces of an <c>iovec</c>.</summary>
internal sealed unsafe class MemoryPieces
{
    private readonly (nint Address, long LengthBytes)[] _pieces;

    public MemoryPieces(void* address, nuint lengthBytes)
    {
        _pieces = [((nint)address, (long)lengthBytes)];
        LengthBytes = (long)lengthBytes;
    }

    /// <summary>Takes the pieces of an <c>iovec</c>: an address and a length each.</summary>
    public MemoryPieces(nint* vector, nuint count)
    {
        _pieces = new (nint, long)[count];
        for (nuint i = 0; i < count; i++)
        {
            _pieces[i] = (vector[2 * i], vector[2 * i + 1]);
            LengthBytes += _pieces[i].LengthBytes;
        }
    }

    public long LengthBytes { get; }

    /// <summary>Whether some piece that holds anything is nowhere.</summary>
    public bool IsBad => Array.Exists(_pieces, piece => piece.Address == 0 && piece.LengthBytes > 0);

    /// <summary>Copies into the caller's memory, from a distance from its start on.</summary>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        foreach ((nint address, long length) in _pieces)
        {
            if (offset < length && !source.IsEmpty)
            {
                int part = (int)Math.Min(length - offset, source.Length);
                source[..part].CopyTo(new Span<byte>((byte*)address + offset, part));
                source = source[part..];
                offset += part;
            }

            offset = Math.Max(offset - length, 0);
        }
    }

    /// <summary>Copies from the caller's memory, which must hold that much behind the offset.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        foreach ((nint address, long length) in _pieces)
        {
            if (offset < length && !destination.IsEmpty)
            {
                int part = (int)Math.Min(length - offset, destination.Length);
                new ReadOnlySpan<byte>((byte*)address + offset, part).CopyTo(destination);
                destination = destination[part..];
                offset += part;
            }

            offset = Math.Max(offset - length, 0);
        }
    }
}
