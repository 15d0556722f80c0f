using System.Globalization;
using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Drivers.XenNetfront;
using NetStack.Ethernet;

namespace NetStack.Cli.Verbs.Bench.Workloads;

/// <summary>
/// Frames of the least length from a peer through a netback, a shared ring and a netfront, sent back there with their addresses
/// exchanged, and all the way back to the peer, which checks them. Both sides of the rings are on this thread, and each does what
/// it has before the other's turn; where one finds nothing more it asks for an event, as before a sleep.
/// </summary>
internal sealed class NetfrontEcho : IWorkload
{
    private const int PoolBlocks = 2048;
    private const ushort Port = 7;
    private const ushort Guest = 1;
    private const uint HostAddress = 0x0A00_0001;
    private const uint PeerAddress = 0x0A00_0002;
    private const int MostTurnsToConnect = 1000;

    private readonly SimulatedXen _xen = new();
    private readonly VifToolstack _toolstack;
    private readonly EchoPeer _peer = new(HostAddress, Port, PeerAddress);
    private readonly NetbackTwin _twin;
    private readonly NetfrontDevice _device;
    private readonly PacketPool _pool = new(PoolBlocks);
    private readonly PacketBuffer[] _burst = new PacketBuffer[EthernetPort.BurstFrames];
    private readonly SimulatedHypervisor _guest;
    private readonly int _batch;
    private readonly long _copies;
    private readonly long _notifications;
    private readonly long _counted;

    public NetfrontEcho(int batch, bool usesStaging)
    {
        _batch = batch;
        _guest = _xen.AddDomain(Guest);
        _toolstack = new VifToolstack(_xen);
        _twin = new NetbackTwin(_xen.Domain0, Guest, 0, _peer, new NetbackOptions { StagingGrants = usesStaging ? PoolBlocks : 0 });
        _toolstack.Attach(_guest, 0, new MacAddress(0x02_00_5E_10_00_01));
        _twin.Turn(_xen.Now);
        _device = NetfrontDevice.Open(_guest, 0, new NetfrontOptions { MulticastControl = false, StagingGrants = usesStaging });
        _device.Attach(_pool, static () => { });
        for (int i = 0; i < MostTurnsToConnect && !(_device.IsUp && _twin.IsConnected); i++)
        {
            _xen.Now += Duration.FromMilliseconds(1);
            _device.Receive(_burst, _xen.Now);
            _twin.Turn(_xen.Now);
        }

        Fault = _device.IsUp ? null : $"the two sides did not connect: {_device.Hint ?? _device.Fault.ToString()}";
        _copies = _xen.Domain0.CopiesAsked;
        _notifications = _xen.Domain0.NotificationsSent + _guest.NotificationsSent;
        _counted = Packets;
    }

    public long Packets => (long)_peer.Answered;

    public long Bytes => Packets * DatagramTemplate.FrameBytes;

    public string? Fault
    {
        get => field ?? _peer.Fault;
        private set;
    }

    /// <summary>What a packet, both ways, cost besides time.</summary>
    public string Remark
    {
        get
        {
            double packets = Math.Max(1, Packets - _counted);
            double copies = (_xen.Domain0.CopiesAsked - _copies) / packets;
            double notifications = (_xen.Domain0.NotificationsSent + _guest.NotificationsSent - _notifications) / packets;
            return string.Create(CultureInfo.InvariantCulture, $"{copies:F2} grant copies and {notifications:F3} notifications a packet there and back");
        }
    }

    public void Turn()
    {
        Instant now = _xen.Now + Duration.FromMicroseconds(10);
        _xen.Now = now;
        ulong answered = _peer.Answered;
        _peer.Offer(_batch);
        while (_twin.Turn(now))
        {
            // Until all are on the ring and it would sleep.
        }

        int count;
        do
        {
            count = _device.Receive(_burst, now);
            foreach (PacketBuffer frame in _burst.AsSpan(0, count))
            {
                Answer(ref frame.Span[0]);
            }

            if (_device.Transmit(_burst.AsSpan(0, count), now) < count)
            {
                Fault ??= "the ring is full";
                return;
            }
        }
        while (count == _burst.Length);

        while (_twin.Turn(now))
        {
            // Until all are with the peer and it would sleep.
        }

        _device.Reclaim();
        if (_peer.Answered - answered != (ulong)_batch)
        {
            Fault ??= "frames were lost";
        }
    }

    public void Dispose()
    {
        _device.ReleaseBuffers();
        for (int i = 0; i < 10; i++)
        {
            _xen.Now += Duration.FromMilliseconds(1);
            _device.Receive(_burst, _xen.Now);
            _twin.Turn(_xen.Now);
        }

        _device.Dispose();
        _twin.Dispose();
        _toolstack.Dispose();
        _xen.Dispose();
    }

    /// <summary>Exchanges the stations, the addresses and the ports of a datagram: its checksums stay right.</summary>
    private static void Answer(ref byte frame)
    {
        Exchange<uint>(ref frame, 0, 6);
        Exchange<ushort>(ref frame, 4, 10);
        Exchange<uint>(ref frame, DatagramTemplate.NetworkOffset + 12, DatagramTemplate.NetworkOffset + 16);
        Exchange<ushort>(ref frame, DatagramTemplate.TransportOffset, DatagramTemplate.TransportOffset + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange<T>(ref byte frame, int first, int second)
        where T : unmanaged
    {
        T one = Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref frame, first));
        T other = Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref frame, second));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref frame, first), other);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref frame, second), one);
    }
}
