using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>A device behind which a peer sends datagrams of 18 bytes and checks each answer: its checksums, ports, number and order.</summary>
internal sealed class EchoPeer(uint host, ushort hostPort, uint peer) : IEthernetDevice
{
    /// <summary>The source ports that the datagrams take in turn.</summary>
    private const int Ports = 64;

    private const int FirstPort = 40000;

    private static readonly MacAddress _hostLink = new(0x02_00_5E_10_00_01);
    private static readonly MacAddress _peerLink = new(0x02_00_5E_10_00_02);

    private readonly DatagramTemplate _template = new(_hostLink, _peerLink, peer, hostPort);
    private PacketPool? _pool;
    private PacketBuffer? _arpAnswer;
    private int _due;

    public string Name => "peer";

    public MacAddress Address => _hostLink;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ethernet, 1500);

    /// <summary>The datagrams sent.</summary>
    public ulong Sent { get; private set; }

    /// <summary>The answers that were right.</summary>
    public ulong Answered { get; private set; }

    /// <summary>What was wrong first, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Sends so many more.</summary>
    public void Offer(int datagrams) => _due = datagrams;

    public void Attach(PacketPool pool, Action wake) => _pool = pool;

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        int count = 0;
        if (_arpAnswer is { } answer)
        {
            burst[count++] = answer;
            _arpAnswer = null;
        }

        PacketPool pool = _pool!;
        ulong sent = Sent;
        int end = Math.Min(count + _due, burst.Length);
        for (; count < end && pool.TryLease() is { } packet; count++)
        {
            _template.Write(packet.Extend(DatagramTemplate.FrameBytes), host, PortOf(sent), sent);
            sent++;
            burst[count] = packet;
        }

        _due -= (int)(sent - Sent);
        Sent = sent;
        return count;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer packet in burst)
        {
            Check(packet);
        }

        return burst.Length;
    }

    public void Reclaim()
    {
        // Frames are read as they are sent.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose()
    {
        // Holds nothing but managed memory.
    }

    private void Check(PacketBuffer packet)
    {
        if (packet.Length == DatagramTemplate.FrameBytes
            && packet.Span[..DatagramTemplate.FrameBytes] is var frame
            && BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == (ushort)EtherType.IPv4)
        {
            bool isRight = DatagramTemplate.ReadNumber(frame) == Answered
                && EthernetHeader.TryParse(frame, out EthernetHeader link)
                && link.Destination == _peerLink
                && UdpHeader.TryParse(frame[DatagramTemplate.TransportOffset..], out UdpHeader header)
                && header.SourcePort == hostPort
                && header.DestinationPort == PortOf(Answered)
                && DatagramTemplate.IsIntact(frame);
            Answered++;
            Fault ??= isRight ? null : $"the answer to datagram {Answered - 1} is wrong";
            packet.Pool.Return(packet);
        }
        else if (ArpAnswer.TryMake(packet, _peerLink) && _arpAnswer is null)
        {
            _arpAnswer = packet;
        }
        else
        {
            packet.Pool.Return(packet);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort PortOf(ulong number) => (ushort)(FirstPort + (int)(number % Ports));
}
