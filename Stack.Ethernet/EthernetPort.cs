using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.Ethernet;

/// <summary>
/// One device as the layers above see it. Received frames are pushed up by their EtherType; frames to send are gathered
/// into a burst, which the loop hands to the device once a turn.
/// </summary>
public sealed class EthernetPort
{
    /// <summary>The frames taken from the device at a time.</summary>
    public const int BurstFrames = 64;

    private const int OutgoingFrames = 256;

    private readonly PacketPool _pool;
    private readonly Counters _counters;
    private readonly PacketBuffer[] _incoming = new PacketBuffer[BurstFrames];
    private readonly PacketBuffer[] _outgoing = new PacketBuffer[OutgoingFrames];
    private readonly bool _isEthernet;
    private int _outgoingStart;
    private int _outgoingEnd;
    private INetworkProtocol? _ipv4;
    private INetworkProtocol? _ipv6;
    private INetworkProtocol? _arp;

    /// <summary>Attaches a device.</summary>
    /// <param name="device">The device; the port does not dispose it.</param>
    /// <param name="pool">The loop's pool.</param>
    /// <param name="wake">Wakes the loop from any thread.</param>
    public EthernetPort(IEthernetDevice device, PacketPool pool, Action wake)
    {
        Device = device;
        _pool = pool;
        _counters = pool.Counters;
        device.Attach(pool, wake);
        Address = device.Address;
        _isEthernet = device.Capabilities.Medium == DeviceMedium.Ethernet;
    }

    /// <summary>The device behind the port.</summary>
    public IEthernetDevice Device { get; }

    /// <summary>The station address.</summary>
    public MacAddress Address { get; }

    /// <summary>The largest network-layer packet in bytes.</summary>
    public int MtuBytes => Device.Capabilities.MtuBytes;

    /// <summary>The frames that can still be queued before the device has to take some.</summary>
    public int RoomFrames => OutgoingFrames - (_outgoingEnd - _outgoingStart);

    /// <summary>Whether frames wait for the device.</summary>
    public bool HasOutgoing => _outgoingEnd != _outgoingStart;

    /// <summary>Sends every packet of a type to a protocol.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not IPv4, IPv6 or ARP.</exception>
    public void Attach(EtherType type, INetworkProtocol protocol)
    {
        switch (type)
        {
            case EtherType.IPv4:
                _ipv4 = protocol;
                break;
            case EtherType.IPv6:
                _ipv6 = protocol;
                break;
            case EtherType.Arp:
                _arp = protocol;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Only IPv4, IPv6 and ARP can be attached.");
        }
    }

    /// <summary>Takes one burst from the device and pushes it up.</summary>
    /// <returns>The frames taken. Zero means that the device has nothing more for now.</returns>
    public int Receive(Instant now)
    {
        int count = Device.Receive(_incoming, now);
        if (count > 1)
        {
            _ipv4?.Expect(_incoming.AsSpan(0, count), _isEthernet ? EthernetHeader.LengthBytes : 0);
        }

        long bytes = 0;
        bool isEthernet = _isEthernet;
        foreach (PacketBuffer frame in _incoming.AsSpan(0, count))
        {
            bytes += frame.TotalLength;
            if (isEthernet)
            {
                ReceiveFrame(frame, now);
            }
            else
            {
                ReceivePacket(frame, now);
            }
        }

        _counters.Add(Counter.FramesReceived, count);
        _counters.Add(Counter.BytesReceived, bytes);
        if (count > 1)
        {
            _ipv4?.Complete(now);
        }

        return count;
    }

    /// <summary>Queues a network-layer packet for the device, behind a link header that is prepended here. Takes the ownership.</summary>
    /// <param name="packet">The packet; its first block must have headroom for the link header.</param>
    /// <param name="destination">The station it goes to. Ignored on a medium without link addresses.</param>
    /// <param name="type">What the packet is.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>False where the queue and the device are full: the packet was dropped and counted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Transmit(PacketBuffer packet, MacAddress destination, EtherType type, Instant now)
    {
        if (_isEthernet)
        {
            EthernetHeader.Write(packet.Prepend(EthernetHeader.LengthBytes), destination, Address, type);
        }

        if (RoomFrames == 0 && !TryMakeRoom(now))
        {
            _pool.Drop(packet, DropReason.TransmitRingFull);
            return false;
        }

        if (_outgoingEnd == OutgoingFrames)
        {
            Compact();
        }

        _outgoing[_outgoingEnd++] = packet;
        return true;
    }

