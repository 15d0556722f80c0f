using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetStack.Core;

/// <summary>The ChaCha20 block function, one row of the state a vector.</summary>
/// <remarks>RFC 8439 §2.3.</remarks>
internal static class ChaCha20
{
    /// <summary>The 32-bit words of a key.</summary>
    public const int KeyWords = 8;

    /// <summary>The 32-bit words of a block.</summary>
    public const int BlockWords = 16;

    /// <summary>Computes one block of the key stream.</summary>
    /// <param name="key">The eight words of the key.</param>
    /// <param name="position">The last row of the state: block counter and nonce.</param>
    /// <param name="block">Receives sixteen words.</param>
    public static void Block(ReadOnlySpan<uint> key, Vector128<uint> position, Span<uint> block)
    {
        Debug.Assert(key.Length == KeyWords && block.Length >= BlockWords, "The caller owns buffers of the right size.");

        // The ASCII of "expand 32-byte k".
        Vector128<uint> row0 = Vector128.Create(0x61707865u, 0x3320646E, 0x79622D32, 0x6B206574);
        Vector128<uint> row1 = Vector128.Create(key);
        Vector128<uint> row2 = Vector128.Create(key[4..]);
        Vector128<uint> a = row0, b = row1, c = row2, d = position;
        for (int doubleRound = 0; doubleRound < 10; doubleRound++)
        {
            QuarterRounds(ref a, ref b, ref c, ref d);

            // Turn the rows so that the diagonals stand in columns, and back after the round.
            b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
            c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
            d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
            QuarterRounds(ref a, ref b, ref c, ref d);
            b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
            c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
            d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
        }

        (a + row0).CopyTo(block);
        (b + row1).CopyTo(block[4..]);
        (c + row2).CopyTo(block[8..]);
        (d + position).CopyTo(block[12..]);
    }

    /// <remarks>RFC 8439 §2.1, four columns at once.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void QuarterRounds(
        ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        a += b;
        d = RotateLeft(d ^ a, 16);
        c += d;
        b = RotateLeft(b ^ c, 12);
        a += b;
        d = RotateLeft(d ^ a, 8);
        c += d;
        b = RotateLeft(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateLeft(Vector128<uint> value, int count) =>
        (value << count) | (value >>> (32 - count));
}
