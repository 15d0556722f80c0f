using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>A device behind which a sender makes datagrams for hosts behind a router, and takes nothing.</summary>
internal sealed class FrameSource(uint sender) : IEthernetDevice
{
    /// <summary>The hosts that the datagrams go to in turn.</summary>
    public const int Destinations = 256;

    /// <summary>The first of them.</summary>
    public const uint FirstDestination = 0x0A02_0000;

    /// <summary>The port they go to.</summary>
    public const ushort Port = 9;

    private const int FirstPort = 40000;

    private static readonly MacAddress _hostLink = new(0x02_00_5E_10_00_01);
    private static readonly MacAddress _senderLink = new(0x02_00_5E_10_00_02);

    private readonly DatagramTemplate _template = new(_hostLink, _senderLink, sender, Port);
    private PacketPool? _pool;
    private int _due;

    public string Name => "source";

    public MacAddress Address => _hostLink;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ethernet, 1500);

    /// <summary>The datagrams sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>Where a datagram goes.</summary>
    public static uint DestinationOf(ulong number) => FirstDestination + (uint)(number % Destinations);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort PortOf(ulong number) => (ushort)(FirstPort + (int)(number % Destinations));

    /// <summary>Sends so many more.</summary>
    public void Offer(int datagrams) => _due = datagrams;

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        PacketPool pool = _pool!;
        ulong sent = Sent;
        int due = Math.Min(_due, burst.Length);
        int count = 0;
        for (; count < due && pool.TryLease() is { } packet; count++)
        {
            _template.Write(packet.Extend(DatagramTemplate.FrameBytes), DestinationOf(sent), PortOf(sent), sent);
            sent++;
            burst[count] = packet;
        }

        _due -= count;
        Sent = sent;
        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer packet in burst)
        {
            packet.Pool.Return(packet);
        }

        return burst.Length;
    }

    public void Reclaim()
    {
        // Frames are given back as they are sent.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }
}
