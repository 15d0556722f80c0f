using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace NetStack.Core;

/// <summary>
/// The randomness of a machine: a stream of numbers wholly determined by a seed, so that one seed and one list of events
/// give one list of frames. It is the key stream of ChaCha20 with the seed as its key.
/// <para>
/// What it promises. With 32 secret, uniformly random bytes as the seed, an observer of any amount of output predicts no
/// other output without breaking ChaCha20: good for initial sequence numbers, ports, query ids and hash keys. With a
/// 64-bit seed the stream looks as random, but whoever guesses the seed knows it all: that is for tests and simulations.
/// The seed stays in memory for <see cref="Fork(ulong)"/>, so who reads the memory learns past and future output; there
/// is no reseeding. It is no source of long-lived cryptographic keys.
/// </para>
/// <para>For one thread, that of its loop. No member but <see cref="Fork(ulong)"/> allocates.</para>
/// </summary>
/// <remarks>RFC 8439 §2.3 (block function, with a 64-bit counter); RFC 4086 §6.2 on stretching a seed.</remarks>
public sealed class SeededEntropy
{
    /// <summary>The length of a seed in bytes.</summary>
    public const int SeedLengthBytes = 32;

    // The output counts blocks from 0; the derivations stand at the far end of the counter, which it never reaches.
    private const ulong ForkByNumber = ulong.MaxValue;
    private const ulong ForkByName = ulong.MaxValue - 1;
    private const ulong NameKey = ulong.MaxValue - 2;

    private readonly uint[] _key = new uint[ChaCha20.KeyWords];
    private readonly uint[] _block = new uint[ChaCha20.BlockWords];
    private ulong _nextBlock;
    private int _nextWord = ChaCha20.BlockWords;

    /// <summary>Starts a stream from a short seed: repeatable, but not secret.</summary>
    /// <param name="seed">Any number.</param>
    public SeededEntropy(ulong seed)
    {
        _key[0] = (uint)seed;
        _key[1] = (uint)(seed >> 32);
    }

    /// <summary>Starts a stream from a full seed.</summary>
    /// <param name="seed">Exactly <see cref="SeedLengthBytes"/> bytes; secret and uniformly random outside of tests.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public SeededEntropy(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedLengthBytes)
        {
            throw new ArgumentException("A seed has 32 bytes.", nameof(seed));
        }

        for (int i = 0; i < _key.Length; i++)
        {
            _key[i] = BinaryPrimitives.ReadUInt32LittleEndian(seed[(i * sizeof(uint))..]);
        }
    }

    private SeededEntropy(SeededEntropy parent, ulong counter, ulong label)
    {
        Span<uint> derived = stackalloc uint[ChaCha20.BlockWords];
        parent.Derive(counter, label, derived);
        derived[..ChaCha20.KeyWords].CopyTo(_key);
    }

    /// <summary>
    /// A stream independent of this one, determined by the seed and the label alone: drawing numbers before or after
    /// changes nothing, and the same label gives the same stream again.
    /// </summary>
    /// <param name="label">What tells the streams of one seed apart.</param>
    public SeededEntropy Fork(ulong label) => new(this, ForkByNumber, label);

    /// <summary>As <see cref="Fork(ulong)"/>, with a name for a label. A name and a number never give the same stream.</summary>
    /// <param name="label">What tells the streams of one seed apart, such as <c>"tcp"</c>.</param>
    public SeededEntropy Fork(ReadOnlySpan<char> label)
    {
        Span<uint> words = stackalloc uint[ChaCha20.BlockWords];
        Derive(NameKey, 0, words);
        SipHashKey key = new(words[0] | (ulong)words[1] << 32, words[2] | (ulong)words[3] << 32);
        ulong hash = SipHash.Hash(key, (ulong)label.Length);
        foreach (char letter in label)
        {
            hash = SipHash.Hash(key, hash, letter);
        }

        return new SeededEntropy(this, ForkByName, hash);
    }

    /// <summary>A number of 16 random bits.</summary>
    public ushort NextUInt16() => (ushort)NextUInt32();

    /// <summary>A number of 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_nextWord == ChaCha20.BlockWords)
        {
            Derive(_nextBlock++, 0, _block);
            _nextWord = 0;
        }

        return _block[_nextWord++];
    }

    /// <summary>A number of 64 random bits.</summary>
    public ulong NextUInt64()
    {
        uint low = NextUInt32();
        return low | (ulong)NextUInt32() << 32;
    }

    /// <summary>A number from zero up to, but not including, a bound; each is equally likely.</summary>
    /// <param name="maxExclusive">The bound, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is zero or negative.</exception>
    public int Next(int maxExclusive)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxExclusive);
        uint bound = (uint)maxExclusive;
        ulong product = (ulong)NextUInt32() * bound;
        if ((uint)product < bound)
        {
            // 2^32 mod bound of the products fall once too often on a result: draw again for those.
            uint surplus = (0u - bound) % bound;
            while ((uint)product < surplus)
            {
                product = (ulong)NextUInt32() * bound;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Fills a span with random bytes.</summary>
    public void Fill(Span<byte> destination)
    {
        while (destination.Length >= sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, NextUInt32());
            destination = destination[sizeof(uint)..];
        }

        if (!destination.IsEmpty)
        {
            Span<byte> last = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(last, NextUInt32());
            last[..destination.Length].CopyTo(destination);
        }
    }

    /// <summary>A fresh key for <see cref="SipHash"/>.</summary>
    public SipHashKey NextKey()
    {
        ulong low = NextUInt64();
        return new SipHashKey(low, NextUInt64());
    }

    private void Derive(ulong counter, ulong nonce, Span<uint> block) =>
        ChaCha20.Block(
            _key, Vector128.Create((uint)counter, (uint)(counter >> 32), (uint)nonce, (uint)(nonce >> 32)), block);
}
