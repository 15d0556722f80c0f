using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.PacketScripts;

/// <summary>The device under the stack, whose other end is the script: packets that arrive, packets that have left.</summary>
internal sealed class PacketWire(int mtuBytes) : IEthernetDevice
{
    private readonly Queue<byte[]> _arriving = new();
    private readonly Queue<SentPacket> _sent = new();
    private PacketPool? _pool;

    public string Name => "script";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ip, mtuBytes);

    /// <summary>How many packets wait to be looked at.</summary>
    public int SentCount => _sent.Count;

    /// <summary>A packet arrives at the stack.</summary>
    public void Arrive(ReadOnlySpan<byte> packet) => _arriving.Enqueue(packet.ToArray());

    /// <summary>Takes the packet that left first.</summary>
    public bool TryTake(out SentPacket packet) => _sent.TryDequeue(out packet);

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _arriving.TryDequeue(out byte[]? packet))
        {
            if (_pool!.TryLeaseCopy(packet) is { } buffer)
            {
                burst[count++] = buffer;
            }
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer frame in burst)
        {
            byte[] packet = new byte[frame.TotalLength];
            frame.CopyTo(packet);
            _sent.Enqueue(new SentPacket(packet, now));
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
