using System.Buffers.Binary;

namespace NetStack.Cli.Verbs.Serve;

/// <summary>
/// The bytes of <c>GET /bytes/N</c>. Byte i is byte (i mod 8), the lowest first, of the 64-bit word
/// (i / 8) × 0x9E3779B97F4A7C15 mod 2^64: no stretch of it looks like another, so a byte that is lost, doubled or out of
/// place shows.
/// </summary>
internal static class DeterministicBytes
{
    /// <summary>The most that is served: 10^12 bytes.</summary>
    public const long MaximumBytes = 1_000_000_000_000;

    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Fills a span with the bytes from an offset on.</summary>
    /// <param name="offset">The index of the first byte.</param>
    /// <param name="destination">What to fill.</param>
    public static void Fill(long offset, Span<byte> destination)
    {
        ulong word = (ulong)(offset / 8) * Step;
        int skip = (int)(offset % 8);
        if (skip != 0)
        {
            Span<byte> whole = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(whole, word);
            int head = Math.Min(8 - skip, destination.Length);
            whole.Slice(skip, head).CopyTo(destination);
            destination = destination[head..];
            word += Step;
        }

        while (destination.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, word);
            destination = destination[8..];
            word += Step;
        }

        if (!destination.IsEmpty)
        {
            Span<byte> whole = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(whole, word);
            whole[..destination.Length].CopyTo(destination);
        }
    }
}
