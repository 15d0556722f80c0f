using System.Buffers.Binary;

namespace NetStack.Testing;

/// <summary>
/// Bytes without end that look random and are known by their position, so that a receiver can check each byte without
/// having seen the others.
/// </summary>
/// <param name="Key">Tells the contents of different streams apart.</param>
public readonly record struct StreamContent(ulong Key)
{
    /// <summary>Writes the bytes that stand at a position.</summary>
    public void Write(long position, Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!destination.IsEmpty)
        {
            int skipped = (int)(position & 7);
            if (skipped == 0 && destination.Length >= sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination, WordAt(position));
                destination = destination[sizeof(ulong)..];
                position += sizeof(ulong);
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, WordAt(position));
            int part = Math.Min(sizeof(ulong) - skipped, destination.Length);
            word.Slice(skipped, part).CopyTo(destination);
            destination = destination[part..];
            position += part;
        }
    }

    /// <summary>Compares bytes with those that stand at a position.</summary>
    /// <returns>The index of the first that differs; -1 where none does.</returns>
    public int FindDifference(long position, ReadOnlySpan<byte> bytes)
    {
        Span<byte> expected = stackalloc byte[512];
        for (int done = 0; done < bytes.Length;)
        {
            Span<byte> part = expected[..Math.Min(expected.Length, bytes.Length - done)];
            Write(position + done, part);
            int same = part.CommonPrefixLength(bytes.Slice(done, part.Length));
            if (same < part.Length)
            {
                return done + same;
            }

            done += part.Length;
        }

        return -1;
    }

    // The finalizer of SplitMix64: every bit of the position reaches every bit of the word.
    private ulong WordAt(long position)
    {
        ulong word = Key + ((ulong)(position >> 3) * 0x9E37_79B9_7F4A_7C15);
        word = (word ^ (word >> 30)) * 0xBF58_476D_1CE4_E5B9;
        word = (word ^ (word >> 27)) * 0x94D0_49BB_1331_11EB;
        return word ^ (word >> 31);
    }
}
