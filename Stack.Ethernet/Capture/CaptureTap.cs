using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>
/// A device with a capture beside it: every frame that passes, either way, is written down as it is on its way. A frame
/// whose checksum the device fills in is recorded as the device gets it, without.
/// </summary>
/// <remarks>
/// Recording never disturbs the traffic: where the capture cannot be written, it ends (<see cref="Failure"/>) and frames
/// go on. Several taps may share one <see cref="CaptureLog"/> where one loop drives their devices, or loops take turns.
/// </remarks>
public sealed class CaptureTap : IEthernetDevice
{
    private const int StagedFrames = 32;

    private readonly CaptureLog _log;
    private readonly int _interfaceId;
    private readonly int[] _stagedEnds = new int[StagedFrames];
    private byte[] _staged = new byte[StagedFrames * 2048];

    /// <summary>Puts a tap on a device.</summary>
    /// <param name="device">The device; disposed with the tap.</param>
    /// <param name="log">What is written to; its owner disposes it after the tap.</param>
    public CaptureTap(IEthernetDevice device, CaptureLog log)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(log);
        Device = device;
        _log = log;
        _interfaceId = log.AddInterface(device);
    }

    /// <summary>The device behind the tap.</summary>
    public IEthernetDevice Device { get; }

    /// <summary>Why recording ended early; null while all is well.</summary>
    public IOException? Failure => _log.Failure;

    /// <inheritdoc/>
    public string Name => Device.Name;

    /// <inheritdoc/>
    public MacAddress Address => Device.Address;

    /// <inheritdoc/>
    public IEthernetDevice Source => Device.Source;

    /// <inheritdoc/>
    public DeviceCapabilities Capabilities => Device.Capabilities;

    /// <inheritdoc/>
    public void Attach(PacketPool pool, Action wake) => Device.Attach(pool, wake);

    /// <inheritdoc/>
    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = Device.Receive(burst, now);
        for (int i = 0; i < count; i++)
        {
            _log.Write(_interfaceId, CaptureDirection.Inbound, burst[i], now);
        }

        _log.FlushIfDue(now);
        return count;
    }

    /// <inheritdoc/>
    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        int sent = 0;
        while (sent < burst.Length)
        {
            ReadOnlySpan<PacketBuffer> part = burst[sent..Math.Min(burst.Length, sent + StagedFrames)];
            int taken = TransmitStaged(part, now);
            sent += taken;
            if (taken < part.Length)
            {
                break;
            }
        }

        return sent;
    }

    /// <inheritdoc/>
    public void Reclaim() => Device.Reclaim();

    /// <inheritdoc/>
    public void ReleaseBuffers() => Device.ReleaseBuffers();

    /// <inheritdoc/>
    public void FilterGroups(ReadOnlySpan<MacAddress> groups) => Device.FilterGroups(groups);

    /// <inheritdoc/>
    public IDeviceWaiter? CreateWaiter() => Device.CreateWaiter();

    /// <inheritdoc/>
    public void Dispose() => Device.Dispose();

    /// <summary>
    /// Copies the frames before the device has them, because afterwards they are no longer ours to read, and records those
    /// that it took: the rest comes again.
    /// </summary>
    private int TransmitStaged(ReadOnlySpan<PacketBuffer> part, Instant now)
    {
        int used = 0;
        for (int i = 0; i < part.Length; i++)
        {
            int length = part[i].TotalLength;
            if (_staged.Length - used < length)
            {
                Array.Resize(ref _staged, Math.Max(2 * _staged.Length, used + length));
            }

            part[i].CopyTo(_staged.AsSpan(used));
            used += length;
            _stagedEnds[i] = used;
        }

        int taken = Device.Transmit(part, now);
        for (int i = 0, start = 0; i < taken; start = _stagedEnds[i++])
        {
            _log.Write(_interfaceId, CaptureDirection.Outbound, _staged.AsSpan(start, _stagedEnds[i] - start), now);
        }

        return taken;
    }
}
