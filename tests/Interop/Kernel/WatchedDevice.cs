using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Interop.Tests;

/// <summary>A device that remembers the TCP segments which pass, and may mark them like a congested router.</summary>
internal sealed class WatchedDevice(IEthernetDevice inner) : IEthernetDevice
{
    private const int IpOffset = EthernetHeader.LengthBytes;

    private PacketPool? _pool;

    /// <summary>The segments, in the order in which they passed.</summary>
    public List<WatchedSegment> Segments { get; } = [];

    /// <summary>Tells of a packet that is ECN-capable whether it meets congestion.</summary>
    public Func<WatchedSegment, bool> Marks { get; set; } = _ => false;

    public string Name => inner.Name;

    public MacAddress Address => inner.Address;

    // Without offloads every frame is a segment as it is on a wire.
    public DeviceCapabilities Capabilities => inner.Capabilities with { Offloads = DeviceOffloads.None };

    public void Attach(PacketPool pool, Action wake)
    {
        _pool = pool;
        inner.Attach(pool, wake);
    }

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = inner.Receive(burst, now);
        foreach (PacketBuffer frame in burst[..count])
        {
            Watch(frame, isOurs: false);
        }

        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer frame in burst)
        {
            Watch(frame, isOurs: true);
        }

        int count = inner.Transmit(burst, now);

        // Who does not take a frame is asked again with it: it was watched too early.
        Assert.Equal(burst.Length, count);
        return count;
    }

    public void Reclaim() => inner.Reclaim();

    public IDeviceWaiter? CreateWaiter() => inner.CreateWaiter();

    public void Dispose() => inner.Dispose();

    private void Watch(PacketBuffer frame, bool isOurs)
    {
        Span<byte> bytes = frame.Span;
        if (bytes.Length < IpOffset + 40 || bytes[12] != 8 || bytes[13] != 0 || bytes[IpOffset + 9] != (byte)IpProtocol.Tcp)
        {
            return;
        }

        WatchedSegment segment = WatchedSegment.Read(bytes[IpOffset..], frame.TotalLength - IpOffset, isOurs);
        if (segment.Codepoint is 1 or 2 && Marks(segment))
        {
            Span<byte> ip = bytes.Slice(IpOffset, 20);
            ip[1] |= 3;
            ip[10..12].Clear();
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));
            segment = segment with { Codepoint = 3 };
        }

        Segments.Add(segment);
    }
}
