using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetStack.Core;

/// <summary>
/// The inner loops of <see cref="InternetChecksum"/>: the plain sum of the 32-bit words of a piece of memory, as wide as
/// the machine allows, with or without a copy.
/// </summary>
/// <remarks>
/// Each 64-bit lane keeps two sums that may wrap: of the words, and of their upper halves. Shifted up and taken away from
/// the first, the second leaves the sum of the lower halves. That is three operations a word, and no carry to wait for.
/// </remarks>
internal static class ChecksumKernel
{
    // Below these a wider loop costs more in adding up its lanes than it saves; found by measurement.
    private const int Vector512Threshold = 512;
    private const int VectorThreshold = 64;

    /// <summary>Sums <paramref name="length"/> bytes, an odd last one padded with zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Sum(ref byte source, nuint length) =>
        BitConverter.IsLittleEndian && length - sizeof(ulong) < VectorThreshold - sizeof(ulong)
            ? SumShort(ref source, length)
            : SumLong(ref source, length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong SumLong(ref byte source, nuint length) => Run<Reading>(ref source, ref source, length);

    /// <summary>Sums 8 to 63 bytes: as the bits of the length say, without a loop. No sum of so few 32-bit words overflows.</summary>
    private static ulong SumShort(ref byte source, nuint length)
    {
        ulong sum = 0;
        ref byte at = ref source;
        if ((length & 32) != 0)
        {
            sum = SumSixteen(ref at) + SumSixteen(ref Unsafe.Add(ref at, 16));
            at = ref Unsafe.Add(ref at, 32);
        }

        if ((length & 16) != 0)
        {
            sum += SumSixteen(ref at);
            at = ref Unsafe.Add(ref at, 16);
        }

        if ((length & 8) != 0)
        {
            sum += (ulong)Word(ref at, 0) + Word(ref at, 4);
            at = ref Unsafe.Add(ref at, 8);
        }

        return (length & 7) == 0 ? sum : sum + SumTail<Reading>(ref at, ref at, length, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SumSixteen(ref byte at) =>
        (ulong)Word(ref at, 0) + Word(ref at, 4) + Word(ref at, 8) + Word(ref at, 12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ref byte at, nint offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, offset));

    /// <summary>Sums <paramref name="length"/> bytes and copies them; the two places do not overlap.</summary>
    public static ulong SumAndCopy(ref byte source, ref byte destination, nuint length) =>
        Run<Copying>(ref source, ref destination, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Run<TMode>(ref byte source, ref byte destination, nuint length)
        where TMode : struct
    {
        ulong sum = 0;
        nuint offset = 0;
        if (length >= VectorThreshold)
        {
            if (Vector512.IsHardwareAccelerated && length >= Vector512Threshold)
            {
                sum = Sum512<TMode>(ref source, ref destination, length, ref offset);
            }
            else if (Vector256.IsHardwareAccelerated)
            {
                sum = Sum256<TMode>(ref source, ref destination, length, ref offset);
            }
            else if (Vector128.IsHardwareAccelerated)
            {
                sum = Sum128<TMode>(ref source, ref destination, length, ref offset);
            }
        }

        ulong words = 0;
        ulong upper = 0;
        for (; offset + sizeof(ulong) <= length; offset += sizeof(ulong))
        {
            ulong word = Transfer<TMode, ulong>(ref source, ref destination, offset);
            words += word;
            upper += word >> 32;
        }

        sum += words - (upper << 32) + upper;
        return sum + SumTail<TMode>(ref source, ref destination, length, offset);
    }

    /// <summary>The last zero to seven bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SumTail<TMode>(ref byte source, ref byte destination, nuint length, nuint offset)
        where TMode : struct
    {
        ulong sum = 0;
        if ((length & sizeof(uint)) != 0)
        {
            sum += Transfer<TMode, uint>(ref source, ref destination, offset);
            offset += sizeof(uint);
        }

        if ((length & sizeof(ushort)) != 0)
        {
            sum += Transfer<TMode, ushort>(ref source, ref destination, offset);
            offset += sizeof(ushort);
        }

        if ((length & 1) != 0)
        {
            uint last = Transfer<TMode, byte>(ref source, ref destination, offset);
            sum += BitConverter.IsLittleEndian ? last : last << 8;
        }

        return sum;
    }

    internal static ulong Sum512<TMode>(ref byte source, ref byte destination, nuint length, ref nuint offset)
        where TMode : struct
    {
        nuint at = offset;
        Vector512<ulong> words0 = default, words1 = default, upper0 = default, upper1 = default;
        for (; at + 128 <= length; at += 128)
        {
            Vector512<ulong> first = Transfer<TMode, Vector512<ulong>>(ref source, ref destination, at);
            Vector512<ulong> second = Transfer<TMode, Vector512<ulong>>(ref source, ref destination, at + 64);
            words0 += first;
            words1 += second;
            upper0 += first >>> 32;
            upper1 += second >>> 32;
        }

        Vector256<ulong> words = (words0 + words1).GetLower() + (words0 + words1).GetUpper();
        Vector256<ulong> upper = (upper0 + upper1).GetLower() + (upper0 + upper1).GetUpper();
        for (; at + 32 <= length; at += 32)
        {
            Vector256<ulong> word = Transfer<TMode, Vector256<ulong>>(ref source, ref destination, at);
            words += word;
            upper += word >>> 32;
        }

        offset = at;
        return Join(words, upper);
    }

    internal static ulong Sum256<TMode>(ref byte source, ref byte destination, nuint length, ref nuint offset)
        where TMode : struct
    {
        nuint at = offset;
        Vector256<ulong> words0 = default, words1 = default, upper0 = default, upper1 = default;
        for (; at + 64 <= length; at += 64)
        {
            Vector256<ulong> first = Transfer<TMode, Vector256<ulong>>(ref source, ref destination, at);
            Vector256<ulong> second = Transfer<TMode, Vector256<ulong>>(ref source, ref destination, at + 32);
            words0 += first;
            words1 += second;
            upper0 += first >>> 32;
            upper1 += second >>> 32;
        }

        offset = at;
        return Join(words0 + words1, upper0 + upper1);
    }

    internal static ulong Sum128<TMode>(ref byte source, ref byte destination, nuint length, ref nuint offset)
        where TMode : struct
    {
        nuint at = offset;
        Vector128<ulong> words0 = default, words1 = default, upper0 = default, upper1 = default;
        for (; at + 32 <= length; at += 32)
        {
            Vector128<ulong> first = Transfer<TMode, Vector128<ulong>>(ref source, ref destination, at);
            Vector128<ulong> second = Transfer<TMode, Vector128<ulong>>(ref source, ref destination, at + 16);
            words0 += first;
            words1 += second;
            upper0 += first >>> 32;
            upper1 += second >>> 32;
        }

        offset = at;
        return Join(words0 + words1, upper0 + upper1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Join(Vector256<ulong> words, Vector256<ulong> upper) =>
        Join(words.GetLower() + words.GetUpper(), upper.GetLower() + upper.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Join(Vector128<ulong> words, Vector128<ulong> upper)
    {
        // Wrapping sums of all lanes: exact again once the upper halves are taken away.
        ulong sumOfUpper = upper.ToScalar() + upper.GetElement(1);
        return words.ToScalar() + words.GetElement(1) - (sumOfUpper << 32) + sumOfUpper;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Transfer<TMode, T>(ref byte source, ref byte destination, nuint offset)
        where TMode : struct
        where T : struct
    {
        T value = Unsafe.ReadUnaligned<T>(ref Unsafe.AddByteOffset(ref source, offset));
        if (typeof(TMode) == typeof(Copying))
        {
            Unsafe.WriteUnaligned(ref Unsafe.AddByteOffset(ref destination, offset), value);
        }

        return value;
    }

    // Type arguments of the loops, so that one source gives two machine codes.
    internal readonly struct Reading;

    internal readonly struct Copying;
}
