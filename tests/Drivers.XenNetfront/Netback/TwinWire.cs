using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.XenNetfront.Tests;

/// <summary>What stands behind a twin in a test: frames are offered by hand, and those that come are kept as bytes.</summary>
internal sealed class TwinWire(DeviceOffloads offloads = DeviceOffloads.None) : IEthernetDevice
{
    private readonly Queue<PacketBuffer> _offered = new();

    public List<WireFrame> Frames { get; } = [];

    /// <summary>Whether frames are kept rather than counted.</summary>
    public bool Keeps { get; set; } = true;

    public long Count { get; private set; }

    public bool IsFull { get; set; }

    public PacketPool Pool { get; private set; } = null!;

    public string Name => "outside";

    public MacAddress Address => new(0x02_00_00_00_00_99);

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ethernet, 1500, offloads);

    public void Attach(PacketPool pool, Action wake) => Pool = pool;

    public void Offer(PacketBuffer frame) => _offered.Enqueue(frame);

    public void Offer(ReadOnlySpan<byte> frame) => _offered.Enqueue(Pool.TryLeaseCopy(frame)!);

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _offered.TryDequeue(out PacketBuffer? frame))
        {
            burst[count++] = frame;
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        if (IsFull)
        {
            return 0;
        }

        foreach (PacketBuffer frame in burst)
        {
            Count++;
            if (Keeps)
            {
                byte[] bytes = new byte[frame.TotalLength];
                frame.CopyTo(bytes);
                int checksumAt = frame.Checksum == ChecksumState.ToBeFilled ? frame.ChecksumStart - frame.Start + frame.ChecksumOffset : 0;
                Frames.Add(new WireFrame(bytes, frame.Checksum, frame.Gso, frame.GsoSizeBytes, checksumAt));
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
        while (_offered.TryDequeue(out PacketBuffer? frame))
        {
            frame.Pool.Return(frame);
        }
    }
}
