using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront;

// Opening: on the caller's thread, before any loop has the queues.
internal sealed partial class NetfrontLink
{
    private const int DefaultMtuBytes = 1500;
    private const int SmallestMtuBytes = 68;
    private const int LinkBytes = EthernetHeader.LengthBytes + EthernetHeader.VlanTagLengthBytes;
    private const int LargestMtuBytes = NetifLayout.MaximumFrameBytes - LinkBytes;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits for the backend, and reads what the interface is like.</summary>
    /// <exception cref="XenException">There is no such interface, or no backend of use in time.</exception>
    public static NetfrontLink Open(IHypervisor hypervisor, int index, NetfrontOptions options)
    {
        NetfrontLink link = new(hypervisor, index, options);
        try
        {
            link.AwaitBackend();
            link.Features = link._features;
            link.Address = link.ReadAddress();
            link.Capabilities = new DeviceCapabilities(
                DeviceMedium.Ethernet, link.ReadMtu(), OffloadsOf(link._features), NetifLayout.MaximumFrameSlots);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    /// <summary>Makes the queues, as many as both sides want.</summary>
    public IReadOnlyList<NetfrontDevice> MakeQueues()
    {
        for (int i = 0; i < Features.Queues; i++)
        {
            _queues.Add(new NetfrontDevice(this, i));
        }

        return _queues;
    }

    private static DeviceOffloads OffloadsOf(in BackendFeatures features) =>
        (features.ChecksumV4 ? DeviceOffloads.TransmitChecksumV4 : 0)
        | (features.ChecksumV6 ? DeviceOffloads.TransmitChecksumV6 : 0)
        | (features.SegmentationV4 ? DeviceOffloads.SegmentTcpV4 : 0)
        | (features.SegmentationV6 ? DeviceOffloads.SegmentTcpV6 : 0);

    private void AwaitBackend()
    {
        if (_store.Read($"{_path}/backend") is null)
        {
            throw new XenException(XenError.NoDevice,
                $"{Name}: this domain has no such network interface (xenstore has no {_path}); give it one with vif=[ ... ] in its configuration, or \"xl network-attach\".");
        }

        _store.Watch($"{_path}/state", "own");
        long deadline = Environment.TickCount64 + Options.Timeout.Milliseconds;
        while (!IsBackendReady(out XenbusState? other))
        {
            if (Environment.TickCount64 >= deadline)
            {
                throw new XenException(XenError.TimedOut,
                    $"{Name}: the backend ({_backendPath}) does not wait for us (its state is {other?.ToString() ?? "missing"}); look at its domain's log, and whether another driver has the interface (\"rmmod xen-netfront\").");
            }

            Thread.Sleep(PollInterval);
        }

        if (BackendFeatures.ReadNumber(_store, $"{_backendPath}/feature-rx-copy") is not > 0)
        {
            throw new XenException(XenError.ProtocolBroken, $"{Name}: the backend cannot copy received frames (feature-rx-copy is not 1); it is too old.");
        }
    }

    private bool IsBackendReady(out XenbusState? other)
    {
        string? backendPath = _store.Read($"{_path}/backend");
        if (backendPath is not null && backendPath != _backendPath)
        {
            FollowBackend(backendPath);
        }

        other = backendPath is null ? null : ReadState($"{backendPath}/state");
        return TryPrepare(ReadState($"{_path}/state"), other);
    }

    private MacAddress ReadAddress()
    {
        string? text = _store.Read($"{_path}/mac");
        if (!MacAddress.TryParse(text, out MacAddress address) || address.IsGroup || address.IsZero)
        {
            throw new XenException(XenError.ProtocolBroken, $"{Name}: {_path}/mac in xenstore is no station address; set mac= in the domain's configuration.");
        }

        return address;
    }

    private int ReadMtu()
    {
        long mtuBytes = Options.MtuBytes ?? (long?)BackendFeatures.ReadNumber(_store, $"{_path}/mtu") ?? DefaultMtuBytes;
        if (Options.MtuBytes is not null && mtuBytes is < SmallestMtuBytes or > LargestMtuBytes)
        {
            throw new XenException(XenError.ProtocolBroken, $"{Name}: an MTU of {mtuBytes} bytes is out of range; choose {SmallestMtuBytes} to {LargestMtuBytes}.");
        }

        // A frame in one page: what backends send to those that take no more is an ordinary frame.
        return (int)Math.Clamp(mtuBytes, SmallestMtuBytes, _features.ScatterGather && Options.ScatterGather ? LargestMtuBytes : DefaultMtuBytes);
    }
}
