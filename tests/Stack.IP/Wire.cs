using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP.Tests;

/// <summary>
/// The far end of a device: frames are byte arrays that a test injects and takes, so that what the host says and hears
/// is written out byte by byte.
/// </summary>
internal sealed class Wire : IEthernetDevice
{
    private readonly Queue<byte[]> _toHost = new();
    private readonly List<PacketBuffer> _held = [];
    private PacketPool _pool = null!;

    public Wire(DeviceMedium medium = DeviceMedium.Ethernet, int mtuBytes = 1500, DeviceOffloads offloads = DeviceOffloads.None) =>
        Capabilities = new DeviceCapabilities(medium, mtuBytes, offloads);

    /// <summary>The address of the host's station.</summary>
    public static MacAddress HostLink { get; } = new(0x02_00_00_00_00_01);

    /// <summary>The address of the station that the test plays.</summary>
    public static MacAddress PeerLink { get; } = new(0x02_00_00_00_00_02);

    public string Name => "wire";

    public MacAddress Address => HostLink;

    public DeviceCapabilities Capabilities { get; }

    /// <summary>The frames the host has sent and the test has not taken.</summary>
    public Queue<byte[]> FromHost { get; } = new();

    /// <summary>The frames the device takes before it is full; the test empties it by setting this again.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>The length of the blocks received frames are cut into: 0 for whole frames.</summary>
    public int BlockBytes { get; set; }

    /// <summary>Sets the offload facts of received frames.</summary>
    public Action<PacketBuffer>? Mark { get; set; }

    /// <summary>The offload facts of the frames the host has sent: how the checksum stands, and the size of the segments.</summary>
    public List<(ChecksumState Checksum, GsoType Gso, int GsoSizeBytes)> FactsFromHost { get; } = [];

    public void Inject(byte[] frame) => _toHost.Enqueue(frame);

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        while (count < burst.Length && _toHost.TryDequeue(out byte[]? frame))
        {
            PacketBuffer received = Lease(frame);
            burst[count++] = received;
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        int taken = Math.Min(burst.Length, Room);
        Room -= taken;
        for (int i = 0; i < taken; i++)
        {
            byte[] frame = new byte[burst[i].TotalLength];
            burst[i].CopyTo(frame);
            FromHost.Enqueue(frame);
            FactsFromHost.Add((burst[i].Checksum, burst[i].Gso, burst[i].GsoSizeBytes));
            _held.Add(burst[i]);
        }

        return taken;
    }

    public void Reclaim()
    {
        foreach (PacketBuffer frame in _held)
        {
            _pool.Return(frame);
        }

        _held.Clear();
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Holds nothing of its own.
    }

    private PacketBuffer Lease(byte[] frame)
    {
        int blockBytes = BlockBytes == 0 ? PacketBuffer.DefaultCapacityBytes : BlockBytes;
        PacketBuffer head = _pool.TryLease()!;
        PacketBuffer tail = head;
        for (int offset = 0; offset < frame.Length; offset += blockBytes)
        {
            if (offset > 0)
            {
                PacketBuffer block = _pool.TryLease(0)!;
                tail.Append(block);
                tail = block;
            }

            ReadOnlySpan<byte> part = frame.AsSpan(offset, Math.Min(blockBytes, frame.Length - offset));
            part.CopyTo(tail.Extend(part.Length));
        }

        Mark?.Invoke(head);
        return head;
    }
}
