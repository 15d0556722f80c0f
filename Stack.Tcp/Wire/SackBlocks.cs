using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NetStack.Tcp;

/// <summary>The blocks of a SACK option, in the order in which it carries them: at most four.</summary>
/// <remarks>RFC 2018 §3, RFC 2883 §4.</remarks>
public struct SackBlocks : IEquatable<SackBlocks>
{
    /// <summary>The blocks that fit an option.</summary>
    public const int Limit = 4;

    private const int BlockLengthBytes = 8;

    private Items _items;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The length of the option with its padding; 0 without blocks.</summary>
    public readonly int PaddedLengthBytes => PaddedLengthBytesOf(Count);

    /// <summary>One of the blocks.</summary>
    public readonly SackBlock this[int index] => _items[index];

    /// <summary>Whether both hold the same blocks in the same order.</summary>
    public static bool operator ==(in SackBlocks left, in SackBlocks right) => left.Equals(right);

    /// <summary>Whether they differ in a block or in the order.</summary>
    public static bool operator !=(in SackBlocks left, in SackBlocks right) => !left.Equals(right);

    /// <inheritdoc/>
    public readonly bool Equals(SackBlocks other) => Count == other.Count && Blocks.SequenceEqual(other.Blocks);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is SackBlocks other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, _items[0]);

    /// <summary>Adds a block behind the others.</summary>
    /// <exception cref="InvalidOperationException">There are four already.</exception>
    public void Add(SackBlock block)
    {
        if (Count == Limit)
        {
            throw new InvalidOperationException("A SACK option holds four blocks at most.");
        }

        _items[Count++] = block;
    }

    [UnscopedRef]
    private readonly ReadOnlySpan<SackBlock> Blocks => ((ReadOnlySpan<SackBlock>)_items)[..Count];

    /// <summary>The length of an option of so many blocks with its padding.</summary>
    internal static int PaddedLengthBytesOf(int count) => count == 0 ? 0 : 4 + (BlockLengthBytes * count);

    /// <summary>Reads the blocks of an option.</summary>
    /// <returns>False where the length is wrong.</returns>
    internal bool TryRead(ReadOnlySpan<byte> bytes)
    {
        Count = 0;
        if (bytes.IsEmpty || bytes.Length % BlockLengthBytes != 0 || bytes.Length > Limit * BlockLengthBytes)
        {
            return false;
        }

        while (!bytes.IsEmpty)
        {
            Add(new SackBlock(
                new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
                new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]))));
            bytes = bytes[BlockLengthBytes..];
        }

        return true;
    }

    internal readonly void Write(Span<byte> destination)
    {
        for (int i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[(i * BlockLengthBytes)..], _items[i].Start.Value);
            BinaryPrimitives.WriteUInt32BigEndian(destination[((i * BlockLengthBytes) + 4)..], _items[i].End.Value);
        }
    }

    [InlineArray(Limit)]
    private struct Items
    {
        private SackBlock _first;
    }
}
