using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Pcap;

/// <summary>Sleeps until a played capture has its next packet due: for loops that run in real time.</summary>
internal sealed class PcapWaiter : IDeviceWaiter
{
    // Sleeps longer than this are cut: waking early is allowed, and the platform's wait takes 31 bits of milliseconds.
    private static readonly Duration LongestSleep = Duration.FromSeconds(3600);

    private readonly List<PcapDevice> _devices = [];
    private readonly ManualResetEventSlim _signal = new();

    /// <inheritdoc/>
    public bool TryAdd(IEthernetDevice device)
    {
        if (device is not PcapDevice capture)
        {
            return false;
        }

        _devices.Add(capture);
        return true;
    }

    /// <inheritdoc/>
    public void Wait(Duration timeout)
    {
        Duration sleep = Duration.Min(timeout, LongestSleep);
        foreach (PcapDevice device in _devices)
        {
            if (device.NextFrameTime != Instant.Never)
            {
                sleep = Duration.Min(sleep, device.NextFrameTime - device.LastTurn);
            }
        }

        _signal.Wait(Duration.Max(sleep, Duration.Zero).ToTimeSpan());
        _signal.Reset();
    }

    /// <inheritdoc/>
    public void Wake() => _signal.Set();

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();
}
