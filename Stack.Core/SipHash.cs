using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.Core;

/// <summary>
/// SipHash-2-4 with a 64-bit result: a keyed pseudo-random function for short inputs, fast enough for every packet. Who
/// does not know the key can neither predict a value nor find inputs that collide.
/// <para>
/// The overloads that take numbers hash them as if each were eight bytes, little-endian, one after another.
/// </para>
/// </summary>
/// <remarks>Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. One such F() as RFC 6528 §3 and RFC 6056 §3.3.3 ask for.</remarks>
public static class SipHash
{
    /// <summary>Hashes bytes.</summary>
    /// <param name="key">The secret key.</param>
    /// <param name="data">The bytes, any number of them.</param>
    public static ulong Hash(in SipHashKey key, ReadOnlySpan<byte> data)
    {
        State state = new(key);
        ref byte start = ref MemoryMarshal.GetReference(data);
        int whole = data.Length & ~7;
        for (int offset = 0; offset < whole; offset += sizeof(ulong))
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
            state.Absorb(BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        ulong last = (ulong)data.Length << 56;
        for (int offset = whole; offset < data.Length; offset++)
        {
            last |= (ulong)data[offset] << (8 * (offset - whole));
        }

        state.Absorb(last);
        return state.Finish();
    }

    /// <summary>Hashes one number.</summary>
    public static ulong Hash(in SipHashKey key, ulong first)
    {
        State state = new(key);
        state.Absorb(first);
        return state.Finish(1);
    }

    /// <summary>Hashes two numbers.</summary>
    public static ulong Hash(in SipHashKey key, ulong first, ulong second)
    {
        State state = new(key);
        state.Absorb(first);
        state.Absorb(second);
        return state.Finish(2);
    }

    /// <summary>Hashes three numbers.</summary>
    public static ulong Hash(in SipHashKey key, ulong first, ulong second, ulong third)
    {
        State state = new(key);
        state.Absorb(first);
        state.Absorb(second);
        state.Absorb(third);
        return state.Finish(3);
    }

    /// <summary>Hashes four numbers.</summary>
    public static ulong Hash(in SipHashKey key, ulong first, ulong second, ulong third, ulong fourth)
    {
        State state = new(key);
        state.Absorb(first);
        state.Absorb(second);
        state.Absorb(third);
        state.Absorb(fourth);
        return state.Finish(4);
    }

    /// <summary>Hashes five numbers.</summary>
    public static ulong Hash(in SipHashKey key, ulong first, ulong second, ulong third, ulong fourth, ulong fifth)
    {
        State state = new(key);
        state.Absorb(first);
        state.Absorb(second);
        state.Absorb(third);
        state.Absorb(fourth);
        state.Absorb(fifth);
        return state.Finish(5);
    }

    /// <summary>The four words v0 to v3 of the paper.</summary>
    private struct State
    {
        private ulong _v0, _v1, _v2, _v3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public State(in SipHashKey key)
        {
            // The ASCII of "somepseudorandomlygeneratedbytes".
            _v0 = key.Low ^ 0x736F6D6570736575;
            _v1 = key.High ^ 0x646F72616E646F6D;
            _v2 = key.Low ^ 0x6C7967656E657261;
            _v3 = key.High ^ 0x7465646279746573;
        }

        /// <summary>Takes in eight bytes with the two compression rounds.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Absorb(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        /// <summary>Ends an input of whole words: the last block holds only the length in bytes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Finish(int wordCount)
        {
            Absorb((ulong)(wordCount * sizeof(ulong)) << 56);
            return Finish();
        }

        /// <summary>The four finalization rounds.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Finish()
        {
            _v2 ^= 0xFF;
            Round();
            Round();
            Round();
            Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            _v0 += _v1;
            _v2 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v1;
            _v0 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
