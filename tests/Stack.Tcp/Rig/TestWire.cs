using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Tcp.Tests;

/// <summary>A device whose other end is the test: packets to inject, packets sent.</summary>
internal sealed class TestWire(int mtuBytes, DeviceOffloads offloads, DeviceMedium medium = DeviceMedium.Ip) : IEthernetDevice
{
    private readonly Queue<byte[]> _toHost = new();
    private PacketPool? _pool;

    /// <summary>The packets the host has sent.</summary>
    public Queue<byte[]> FromHost { get; } = new();

    /// <summary>The payload of each segment that a packet sent stands for, 0 where it is one itself; in the order in which they were sent.</summary>
    public Queue<int> SegmentBytes { get; } = new();

    /// <summary>Whether the device takes no frame for now.</summary>
    public bool IsFull { get; set; }

    public string Name => "test";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => new(medium, mtuBytes, offloads);

    public void Inject(byte[] packet) => _toHost.Enqueue(packet);

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _toHost.TryDequeue(out byte[]? packet))
        {
            // Where the pool has run short the packet is lost, as in any device.
            if (_pool!.TryLeaseCopy(packet) is { } buffer)
            {
                burst[count++] = buffer;
            }
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
            byte[] packet = new byte[frame.TotalLength];
            frame.CopyTo(packet);
            FillChecksum(frame, packet);
            SegmentBytes.Enqueue(frame.Gso == GsoType.None ? 0 : frame.GsoSizeBytes);
            FromHost.Enqueue(packet);
            frame.Pool.Return(frame);
        }

        return burst.Length;
    }

    /// <summary>What a device does that fills in checksums. For a super-frame it does so for the whole, as if it were one.</summary>
    private static void FillChecksum(PacketBuffer frame, byte[] packet)
    {
        if (frame.Checksum == ChecksumState.ToBeFilled)
        {
            int start = frame.ChecksumStart - frame.Start;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(start + frame.ChecksumOffset), InternetChecksum.Compute(packet.AsSpan(start)));
        }
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
