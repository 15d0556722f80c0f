using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.Core;

/// <summary>
/// The internet checksum: the 16-bit ones' complement of the ones' complement sum of 16-bit words.
/// <para>
/// Two kinds of number appear here. A <em>partial sum</em> is a <see cref="ulong"/> in the byte order of the machine
/// and is opaque: it is only made, added and folded by the members of this class; zero is the sum of no data. A
/// <em>checksum</em>, and every header field given as a number, is the <see cref="ushort"/> (or <see cref="uint"/>,
/// or <see cref="ulong"/>) that reads the field's bytes in network order, as
/// <see cref="BinaryPrimitives.ReadUInt16BigEndian"/> does; write it back big-endian.
/// </para>
/// <para>
/// Chunks summed one after another with <see cref="Accumulate"/> must each have an even length, the last one excepted;
/// <see cref="ChecksumAccumulator"/> takes chunks of any length.
/// </para>
/// </summary>
/// <remarks>RFC 1071 §1, §2; RFC 1624 §3.</remarks>
public static class InternetChecksum
{
    /// <summary>Adds the words of <paramref name="data"/> to a partial sum; an odd last byte is padded with zero.</summary>
    /// <param name="data">The bytes to add; they start at an even offset of the checksummed data.</param>
    /// <param name="sum">The partial sum so far.</param>
    /// <returns>The new partial sum.</returns>
    /// <remarks>RFC 1071 §1.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Accumulate(ReadOnlySpan<byte> data, ulong sum = 0) =>
        Add(sum, ChecksumKernel.Sum(ref MemoryMarshal.GetReference(data), (nuint)data.Length));

