using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Growth.Work;

/// <summary>A device without link addresses that plays a tape over and over, and counts what it is given.</summary>
internal sealed class TapeDevice(PacketTape tape, int mtuBytes) : IEthernetDevice
{
    private PacketPool? _pool;
    private int _next;
    private int _due;

    public string Name => "tape";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ip, mtuBytes);

    /// <summary>The packets played.</summary>
    public long Played { get; private set; }

    /// <summary>The bytes of those.</summary>
    public long PlayedBytes { get; private set; }

    /// <summary>The packets taken from the host.</summary>
    public long Taken { get; private set; }

    /// <summary>The bytes of those.</summary>
    public long TakenBytes { get; private set; }

    /// <summary>Plays so many packets from here on.</summary>
    public void Offer(int packets) => _due += packets;

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _due > 0 && Lease(tape[_next]) is { } packet)
        {
            burst[count++] = packet;
            _next = _next + 1 < tape.Count ? _next + 1 : 0;
            _due--;
        }

        Played += count;
        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer packet in burst)
        {
            TakenBytes += packet.TotalLength;
            packet.Pool.Return(packet);
        }

        Taken += burst.Length;
        return burst.Length;
    }

    public void Reclaim()
    {
        // Packets are given back as they are sent.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }

    private PacketBuffer? Lease(ReadOnlySpan<byte> bytes)
    {
        PlayedBytes += bytes.Length;
        if (bytes.Length > PacketBuffer.DefaultCapacityBytes)
        {
            return _pool!.TryLeaseCopy(bytes);
        }

        PacketBuffer? packet = _pool!.TryLease();
        if (packet is not null)
        {
            bytes.CopyTo(packet.Extend(bytes.Length));
        }

        return packet;
    }
}
