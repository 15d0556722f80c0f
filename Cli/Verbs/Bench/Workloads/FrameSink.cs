using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>
/// A device behind which a gateway takes the datagrams of a <see cref="FrameSource"/> and checks each: the stations, the
/// header's checksum, its hop limit, the destination and the order.
/// </summary>
internal sealed class FrameSink : IEthernetDevice
{
    private const byte HopLimit = 63;
    private const int HopLimitOffset = DatagramTemplate.NetworkOffset + 8;
    private const int DestinationOffset = DatagramTemplate.NetworkOffset + 16;
    private const int TypeOffset = 12;

    private static readonly MacAddress _hostLink = new(0x02_00_5E_10_00_03);
    private static readonly MacAddress _gatewayLink = new(0x02_00_5E_10_00_04);

    private PacketBuffer? _arpAnswer;
    private ulong _expected;

    public string Name => "sink";

    public MacAddress Address => _hostLink;

    public DeviceCapabilities Capabilities => new(DeviceMedium.Ethernet, 1500);

    /// <summary>The datagrams that came.</summary>
    public long Taken { get; private set; }

    /// <summary>What was wrong first, or null.</summary>
    public string? Fault { get; private set; }

    public void Attach(PacketPool pool, Action wake)
    {
        // It answers in the buffers of the questions.
    }

    public int Receive(Span<PacketBuffer> burst, Instant now)
    {
        if (_arpAnswer is not { } answer)
        {
            return 0;
        }

        burst[0] = answer;
        _arpAnswer = null;
        return 1;
    }

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now)
    {
        foreach (PacketBuffer packet in burst)
        {
            Take(packet);
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

    private void Take(PacketBuffer packet)
    {
        if (packet.Length != DatagramTemplate.FrameBytes)
        {
            Answer(packet);
            return;
        }

        // One look at the length, so that what the device of a workload costs stays small beside what is measured.
        ReadOnlySpan<byte> frame = packet.Span[..DatagramTemplate.FrameBytes];
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[TypeOffset..]) != (ushort)EtherType.IPv4)
        {
            Answer(packet);
            return;
        }

        bool isRight = DatagramTemplate.ReadNumber(frame) == _expected
            && EthernetHeader.TryParse(frame, out EthernetHeader link)
            && link.Destination == _gatewayLink
            && link.Source == _hostLink
            && BinaryPrimitives.ReadUInt32BigEndian(frame[DestinationOffset..]) == FrameSource.DestinationOf(_expected)
            && frame[HopLimitOffset] == HopLimit
            && InternetChecksum.Fold(InternetChecksum.AccumulateIpv4Header(in frame[DatagramTemplate.NetworkOffset])) == ushort.MaxValue;
        if (!isRight)
        {
            Fault ??= $"datagram {_expected} came wrong or not at all";
        }

        _expected++;
        Taken++;
        packet.Pool.Return(packet);
    }

    private void Answer(PacketBuffer packet)
    {
        if (ArpAnswer.TryMake(packet, _gatewayLink) && _arpAnswer is null)
        {
            _arpAnswer = packet;
        }
        else
        {
            packet.Pool.Return(packet);
        }
    }
}
