using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>
/// A view of an IPv4 header.
/// <code>
///   0         1         2                   4                   6         8
///   +----+----+---------+-------------------+-------------------+---+-------------+
///   |ver |IHL |   TOS   |   total length    |  identification   |flg| frag offset |
///   +----+----+---------+-------------------+-------------------+---+-------------+
///   8         9         10                  12                  16                  20
///   +---------+---------+-------------------+-------------------+-------------------+
///   |   TTL   | protocol|  header checksum  |  source address   |destination address| options ...
///   +---------+---------+-------------------+-------------------+-------------------+
/// </code>
/// </summary>
/// <remarks>RFC 791 §3.1.</remarks>
public readonly ref struct Ipv4Header
{
    /// <summary>The length of a header without options.</summary>
    public const int MinimumLengthBytes = 20;

    /// <summary>The length of a header with as many options as it can hold.</summary>
    public const int MaximumLengthBytes = 60;

    /// <summary>The largest packet.</summary>
    public const int MaximumTotalLengthBytes = 65535;

    /// <summary>Version 4, and a header of five words.</summary>
    private const byte PlainStart = 0x45;

    private const int TrafficClassOffset = 1;
    private const int TotalLengthOffset = 2;
    private const int IdentificationOffset = 4;
    private const int FragmentOffset = 6;
    private const int HopLimitOffset = 8;
    private const int ProtocolOffset = 9;
    private const int ChecksumOffset = 10;
    private const int SourceOffset = 12;
    private const int DestinationOffset = 16;
    private const ushort DontFragmentBit = 0x4000;
    private const ushort MoreFragmentsBit = 0x2000;
    private const ushort FragmentOffsetMask = 0x1FFF;

    private readonly ref readonly byte _start;

    private Ipv4Header(ref readonly byte start) => _start = ref start;

    /// <summary>The length of the header, options included: 20 to 60.</summary>
    public int LengthBytes => (_start & 0x0F) * 4;

    /// <summary>The TOS byte: six bits of DSCP, two of ECN.</summary>
    /// <remarks>RFC 2474, RFC 3168.</remarks>
    public byte TrafficClass => ReadByte(TrafficClassOffset);

    /// <summary>The length of header and payload in bytes.</summary>
    public int TotalLengthBytes => ReadUInt16(TotalLengthOffset);

    /// <summary>What tells the fragments of one packet from those of another.</summary>
    public ushort Identification => ReadUInt16(IdentificationOffset);

    /// <summary>Whether no router may cut the packet.</summary>
    public bool DontFragment => (ReadUInt16(FragmentOffset) & DontFragmentBit) != 0;

    /// <summary>Whether another fragment follows this one.</summary>
    public bool MoreFragments => (ReadUInt16(FragmentOffset) & MoreFragmentsBit) != 0;

    /// <summary>Where the fragment's payload stands in that of the packet, in bytes.</summary>
    public int FragmentOffsetBytes => (ReadUInt16(FragmentOffset) & FragmentOffsetMask) * 8;

    /// <summary>Whether the packet is a fragment of one.</summary>
    public bool IsFragment => (ReadUInt16(FragmentOffset) & (MoreFragmentsBit | FragmentOffsetMask)) != 0;

    /// <summary>The time to live.</summary>
    public byte HopLimit => ReadByte(HopLimitOffset);

    /// <summary>What the packet carries.</summary>
    public IpProtocol Protocol => (IpProtocol)ReadByte(ProtocolOffset);

    /// <summary>The header checksum.</summary>
    public ushort Checksum => ReadUInt16(ChecksumOffset);

    /// <summary>Who sent the packet.</summary>
    public uint Source => ReadUInt32(SourceOffset);

    /// <summary>Whom it is for.</summary>
    public uint Destination => ReadUInt32(DestinationOffset);

    /// <summary>The options, padding included.</summary>
    public ReadOnlySpan<byte> Options => MemoryMarshal.CreateReadOnlySpan(
        ref Unsafe.Add(ref Unsafe.AsRef(in _start), MinimumLengthBytes), LengthBytes - MinimumLengthBytes);

    /// <summary>Views the header of a received packet, all its fields checked against each other and its checksum verified.</summary>
    /// <param name="block">The first block of the packet.</param>
    /// <param name="lengthBytes">The length of the whole packet, padding of the link included.</param>
    /// <param name="header">The view.</param>
    /// <param name="reason">Why there is none.</param>
    /// <remarks>RFC 1122 §3.2.1, RFC 1812 §5.2.2.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> block, int lengthBytes, out Ipv4Header header, out DropReason reason)
    {
        header = default;
        if (block.Length < MinimumLengthBytes)
        {
            reason = DropReason.Ipv4TooShort;
            return false;
        }

        ref byte start = ref MemoryMarshal.GetReference(block);
        if (start >> 4 != 4)
        {
            reason = DropReason.Ipv4BadVersion;
            return false;
        }

        int headerLength = (start & 0x0F) * 4;
        if (headerLength < MinimumLengthBytes || headerLength > block.Length)
        {
            reason = DropReason.Ipv4BadHeaderLength;
            return false;
        }

        header = new Ipv4Header(ref start);
        int totalLength = header.TotalLengthBytes;
        if (totalLength < headerLength || totalLength > lengthBytes)
        {
            reason = DropReason.Ipv4BadTotalLength;
            return false;
        }

        reason = DropReason.Ipv4BadChecksum;
        return InternetChecksum.Verify(block[..headerLength]);
    }

    /// <summary>Whether a packet has a header without options that <see cref="TryParse"/> accepts: the short way for what is all but every packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlain(ReadOnlySpan<byte> block, int lengthBytes)
    {
        if (block.Length < MinimumLengthBytes)
        {
            return false;
        }

        Ipv4Header header = View(block);
        return header._start == PlainStart
            && (uint)(header.TotalLengthBytes - MinimumLengthBytes) <= (uint)(lengthBytes - MinimumLengthBytes)
            && InternetChecksum.Fold(InternetChecksum.AccumulateIpv4Header(in header._start)) == ushort.MaxValue;
    }

    /// <summary>Takes one off the hop limit, in place, and makes up for it in the checksum.</summary>
    /// <remarks>
    /// RFC 1624 §3, equation 3: HC' = ~(~HC + ~m + m'). The word m of hop limit and protocol falls by 0x0100, so that ~m + m' is
    /// 0xFEFF whatever it is.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void CountHop()
    {
        uint sum = (uint)(ushort)~Checksum + 0xFEFF;
        ushort checksum = (ushort)~(sum + (sum >> 16));
        ref byte start = ref Unsafe.AsRef(in _start);
        Unsafe.Add(ref start, HopLimitOffset)--;
        Unsafe.WriteUnaligned(
            ref Unsafe.Add(ref start, ChecksumOffset),
            BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(checksum) : checksum);
    }

    /// <summary>Views a header that was found right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Ipv4Header View(ReadOnlySpan<byte> block) => new(ref MemoryMarshal.GetReference(block));

    /// <summary>Writes a header with options.</summary>
    /// <param name="destination">Where to: 20 bytes and those of the options.</param>
    /// <param name="options">The options, in whole words.</param>
    /// <param name="fields">What it says.</param>
    internal static void Write(Span<byte> destination, ReadOnlySpan<byte> options, in Ipv4Fields fields)
    {
        Write(destination, fields);
        if (options.IsEmpty)
        {
            return;
        }

        options.CopyTo(destination[MinimumLengthBytes..]);
        destination[0] = (byte)(0x40 | ((MinimumLengthBytes + options.Length) / 4));
        destination.Slice(ChecksumOffset, sizeof(ushort)).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(
            destination[ChecksumOffset..], InternetChecksum.Compute(destination[..(MinimumLengthBytes + options.Length)]));
    }

    /// <summary>Views the header of a packet that an ICMP error quotes: the packet is cut off, and routers have changed its checksum.</summary>
    public static bool TryParseQuote(ReadOnlySpan<byte> quote, out Ipv4Header header)
    {
        header = default;
        if (quote.Length < MinimumLengthBytes || quote[0] >> 4 != 4)
        {
            return false;
        }

        int headerLength = (quote[0] & 0x0F) * 4;
        if (headerLength < MinimumLengthBytes || headerLength > quote.Length)
        {
            return false;
        }

        header = new Ipv4Header(ref MemoryMarshal.GetReference(quote));
        return true;
    }

    /// <summary>Writes a header without options, checksum included, into at least 20 bytes.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="fields">What it says.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> destination, in Ipv4Fields fields)
    {
        ref byte header = ref MemoryMarshal.GetReference(destination[..MinimumLengthBytes]);
        uint fragment = (fields.DontFragment ? DontFragmentBit : 0u)
            | (fields.MoreFragments ? MoreFragmentsBit : 0u) | ((uint)fields.FragmentOffsetBytes >> 3);
        uint start = ((uint)PlainStart << 24) | ((uint)fields.TrafficClass << 16) | (ushort)fields.TotalLengthBytes;
        uint identity = ((uint)fields.Identification << 16) | fragment;
        uint middle = ((uint)fields.HopLimit << 24) | ((uint)(byte)fields.Protocol << 16);

        // What is written is summed before it is: from registers, not from memory.
        ulong sum = InternetChecksum.FromNetworkOrder((ulong)start + identity + middle + fields.Source + fields.Destination);
        WriteUInt32(ref header, 0, start);
        WriteUInt32(ref header, IdentificationOffset, identity);
        WriteUInt32(ref header, HopLimitOffset, middle | InternetChecksum.Complete(sum));
        WriteUInt32(ref header, SourceOffset, fields.Source);
        WriteUInt32(ref header, DestinationOffset, fields.Destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteUInt32(ref byte header, int offset, uint value) => Unsafe.WriteUnaligned(
        ref Unsafe.Add(ref header, offset), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte ReadByte(int offset) => Unsafe.Add(ref Unsafe.AsRef(in _start), offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort ReadUInt16(int offset)
    {
        ushort value = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref Unsafe.AsRef(in _start), offset));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint ReadUInt32(int offset)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref Unsafe.AsRef(in _start), offset));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }
}
