using System.Buffers.Binary;

namespace NetStack.Core;

/// <summary>The 128-bit key of <see cref="SipHash"/>. It is a secret: its text form does not show it.</summary>
/// <param name="Low">The first eight bytes, read little-endian (k0 of the paper).</param>
/// <param name="High">The last eight bytes, read little-endian (k1 of the paper).</param>
public readonly record struct SipHashKey(ulong Low, ulong High)
{
    /// <summary>The length of a key in bytes.</summary>
    public const int LengthBytes = 16;

    /// <summary>Reads a key from its bytes.</summary>
    /// <param name="bytes">Exactly <see cref="LengthBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static SipHashKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthBytes)
        {
            throw new ArgumentException("A SipHash key has 16 bytes.", nameof(bytes));
        }

        return new SipHashKey(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]));
    }

    /// <summary>A fixed text, so that no log shows a key.</summary>
    public override string ToString() => "SipHashKey";
}
