using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>The network outside of a backend: what is put in goes to the guest, what comes from it is kept.</summary>
internal sealed class OuterNetwork(DeviceOffloads offloads) : IEthernetDevice
{
    private readonly Queue<Func<PacketPool, PacketBuffer>> _toGuest = new();
    private PacketPool? _pool;
    private Action? _wake;

    public string Name => "outside";

    public MacAddress Address => new(0x02_00_00_00_00_FF);

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ethernet, 65_000, offloads);

    /// <summary>What came from the guest.</summary>
    public List<TestFrame> FromGuest { get; } = [];

    /// <summary>Whether frames are counted only.</summary>
    public bool IsForgetful { get; set; }

    public long FramesFromGuest { get; private set; }

    public bool HasMore => _toGuest.Count > 0;

    public void Send(TestFrame frame)
    {
        _toGuest.Enqueue(frame.Lease);
        _wake?.Invoke();
    }

    public void Attach(PacketPool pool, Action wake)
    {
        _pool = pool;
        _wake = wake;
    }

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _toGuest.TryDequeue(out Func<PacketPool, PacketBuffer>? lease))
        {
            burst[count++] = lease(_pool!);
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        FramesFromGuest += burst.Length;
        foreach (PacketBuffer frame in burst)
        {
            if (!IsForgetful)
            {
                FromGuest.Add(TestFrame.Of(frame));
            }

            frame.Pool.Return(frame);
        }

        return burst.Length;
    }

    public void Reclaim()
    {
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
    }
}
