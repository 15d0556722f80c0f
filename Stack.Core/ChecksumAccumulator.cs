using System.Numerics;
using System.Runtime.CompilerServices;

namespace NetStack.Core;

/// <summary>
/// The internet checksum of data that comes in pieces of any length, such as a chain of buffers. A piece that starts at
/// an odd offset of the whole is summed as if it started at an even one, and its sum then exchanges its bytes.
/// </summary>
/// <remarks>RFC 1071 §2 (A), (B).</remarks>
public struct ChecksumAccumulator
{
    private ulong _sum;
    private bool _odd;

    /// <summary>Starts from a partial sum, such as that of a pseudo-header.</summary>
    /// <param name="sum">A partial sum made by <see cref="InternetChecksum"/>.</param>
    public ChecksumAccumulator(ulong sum)
    {
        _sum = sum;
        _odd = false;
    }

    /// <summary>Whether an odd number of bytes has been added so far.</summary>
    public readonly bool IsOdd => _odd;

    /// <summary>The partial sum so far; an odd last byte counts as padded with zero.</summary>
    public readonly ulong Sum => _sum;

    /// <summary>Adds the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> data)
    {
        AddHere(InternetChecksum.Accumulate(data));
        _odd ^= (data.Length & 1) != 0;
    }

    /// <summary>Copies the next bytes and adds them, in one pass over the memory.</summary>
    /// <param name="source">The bytes to copy and add.</param>
    /// <param name="destination">Where they go; at least as long as the source, and not overlapping it.</param>
    /// <exception cref="ArgumentException">The destination is shorter than the source.</exception>
    public void AddAndCopy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        AddHere(InternetChecksum.AccumulateAndCopy(source, destination));
        _odd ^= (source.Length & 1) != 0;
    }

    /// <summary>Adds the next two bytes, given as the number that reads them in network order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddUInt16(ushort value) => AddHere(InternetChecksum.FromNetworkOrder(value));

    /// <summary>Adds the next four bytes, given as the number that reads them in network order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddUInt32(uint value) => AddHere(InternetChecksum.FromNetworkOrder(value));

    /// <summary>Adds the next eight bytes, given as the number that reads them in network order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddUInt64(ulong value) => AddHere(InternetChecksum.FromNetworkOrder(value));

    /// <summary>Adds a partial sum of data that starts at an even offset, wherever the accumulator stands now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSum(ulong sum) => _sum = InternetChecksum.Add(_sum, sum);

    /// <summary>The sum so far as 16 bits in network order, not complemented.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ushort Fold() => InternetChecksum.Fold(_sum);

    /// <summary>The checksum of what was added so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ushort Complete() => InternetChecksum.Complete(_sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddHere(ulong part) =>
        // Turning by eight bits multiplies by 256 modulo 2^64 - 1, hence modulo 2^16 - 1: the swap of every word's bytes.
        _sum = InternetChecksum.Add(_sum, _odd ? BitOperations.RotateLeft(part, 8) : part);
}
