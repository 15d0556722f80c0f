using System.Diagnostics.CodeAnalysis;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// Reads the packets of a capture file, pcap or pcapng, in their order. It streams: memory is bounded by the largest
/// packet and the number of interfaces, and a packet allocates nothing. A damaged file is read up to the damage;
/// <see cref="Error"/> then says what and where. Not thread-safe.
/// </summary>
public abstract class CaptureReader : IDisposable
{
    private readonly CaptureInput _input;

    private protected CaptureReader(CaptureInput input) => _input = input;

    /// <summary>The file's format.</summary>
    public abstract CaptureFormat Format { get; }

    /// <summary>The interfaces described so far: one in pcap, growing while a pcapng file is read.</summary>
    public abstract IReadOnlyList<CaptureInterface> Interfaces { get; }

    /// <summary>What ended the reading before the end of the file; null while nothing is wrong.</summary>
    public CaptureError? Error { get; private protected set; }

    /// <summary>How far the file has been read, in bytes.</summary>
    public long OffsetBytes => _input.Offset;

    /// <summary>Opens a capture file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file could not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="CaptureFormatException">The file is no capture, or its header is damaged.</exception>
    public static CaptureReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // The reader has a buffer of its own.
        return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
    }

    /// <summary>Opens a capture on a stream, which need not be seekable.</summary>
    /// <param name="stream">The bytes of the file, from its first.</param>
    /// <param name="leaveOpen">Whether the caller goes on using the stream after <see cref="Dispose()"/>.</param>
    /// <exception cref="IOException">The stream failed.</exception>
    /// <exception cref="CaptureFormatException">The stream holds no capture, or its header is damaged.</exception>
    public static CaptureReader Open(Stream stream, bool leaveOpen = false) =>
        TryOpen(stream, out CaptureReader? reader, out CaptureError? error, leaveOpen)
            ? reader
            : throw new CaptureFormatException(error);

    /// <summary>Opens a capture on a stream, which need not be seekable.</summary>
    /// <param name="stream">The bytes of the file, from its first.</param>
    /// <param name="reader">The reader, where true is returned.</param>
    /// <param name="error">What is wrong, where false is returned; the stream is then closed unless to be left open.</param>
    /// <param name="leaveOpen">Whether the caller goes on using the stream after <see cref="Dispose()"/>.</param>
    /// <exception cref="IOException">The stream failed.</exception>
    public static bool TryOpen(
        Stream stream,
        [NotNullWhen(true)] out CaptureReader? reader,
        [NotNullWhen(false)] out CaptureError? error,
        bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var input = new CaptureInput(stream, leaveOpen);
        error = null;
        reader = PcapReader.TryOpen(input, ref error);
        reader ??= error is null ? PcapngReader.TryOpen(input, ref error) : null;
        if (reader is not null)
        {
            return true;
        }

        error ??= Unrecognized(input.Peek(4));
        input.Dispose();
        return false;
    }

    /// <summary>Reads the next packet.</summary>
    /// <param name="record">The packet; it borrows the reader's buffer until the next call.</param>
    /// <returns>False at the end of the file and where the file is damaged; <see cref="Error"/> tells which.</returns>
    /// <exception cref="IOException">The stream failed.</exception>
    public abstract bool TryRead(out CaptureRecord record);

    /// <summary>Closes the stream, unless it was to be left open.</summary>
    public void Dispose()
    {
        _input.Dispose();
        GC.SuppressFinalize(this);
    }

    private static CaptureError Unrecognized(ReadOnlySpan<byte> first)
    {
        if (first.IsEmpty)
        {
            return new CaptureError(CaptureErrorKind.NotACapture, 0, "the file is empty", "give a pcap or pcapng file");
        }

        bool compressed = first.StartsWith<byte>([0x1F, 0x8B]) || first.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD])
            || first.StartsWith<byte>([0xFD, 0x37, 0x7A]) || first.StartsWith("BZh"u8);
        return compressed
            ? new CaptureError(CaptureErrorKind.Compressed, 0, "the file is compressed", "decompress it first")
            : new CaptureError(
                CaptureErrorKind.NotACapture,
                0,
                "the file begins with no pcap or pcapng signature",
                "give a file written by tcpdump, tshark or --pcap");
    }
}
