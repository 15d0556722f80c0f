using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.Drivers.Tap;

/// <summary>
/// The header of offload facts before each frame of a TAP opened with <c>IFF_VNET_HDR</c>: which checksum is still to be
/// filled in, and how a super-frame is to be cut, or was put together.
/// </summary>
/// <remarks>
/// VIRTIO 1.2 §5.1.6, the form without <c>num_buffers</c>, in the machine's byte order:
/// <code>flags 1, gso_type 1, hdr_len 2, gso_size 2, csum_start 2, csum_offset 2</code>
/// </remarks>
internal static unsafe class VirtioNetHeader
{
    /// <summary>The length of the header.</summary>
    public const int LengthBytes = 10;

    private const byte NeedsChecksum = 1;
    private const byte DataValid = 2;
    private const byte SegmentTcpV4 = 1;
    private const byte SegmentTcpV6 = 4;
    private const byte SegmentUdp = 5;
    private const byte ExplicitCongestion = 0x80;

    private const int TcpDataOffset = 12;
    private const int UdpHeaderBytes = 8;

    /// <summary>Writes the facts of a frame before it.</summary>
    /// <param name="frame">The frame; its first block holds all headers.</param>
    /// <param name="destination">Where they go: ten bytes.</param>
    public static void Write(PacketBuffer frame, byte* destination)
    {
        if (frame.Checksum != ChecksumState.ToBeFilled)
        {
            Unsafe.WriteUnaligned(destination, 0UL);
            Unsafe.WriteUnaligned(destination + sizeof(ulong), (ushort)0);
            return;
        }

        ushort checksumStart = (ushort)(frame.ChecksumStart - frame.Start);
        destination[0] = NeedsChecksum;
        destination[1] = 0;
        Unsafe.WriteUnaligned(destination + 2, (ushort)0);
        Unsafe.WriteUnaligned(destination + 4, (ushort)0);
        Unsafe.WriteUnaligned(destination + 6, checksumStart);
        Unsafe.WriteUnaligned(destination + 8, frame.ChecksumOffset);
        if (frame.Gso != GsoType.None)
        {
            destination[1] = TypeOf(frame.Gso);
            Unsafe.WriteUnaligned(destination + 2, (ushort)(checksumStart + TransportHeaderBytes(frame, checksumStart)));
            Unsafe.WriteUnaligned(destination + 4, frame.GsoSizeBytes);
        }
    }

    /// <summary>Reads the facts that stand before a received frame, and gives them to it.</summary>
    /// <param name="source">Ten bytes.</param>
    /// <param name="frame">The frame, whole.</param>
    /// <returns>False where they do not fit the frame: it is to be dropped.</returns>
    public static bool TryRead(byte* source, PacketBuffer frame)
    {
        byte flags = source[0];
        if ((flags & NeedsChecksum) != 0)
        {
            ushort start = Unsafe.ReadUnaligned<ushort>(source + 6);
            ushort offset = Unsafe.ReadUnaligned<ushort>(source + 8);
            if (start + offset + sizeof(ushort) > frame.Length)
            {
                return false;
            }

            frame.Checksum = ChecksumState.ToBeFilled;
            frame.ChecksumStart = (ushort)(frame.Start + start);
            frame.ChecksumOffset = offset;
        }
        else if ((flags & DataValid) != 0)
        {
            frame.Checksum = ChecksumState.Validated;
        }

        byte type = source[1];
        if (type != 0)
        {
            frame.GsoSizeBytes = Unsafe.ReadUnaligned<ushort>(source + 4);
            frame.Gso = (type & ~ExplicitCongestion) switch
            {
                SegmentTcpV4 => GsoType.TcpV4,
                SegmentTcpV6 => GsoType.TcpV6,
                SegmentUdp => GsoType.Udp,
                _ => GsoType.None,
            };
            return frame.Gso != GsoType.None && frame.GsoSizeBytes > 0;
        }

        return true;
    }

    private static byte TypeOf(GsoType type) => type switch
    {
        GsoType.TcpV4 => SegmentTcpV4,
        GsoType.TcpV6 => SegmentTcpV6,
        _ => SegmentUdp,
    };

    private static int TransportHeaderBytes(PacketBuffer frame, int transportStart)
    {
        if (frame.Gso == GsoType.Udp)
        {
            return UdpHeaderBytes;
        }

        // The data offset counts words of four bytes in the upper half of its byte.
        ReadOnlySpan<byte> bytes = frame.Span;
        int at = transportStart + TcpDataOffset;
        return at < bytes.Length ? (bytes[at] >> 4) * sizeof(uint) : 0;
    }
}
