using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Differential.Tests;

/// <summary>A device whose other end is the program.</summary>
internal sealed class TestWire : IEthernetDevice
{
    private readonly Queue<byte[]> _toHost = new();
    private PacketPool? _pool;

    /// <summary>The packets the host has sent.</summary>
    public List<byte[]> FromHost { get; } = [];

    public string Name => "test";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ip, OptionSet.MtuBytes, DeviceOffloads.None);

    public void Inject(byte[] packet) => _toHost.Enqueue(packet);

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _toHost.TryDequeue(out byte[]? packet))
        {
            burst[count++] = _pool!.TryLeaseCopy(packet)!;
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer frame in burst)
        {
            byte[] packet = new byte[frame.TotalLength];
            frame.CopyTo(packet);
            FromHost.Add(packet);
            frame.Pool.Return(frame);
        }

        return burst.Length;
    }

    public void Reclaim()
    {
        // Transmit has returned the frames.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Nothing is held.
    }
}
