using System.Buffers.Binary;

namespace NetStack.Tcp;

/// <summary>The cookie of TCP Fast Open: 4 to 16 bytes, or none, which asks for one.</summary>
/// <remarks>RFC 7413 §4.1.1.</remarks>
public readonly record struct FastOpenCookie
{
    /// <summary>The shortest.</summary>
    public const int MinimumLengthBytes = 4;

    /// <summary>The longest.</summary>
    public const int MaximumLengthBytes = 16;

    private readonly ulong _first;
    private readonly ulong _last;
    private readonly byte _lengthBytes;

    /// <summary>Makes a cookie of eight bytes.</summary>
    public FastOpenCookie(ulong value)
    {
        _first = value;
        _lengthBytes = sizeof(ulong);
    }

    private FastOpenCookie(ReadOnlySpan<byte> bytes)
    {
        Span<byte> padded = stackalloc byte[MaximumLengthBytes];
        padded.Clear();
        bytes.CopyTo(padded);
        _first = BinaryPrimitives.ReadUInt64BigEndian(padded);
        _last = BinaryPrimitives.ReadUInt64BigEndian(padded[sizeof(ulong)..]);
        _lengthBytes = (byte)bytes.Length;
    }

    /// <summary>How many bytes it has; 0 for none.</summary>
    public int LengthBytes => _lengthBytes;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _lengthBytes == 0;

    /// <summary>Reads a cookie: an even number of bytes, 4 to 16, or none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FastOpenCookie cookie)
    {
        bool isCookie = bytes.IsEmpty
            || (bytes.Length is >= MinimumLengthBytes and <= MaximumLengthBytes && bytes.Length % 2 == 0);
        cookie = isCookie ? new FastOpenCookie(bytes) : default;
        return isCookie;
    }

    /// <summary>Writes its bytes.</summary>
    /// <param name="destination">At least <see cref="LengthBytes"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        Span<byte> padded = stackalloc byte[MaximumLengthBytes];
        BinaryPrimitives.WriteUInt64BigEndian(padded, _first);
        BinaryPrimitives.WriteUInt64BigEndian(padded[sizeof(ulong)..], _last);
        padded[.._lengthBytes].CopyTo(destination);
    }
}