    /// <summary>The partial sum of the 20 bytes of an IPv4 header without options.</summary>
    /// <param name="header">Its first byte; 20 bytes can be read from there.</param>
    /// <remarks>RFC 791 §3.1. Every packet has one: it is worth not looping.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AccumulateIpv4Header(ref readonly byte header)
    {
        ref byte start = ref Unsafe.AsRef(in header);
        return (ulong)Unsafe.ReadUnaligned<uint>(ref start)
            + Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, 4))
            + Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, 8))
            + Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, 12))
            + Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, 16));
    }

    /// <summary>Copies <paramref name="source"/> and adds its words to a partial sum, in one pass over the memory.</summary>
    /// <param name="source">The bytes to copy and add; they start at an even offset of the checksummed data.</param>
    /// <param name="destination">Where they go; at least as long as the source, and not overlapping it.</param>
    /// <param name="sum">The partial sum so far.</param>
    /// <returns>The new partial sum.</returns>
    /// <exception cref="ArgumentException">The destination is shorter than the source.</exception>
    /// <remarks>RFC 1071 §2 (C).</remarks>
    public static ulong AccumulateAndCopy(ReadOnlySpan<byte> source, Span<byte> destination, ulong sum = 0)
    {
        if (destination.Length < source.Length)
        {
            throw new ArgumentException("The destination is shorter than the source.", nameof(destination));
        }

        return Add(sum, ChecksumKernel.SumAndCopy(
            ref MemoryMarshal.GetReference(source), ref MemoryMarshal.GetReference(destination), (nuint)source.Length));
    }

    /// <summary>The sum of two partial sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong left, ulong right)
    {
        ulong sum = left + right;
        return sum + (sum < left ? 1UL : 0UL);
    }

    /// <summary>Folds a partial sum to 16 bits, read in network order, <em>not</em> complemented.</summary>
    /// <remarks>What a device that fills in the checksum itself wants in the field: the folded pseudo-header.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Fold(ulong sum)
    {
        // Adding a number to itself with its halves exchanged leaves the end-around sum of the halves in the upper one.
        uint half = (uint)((sum + BitOperations.RotateRight(sum, 32)) >> 32);
        ushort folded = (ushort)((half + BitOperations.RotateRight(half, 16)) >> 16);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    /// <summary>The checksum that belongs to a partial sum: the complement of <see cref="Fold"/>.</summary>
    /// <remarks>RFC 1071 §1. A UDP sender turns 0x0000 into 0xFFFF (RFC 768); this method does not.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Complete(ulong sum) => (ushort)~Fold(sum);

    /// <summary>The checksum of <paramref name="data"/>, continuing from a partial sum.</summary>
    /// <remarks>RFC 1071 §1. The checksum field must hold zero while it is computed.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Compute(ReadOnlySpan<byte> data, ulong sum = 0) => Complete(Accumulate(data, sum));

    /// <summary>Whether data that includes its checksum field is intact: the sum of all words is 0xFFFF.</summary>
    /// <remarks>RFC 1071 §1 (3). All-zero data fails: its checksum field would have to be 0xFFFF.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Verify(ReadOnlySpan<byte> data, ulong sum = 0) => Fold(Accumulate(data, sum)) == ushort.MaxValue;

    /// <summary>The checksum after one 16-bit word of the data has changed.</summary>
    /// <param name="checksum">The checksum before the change.</param>
    /// <param name="oldWord">The word before the change.</param>
    /// <param name="newWord">The word after it.</param>
    /// <returns>
    /// What a full computation gives, 0x0000 and not 0xFFFF where the two are one number, as long as some word of the
    /// changed data is not zero, which holds for every IP, TCP, UDP and ICMP checksum.
    /// </returns>
    /// <remarks>RFC 1624 §3, equation 3: HC' = ~(~HC + ~m + m').</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Update(ushort checksum, ushort oldWord, ushort newWord)
    {
        uint sum = (uint)(ushort)~checksum + (ushort)~oldWord + newWord;
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>The checksum after one 32-bit field, such as an address, that starts at an even offset has changed.</summary>
    /// <param name="checksum">The checksum before the change.</param>
    /// <param name="oldField">The field before the change.</param>
    /// <param name="newField">The field after it.</param>
    /// <returns>As for the 16-bit overload.</returns>
    /// <remarks>RFC 1624 §3, equation 3.</remarks>
    public static ushort Update(ushort checksum, uint oldField, uint newField)
    {
        ulong sum = (ulong)(ushort)~checksum + ~oldField + newField;
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>The partial sum of the IPv4 pseudo-header.</summary>
    /// <param name="source">The source address, read in network order.</param>
    /// <param name="destination">The destination address, read in network order.</param>
    /// <param name="protocol">The protocol number.</param>
    /// <param name="lengthBytes">The length of the transport header and its data in bytes.</param>
    /// <remarks>RFC 9293 §3.1; RFC 768.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PseudoHeader(uint source, uint destination, byte protocol, uint lengthBytes) =>
        FromNetworkOrder((ulong)source + destination + protocol + lengthBytes);

    /// <summary>The partial sum of the IPv6 pseudo-header.</summary>
    /// <param name="sourceHigh">The first eight bytes of the source address, read in network order.</param>
    /// <param name="sourceLow">The last eight bytes of the source address.</param>
    /// <param name="destinationHigh">The first eight bytes of the destination address.</param>
    /// <param name="destinationLow">The last eight bytes of the destination address.</param>
    /// <param name="nextHeader">The protocol number of the transport, not that of an extension header.</param>
    /// <param name="lengthBytes">The length of the transport header and its data in bytes.</param>
    /// <remarks>RFC 8200 §8.1.</remarks>
    public static ulong PseudoHeader(
        ulong sourceHigh, ulong sourceLow, ulong destinationHigh, ulong destinationLow, byte nextHeader, uint lengthBytes) =>
        FromNetworkOrder(Add(
            Add(Add(sourceHigh, sourceLow), Add(destinationHigh, destinationLow)), (ulong)nextHeader + lengthBytes));

    /// <summary>The partial sum of a pseudo-header whose addresses lie in memory: 4 bytes each for IPv4, 16 for IPv6.</summary>
    /// <param name="source">The bytes of the source address.</param>
    /// <param name="destination">The bytes of the destination address.</param>
    /// <param name="protocol">The protocol number of the transport.</param>
    /// <param name="lengthBytes">The length of the transport header and its data in bytes.</param>
    /// <remarks>RFC 9293 §3.1; RFC 8200 §8.1.</remarks>
    public static ulong PseudoHeader(
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte protocol, uint lengthBytes) =>
        Accumulate(destination, Accumulate(source, FromNetworkOrder((ulong)protocol + lengthBytes)));

    /// <summary>The partial sum of words given as one number in network order; or of several numbers of 32 bits, added up.</summary>
    /// <param name="words">Up to four words, or the plain sum of such numbers, as long as it does not overflow.</param>
    /// <remarks>RFC 1071 §2 (B).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FromNetworkOrder(ulong words) =>
        // RFC 1071 §2 (B): swapping the bytes of every word swaps those of the sum; the order of the words is of no account.
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(words) : words;
}
