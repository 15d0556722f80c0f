using System.Buffers.Binary;
using System.Security.Cryptography;

namespace NetStack.Interop.Tests;

/// <summary>
/// What <c>GET /bytes/N</c> is documented to answer: byte i is byte (i mod 8), the lowest first, of the 64-bit word
/// (i / 8) × 0x9E3779B97F4A7C15 mod 2^64.
/// </summary>
internal static class DocumentedBytes
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The SHA-256 of the first bytes, in lower-case hexadecimal.</summary>
    public static string HashOf(long lengthBytes)
    {
        byte[] chunk = new byte[1 << 16];
        ulong word = 0;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long left = lengthBytes; left > 0; left -= chunk.Length)
        {
            for (int i = 0; i < chunk.Length; i += 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(chunk.AsSpan(i), word * Step);
                word++;
            }

            hash.AppendData(chunk, 0, (int)Math.Min(left, chunk.Length));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
