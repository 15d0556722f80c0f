using System.Buffers.Binary;
using NetStack.Core;
using NetStack.Ethernet;
using NetStack.IP;
using NetStack.Tcp;

namespace NetStack.Testing.Tests.Hostile;

/// <summary>The host under attack, and the end of the cable that the attacker holds.</summary>
internal sealed class HostileTarget
{
    private static readonly Duration TurnLength = Duration.FromMicroseconds(200);

    private readonly DevicePair _cable = new();
    private readonly PacketPool _attackersPool = new(4096);
    private readonly PacketBuffer[] _burst = new PacketBuffer[64];
    private readonly TcpListenEndpoint _listener;
    private readonly UdpEndpoint _udp;
    private readonly HashSet<TcpConnection> _open = [];
    private Instant _now;

    public HostileTarget(ulong seed)
    {
        Pool = new PacketPool(32_768);
        Host = new IpHost(Pool, new TimerWheel(), new SeededEntropy(seed));
        Tcp = new TcpDemultiplexer(Host, new TcpOptions { TimeWait = Duration.FromSeconds(1), FinWait2Timeout = Duration.FromSeconds(1) });
        Host.Attach(_cable.Left, () => { }).Add(new IpPrefix(Local, 24));
        _cable.Right.Attach(_attackersPool, () => { });
        _listener = Tcp.Listen(new IpEndPoint(IpAddress.AnyV4, Port), 64, null, out _)!;
        _udp = Host.Udp.Bind(new IpEndPoint(IpAddress.AnyV4, Port), null, out _)!;
    }

    public static IpAddress Local { get; } = IpAddress.Parse("10.0.0.1");

    public static IpAddress Attacker { get; } = IpAddress.Parse("10.0.0.66");

    public static ushort Port => 80;

    public PacketPool Pool { get; }

    public IpHost Host { get; }

    public TcpDemultiplexer Tcp { get; }

    public MacAddress Address => _cable.Left.Address;

    public MacAddress AttackerAddress => _cable.Right.Address;

    /// <summary>Segments the target sent, for the attacker to learn sequence numbers from: local port of the attacker, SEQ, ACK.</summary>
    public Queue<(ushort Port, uint Sequence, uint Acknowledgment)> Seen { get; } = new();

    public long Accepted { get; private set; }

    public long BytesRead { get; private set; }

    public void Inject(ReadOnlySpan<byte> frame)
    {
        PacketBuffer packet = _attackersPool.TryLeaseCopy(frame)!;
        Assert.Equal(1, _cable.Right.Transmit([packet], _now));
    }

    public void Turn()
    {
        _now += TurnLength;
        Host.Receive(_now, 8);
        Host.TimersExpire(_now);
        Serve();
        while (Host.Transmit(_now, 256))
        {
            TakeSent();
        }

        TakeSent();
    }

    public void CloseAll()
    {
        foreach (TcpConnection connection in _open)
        {
            connection.Abort(_now);
        }

        _listener.Close(_now);
        _udp.Close();
        List<TcpConnection> rest = [];
        Tcp.CopyConnections(rest);
        rest.ForEach(connection => connection.Abort(_now));

        // Longer than fragments, neighbours and TIME-WAIT live.
        for (int i = 0; i < 2000; i++)
        {
            _now += Duration.FromSeconds(1);
            Turn();
        }
    }

    private void Serve()
    {
        while (_listener.TryAccept() is { } accepted)
        {
            Accepted++;
            _open.Add(accepted);
        }

        while (Tcp.TryTakeActive(out TcpListenEndpoint? _))
        {
            // Accepted above.
        }

        while (Tcp.TryTakeActive(out TcpConnection? connection))
        {
            Serve(connection, connection.TakeEvents());
        }

        while (Host.Udp.TryTakeActive(out UdpEndpoint? endpoint))
        {
            endpoint.TakeEvents();
            while (endpoint.TryReceive(out UdpDatagram datagram))
            {
                endpoint.Send(datagram.Packet, datagram.Source, _now);
            }
        }
    }

    private void Serve(TcpConnection connection, TcpEvents events)
    {
        if (connection.TakeReceived() is { } chain)
        {
            int bytes = chain.TotalLength;
            BytesRead += bytes;
            connection.Consumed(bytes, _now);
            if (connection.State is TcpState.Established && connection.SendRoomBytes > bytes)
            {
                connection.Append(chain, _now);
            }
            else
            {
                Pool.Return(chain);
            }
        }

        if ((events & TcpEvents.Closed) != 0 || connection.IsReceiveFinished)
        {
            _open.Remove(connection);
            connection.Close(_now);
        }
    }

    private void TakeSent()
    {
        int count;
        while ((count = _cable.Right.Receive(_burst, _now)) > 0)
        {
            for (int i = 0; i < count; i++)
            {
                Learn(_burst[i].Span);
                _attackersPool.Return(_burst[i]);
            }
        }

        Host.Interfaces[0].Port.Device.Reclaim();
        _cable.Right.Reclaim();
    }

    private void Learn(ReadOnlySpan<byte> frame)
    {
        if (frame.Length >= 54 && frame[12] == 8 && frame[13] == 0 && frame[23] == 6 && Seen.Count < 256)
        {
            ReadOnlySpan<byte> tcp = frame[34..];
            Seen.Enqueue((
                BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]),
                BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(tcp[8..])));
        }
    }
}
