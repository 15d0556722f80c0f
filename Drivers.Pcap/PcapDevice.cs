using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>
/// Plays a capture into a stack. The first packet is due at <see cref="PcapDeviceOptions.Start"/>, each other as much
/// later as it was captured later; a packet can be received once the clock of whoever drives the stack has reached its time. The
/// device reads no clock, so that virtual time and real time do equally. What the stack transmits goes nowhere; it is kept
/// and recorded on request.
/// </summary>
public sealed class PcapDevice : IEthernetDevice
{
    private readonly CaptureReader _reader;
    private readonly CaptureLinkType _linkType;
    private readonly PcapngWriter? _recording;
    private readonly int _recordingInterface;
    private readonly List<TransmittedFrame>? _transmitted;
    private readonly long _originNanoseconds;
    private readonly MacAddress _address;
    private readonly Instant _start;
    private PacketPool? _pool;
    private byte[] _next = new byte[2048];
    private int _nextLength;

    /// <summary>Makes a device that plays a capture.</summary>
    /// <param name="name">The name a person knows the device by, such as <c>pcap:trace.pcap</c>.</param>
    /// <param name="reader">The capture, from its start; the device's from now on.</param>
    /// <param name="options">How to play it; the defaults where null.</param>
    /// <exception cref="NotSupportedException">The capture's link type is neither Ethernet nor IP.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public PcapDevice(string name, CaptureReader reader, PcapDeviceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(reader);
        options ??= new PcapDeviceOptions();
        _reader = reader;
        _address = options.Address;
        _start = options.Start;
        _recording = options.Recording;
        _transmitted = options.KeepsTransmittedFrames ? [] : null;
        Name = name;

        bool any = reader.TryRead(out CaptureRecord first);
        _linkType = any ? first.LinkType : CaptureLinkType.Ethernet;
        _originNanoseconds = first.TimestampNanoseconds;
        Capabilities = new DeviceCapabilities(MediumOf(_linkType), options.MtuBytes);
        _recordingInterface = _recording?.AddInterface(name, _linkType) ?? 0;
        NextFrameTime = any ? _start : Instant.Never;
        if (any && !TryHold(in first))
        {
            Advance();
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public MacAddress Address => Capabilities.Medium == DeviceMedium.Ethernet ? _address : default;

    /// <inheritdoc/>
    public DeviceCapabilities Capabilities { get; }

    /// <summary>When the next packet can be received; <see cref="Instant.Never"/> after the last.</summary>
    public Instant NextFrameTime { get; private set; }

    /// <summary>Packets handed to the stack.</summary>
    public long ReceivedFrameCount { get; private set; }

    /// <summary>Packets the stack transmitted.</summary>
    public long TransmittedFrameCount { get; private set; }

    /// <summary>Packets passed over: of the stack's own station, or of another link type than the first.</summary>
    public long SkippedFrameCount { get; private set; }

    /// <summary>What ended the capture before the end of its file; null while nothing is wrong.</summary>
    public CaptureError? Error => _reader.Error;

    /// <summary>What the stack transmitted; empty unless it was asked for in the options.</summary>
    public IReadOnlyList<TransmittedFrame> TransmittedFrames => _transmitted ?? (IReadOnlyList<TransmittedFrame>)[];

    /// <summary>The last time the loop asked for packets: what a waiter measures its sleep from.</summary>
    internal Instant LastTurn { get; private set; }

    /// <inheritdoc/>
    public void Attach(PacketPool pool, Action wake)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _pool = pool;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The device is not attached.</exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        PacketPool pool = _pool ?? throw new InvalidOperationException("Attach the device first.");
        LastTurn = now;
        int count = 0;
        while (count < burst.Length && NextFrameTime <= now && NextFrameTime != Instant.Never)
        {
            ReadOnlySpan<byte> frame = _next.AsSpan(0, _nextLength);
            // A used-up pool is no loss: the frame stays due.
            if (pool.TryLeaseCopy(frame) is not { } packet)
            {
                break;
            }

            burst[count++] = packet;
            ReceivedFrameCount++;
            _recording?.Write(_recordingInterface, ToEpoch(now), CaptureDirection.Inbound, frame);
            Advance();
        }

        return count;
    }

    /// <inheritdoc/>
    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer packet in burst)
        {
            Record(packet, now);
            TransmittedFrameCount++;
            packet.Pool.Return(packet);
        }

        return burst.Length;
    }

    /// <inheritdoc/>
    public void Reclaim()
    {
        // Transmit returns every buffer at once.
    }

    /// <inheritdoc/>
    public IDeviceWaiter CreateWaiter() => new PcapWaiter();

    /// <summary>Closes the capture.</summary>
    public void Dispose()
    {
        NextFrameTime = Instant.Never;
        _reader.Dispose();
    }

    private static DeviceMedium MediumOf(CaptureLinkType linkType) => linkType switch
    {
        CaptureLinkType.Ethernet => DeviceMedium.Ethernet,
        CaptureLinkType.Raw or CaptureLinkType.Ipv4 or CaptureLinkType.Ipv6 => DeviceMedium.Ip,
        _ => throw new NotSupportedException(FormattableString.Invariant(
            $"A capture of link type {(int)linkType} cannot be played: capture on an Ethernet or a TUN interface.")),
    };

    private void Advance()
    {
        while (_reader.TryRead(out CaptureRecord record))
        {
            if (TryHold(in record))
            {
                return;
            }
        }

        NextFrameTime = Instant.Never;
    }

    /// <summary>Keeps a packet until it is due, unless it is not the stack's to receive.</summary>
    private bool TryHold(in CaptureRecord record)
    {
        bool isOwn = _linkType == CaptureLinkType.Ethernet && _address != default && record.CapturedLength >= 12
            && MacAddress.Read(record.Data[6..]) == _address;
        if (isOwn || record.LinkType != _linkType)
        {
            SkippedFrameCount++;
            return false;
        }

        if (_next.Length < record.CapturedLength)
        {
            _next = new byte[record.CapturedLength];
        }

        record.Data.CopyTo(_next);
        _nextLength = record.CapturedLength;
        if (record.HasTimestamp)
        {
            // The order of the file is the order of the frames, even where a clock was set back.
            Int128 due = (Int128)record.TimestampNanoseconds - _originNanoseconds + _start.Nanoseconds;
            var latest = new Instant(Instant.Never.Nanoseconds - 1);
            NextFrameTime = due >= latest.Nanoseconds ? latest : Instant.Max(NextFrameTime, new Instant((long)due));
        }

        return true;
    }

    private void Record(PacketBuffer packet, Instant now)
    {
        if (_transmitted is not null)
        {
            byte[] copy = new byte[packet.TotalLength];
            packet.CopyTo(copy);
            _transmitted.Add(new TransmittedFrame(now, copy));
        }

        if (_recording is null)
        {
            return;
        }

        _recording.Begin(_recordingInterface, ToEpoch(now), CaptureDirection.Outbound, packet.TotalLength);
        for (PacketBuffer? block = packet; block is not null; block = block.Next)
        {
            _recording.Append(block.Span);
        }

        _recording.End();
    }

    private long ToEpoch(Instant now) => _originNanoseconds + (now - _start).Nanoseconds;
}
