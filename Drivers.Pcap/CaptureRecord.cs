using System.Text;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// A packet of a capture. It borrows the reader's buffer and is valid until the reader's next read.
/// </summary>
public readonly ref struct CaptureRecord
{
    /// <summary>When the packet was captured, in nanoseconds since 1970-01-01 UTC; 0 where the file does not tell
    /// (see <see cref="HasTimestamp"/>). Times a signed 64-bit number cannot hold are clamped.</summary>
    public long TimestampNanoseconds { get; init; }

    /// <summary>Whether the file tells the time of this packet: pcapng's Simple Packet Blocks do not.</summary>
    public bool HasTimestamp { get; init; }

    /// <summary>The index of its interface in <see cref="CaptureReader.Interfaces"/>.</summary>
    public int InterfaceId { get; init; }

    /// <summary>What <see cref="Data"/> begins with.</summary>
    public CaptureLinkType LinkType { get; init; }

    /// <summary>The way the packet went, where the file tells.</summary>
    public CaptureDirection Direction { get; init; }

    /// <summary>The packet's length on the wire, in bytes, as the file says.</summary>
    public uint OriginalLength { get; init; }

    /// <summary>The bytes kept of the packet.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>How many bytes were kept.</summary>
    public int CapturedLength => Data.Length;

    /// <summary>The first comment on the packet, in UTF-8; empty where there is none.</summary>
    public ReadOnlySpan<byte> CommentUtf8 { get; init; }

    /// <summary>The first comment on the packet as a new string; null where there is none.</summary>
    public string? Comment => CommentUtf8.IsEmpty ? null : Encoding.UTF8.GetString(CommentUtf8);
}
