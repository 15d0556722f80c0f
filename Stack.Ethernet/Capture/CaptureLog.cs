using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>
/// A pcapng file that the taps of one loop write to. Frames get wall-clock times: the loop's instants, moved by what the
/// wall clock showed at the first of them. One thread only.
/// </summary>
public sealed class CaptureLog : IDisposable
{
    // A loop sleeps up to a second, and its turn after the sleep flushes what came before it.
    private static readonly Duration FlushInterval = Duration.FromMilliseconds(200);

    private readonly CaptureSink _sink;
    private readonly PcapngWriter _writer;
    private readonly Func<long> _readEpochNanoseconds;
    private long? _epochOffset;
    private Instant _lastFlush;
    private long _flushedBytes;
    private bool _isDisposed;

    /// <summary>Begins a capture.</summary>
    /// <param name="stream">The file; disposed with the log.</param>
    /// <param name="application">The program that captures.</param>
    /// <param name="readEpochNanoseconds">Reads the wall clock, in nanoseconds since 1970-01-01 UTC. Asked once, at the first frame.</param>
    public CaptureLog(Stream stream, string application, Func<long> readEpochNanoseconds)
    {
        ArgumentNullException.ThrowIfNull(readEpochNanoseconds);
        _readEpochNanoseconds = readEpochNanoseconds;
        _sink = new CaptureSink(stream);
        _writer = new PcapngWriter(_sink, application);
    }

    /// <summary>Why recording ended early, such as a full disk; null while all is well.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>The frames recorded.</summary>
    public long Frames { get; private set; }

    /// <summary>Describes a device whose frames will be recorded.</summary>
    /// <returns>The id to record them with.</returns>
    public int AddInterface(IEthernetDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        bool isEthernet = device.Capabilities.Medium == DeviceMedium.Ethernet;
        return _writer.AddInterface(device.Name, isEthernet ? CaptureLinkType.Ethernet : CaptureLinkType.Raw);
    }

    /// <summary>Records a frame; borrows it.</summary>
    public void Write(int interfaceId, CaptureDirection direction, PacketBuffer frame, Instant now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (Failure is not null || _isDisposed)
        {
            return;
        }

        try
        {
            _writer.Begin(interfaceId, ToEpoch(now), direction, frame.TotalLength);
            for (PacketBuffer? block = frame; block is not null; block = block.Next)
            {
                _writer.Append(block.Span);
            }

            _writer.End();
            Frames++;
        }
        catch (IOException failure)
        {
            Failure = failure;
        }
    }

    /// <summary>Records a frame that lies in one piece; borrows it.</summary>
    public void Write(int interfaceId, CaptureDirection direction, ReadOnlySpan<byte> frame, Instant now)
    {
        if (Failure is not null || _isDisposed)
        {
            return;
        }

        try
        {
            _writer.Write(interfaceId, ToEpoch(now), direction, frame);
            Frames++;
        }
        catch (IOException failure)
        {
            Failure = failure;
        }
    }

    /// <summary>Brings what is recorded to the file, where it has waited long enough. Called every turn of the loop.</summary>
    public void FlushIfDue(Instant now)
    {
        if (_flushedBytes != _writer.WrittenBytes && now - _lastFlush >= FlushInterval)
        {
            _lastFlush = now;
            Flush();
        }
    }

    /// <summary>Flushes and closes the file.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        Flush();
        _isDisposed = true;
        try
        {
            _sink.Dispose();
        }
        catch (IOException failure)
        {
            Failure ??= failure;
        }
    }

    private void Flush()
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            _sink.Flush();
            _flushedBytes = _writer.WrittenBytes;
        }
        catch (IOException failure)
        {
            Failure = failure;
        }
    }

    private long ToEpoch(Instant now)
    {
        _epochOffset ??= _readEpochNanoseconds() - now.Nanoseconds;
        return _epochOffset.Value + now.Nanoseconds;
    }
}