    /// <summary>Hands the queued frames to the device. Those it does not take stay queued.</summary>
    public void Flush(Instant now)
    {
        while (_outgoingStart != _outgoingEnd)
        {
            ReadOnlySpan<PacketBuffer> burst = _outgoing.AsSpan(_outgoingStart, _outgoingEnd - _outgoingStart);
            long bytes = 0;
            foreach (PacketBuffer frame in burst)
            {
                bytes += frame.TotalLength;
            }

            int taken = Device.Transmit(burst, now);
            for (int i = _outgoingStart + taken; taken < burst.Length && i < _outgoingEnd; i++)
            {
                bytes -= _outgoing[i].TotalLength;
            }

            Array.Clear(_outgoing, _outgoingStart, taken);
            _outgoingStart += taken;
            _counters.Add(Counter.FramesTransmitted, taken);
            _counters.Add(Counter.BytesTransmitted, bytes);
            if (taken == 0)
            {
                return;
            }
        }

        _outgoingStart = 0;
        _outgoingEnd = 0;
    }

    /// <summary>Drops the frames that still wait, when the loop ends.</summary>
    public void DropOutgoing()
    {
        while (_outgoingStart != _outgoingEnd)
        {
            _pool.Drop(_outgoing[_outgoingStart], DropReason.DeviceTransmitFailed);
            _outgoing[_outgoingStart++] = null!;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReceiveFrame(PacketBuffer frame, Instant now)
    {
        if (!EthernetHeader.TryParse(frame.Span, out EthernetHeader header))
        {
            _pool.Drop(frame, DropReason.EthernetTooShort);
            return;
        }

        bool isGroup = false;
        if (header.Destination is var destination && destination != Address)
        {
            isGroup = destination.IsGroup;
            if (!isGroup)
            {
                _pool.Drop(frame, DropReason.EthernetNotForUs);
                return;
            }
        }

        if (header.Source.IsGroup)
        {
            _pool.Drop(frame, DropReason.EthernetBadSource);
            return;
        }

        EtherType type = header.Type;
        frame.RemoveFront(EthernetHeader.LengthBytes);
        if (type == EtherType.IPv4 && _ipv4 is { } ipv4)
        {
            frame.NetworkStart = (ushort)frame.Start;
            ipv4.Receive(frame, isGroup, now);
            return;
        }

        Deliver(frame, type, isGroup, now);
    }

    private void ReceivePacket(PacketBuffer packet, Instant now)
    {
        EtherType type = packet.Length == 0 ? 0 : (packet.Span[0] >> 4) switch
        {
            4 => EtherType.IPv4,
            6 => EtherType.IPv6,
            _ => 0,
        };
        Deliver(packet, type, isGroup: false, now);
    }

    private void Deliver(PacketBuffer packet, EtherType type, bool isGroup, Instant now)
    {
        packet.NetworkStart = (ushort)packet.Start;
        switch (type)
        {
            case EtherType.IPv4 when _ipv4 is not null:
                _ipv4.Receive(packet, isGroup, now);
                break;
            case EtherType.IPv6 when _ipv6 is not null:
                _ipv6.Receive(packet, isGroup, now);
                break;
            case EtherType.Arp when _arp is not null:
                _arp.Receive(packet, isGroup, now);
                break;
            case EtherType.IPv6:
                _pool.Drop(packet, DropReason.Ipv6NotAttached);
                break;
            case EtherType.Vlan or EtherType.ServiceVlan:
                _pool.Drop(packet, DropReason.VlanNotOurs);
                break;
            default:
                _pool.Drop(packet, DropReason.EtherTypeUnknown);
                break;
        }
    }

    private bool TryMakeRoom(Instant now)
    {
        Flush(now);
        return RoomFrames > 0;
    }

    private void Compact()
    {
        int count = _outgoingEnd - _outgoingStart;
        Array.Copy(_outgoing, _outgoingStart, _outgoing, 0, count);
        Array.Clear(_outgoing, count, OutgoingFrames - count);
        _outgoingStart = 0;
        _outgoingEnd = count;
    }
}
