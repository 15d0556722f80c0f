using System.Buffers;
using System.Buffers.Binary;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// Formats packets as a classic pcap file, little-endian, version 2.4, with one link type and no comments; for everything
/// else there is <see cref="PcapngWriter"/>. Not thread-safe.
/// </summary>
/// <remarks>draft-ietf-opsawg-pcap §4, §5.</remarks>
public sealed class PcapWriter
{
    private const uint MagicMicroseconds = 0xA1B2C3D4;
    private const uint MagicNanoseconds = 0xA1B23C4D;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly IBufferWriter<byte> _sink;
    private readonly bool _nanoseconds;

    /// <summary>Writes the file header.</summary>
    /// <param name="sink">Takes the bytes; owned by the caller.</param>
    /// <param name="linkType">What the packets begin with.</param>
    /// <param name="nanoseconds">Whether timestamps are kept to the nanosecond, or to the microsecond for readers of old.</param>
    public PcapWriter(IBufferWriter<byte> sink, CaptureLinkType linkType = CaptureLinkType.Ethernet, bool nanoseconds = true)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _sink = sink;
        _nanoseconds = nanoseconds;

        Span<byte> header = sink.GetSpan(24)[..24];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, nanoseconds ? MagicNanoseconds : MagicMicroseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], PcapngFormat.MaximumCapturedLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)linkType);
        sink.Advance(24);
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="timestampNanoseconds">Nanoseconds since 1970-01-01 UTC, clamped to the years 1970 to 2106.</param>
    /// <param name="packet">The bytes kept of the packet.</param>
    /// <param name="originalLengthBytes">The packet's length on the wire; 0 for the length of <paramref name="packet"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The packet is longer than
    /// <see cref="PcapngFormat.MaximumCapturedLength"/>.</exception>
    public void Write(long timestampNanoseconds, ReadOnlySpan<byte> packet, int originalLengthBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packet.Length, PcapngFormat.MaximumCapturedLength);
        ArgumentOutOfRangeException.ThrowIfNegative(originalLengthBytes);

        long latest = uint.MaxValue * NanosecondsPerSecond + NanosecondsPerSecond - 1;
        (long seconds, long fraction) = Math.DivRem(Math.Clamp(timestampNanoseconds, 0, latest), NanosecondsPerSecond);
        Span<byte> header = _sink.GetSpan(16);
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(_nanoseconds ? fraction : fraction / 1000));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)packet.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)Math.Max(originalLengthBytes, packet.Length));
        _sink.Advance(16);
        _sink.Write(packet);
    }
}
