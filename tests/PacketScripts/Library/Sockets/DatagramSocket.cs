using NetStack.Core;
using NetStack.IP;

namespace NetStack.PacketScripts;

/// <summary>A UDP socket with the semantics of Linux.</summary>
internal sealed class DatagramSocket(ScriptedHost host, int number, int family) : SocketDescriptor(host, number, family)
{
    private const int GreatestPayloadBytes = 65_507;

    private readonly Queue<UdpDatagram> _received = new();
    private UdpEndpoint? _endpoint;
    private bool _isReceiveShut;
    private bool _isSendShut;

    public override int Type => LinuxFamily.Datagram;

    public override int Protocol => LinuxFamily.Udp;

    public override bool IsListening => false;

    public override uint Readiness =>
        LinuxPoll.Writable
        | (Error != 0 ? LinuxPoll.Error : 0)
        | (_received.Count > 0 ? LinuxPoll.Readable : 0)
        | (_isReceiveShut ? LinuxPoll.Readable | LinuxPoll.ReadHangUp : 0)
        | (_isReceiveShut && _isSendShut ? LinuxPoll.HangUp : 0);

    /// <summary>The endpoint has news.</summary>
    public void EndpointActive(UdpEvents events)
    {
        if ((events & UdpEvents.Error) != 0)
        {
            Error = NumberOf(_endpoint!.TakeError());
            Wake(LinuxPoll.Error);
        }

        while (_endpoint!.TryReceive(out UdpDatagram datagram))
        {
            _received.Enqueue(datagram);
            Wake(LinuxPoll.ReadKey);
        }
    }

    public override long Bind(IpEndPoint local)
    {
        if (_endpoint is not null)
        {
            return -LinuxError.Invalid;
        }

        if (!local.Address.IsAny && !Host.Ip.IsLocal(local.Address))
        {
            return -LinuxError.AddressNotAvailable;
        }

        return Open(local);
    }

    public override long Listen(int backlog) => -LinuxError.NotSupported;

    public override long Connect(IpEndPoint remote) => Host.Call(() =>
    {
        long result = OpenAnywhere();
        if (result < 0)
        {
            return result;
        }

        _endpoint!.Disconnect();
        UdpError error = _endpoint.Connect(remote.Address.IsAny ? remote with { Address = Host.Flags.Local } : remote);
        return -NumberOf(error);
    });

    public override long Disconnect()
    {
        _endpoint?.Disconnect();
        return 0;
    }

    public override long Shutdown(int how)
    {
        if (how is < 0 or > 2)
        {
            return -LinuxError.Invalid;
        }

        _isReceiveShut |= how is 0 or 2;
        _isSendShut |= how is 1 or 2;
        Wake(0);
        return _endpoint?.RemoteEndPoint is null ? -LinuxError.NotConnected : 0;
    }

    public override long Receive(MemoryPieces memory, int flags, Receipt receipt)
    {
        if ((flags & LinuxMessage.ErrorQueue) != 0)
        {
            return -LinuxError.Again;
        }

        bool mayWait = !IsNonBlocking && (flags & LinuxMessage.DoNotWait) == 0;
        return Host.Call(mayWait, -LinuxError.Again, ReceiveDeadline, () =>
        {
            if (Error != 0)
            {
                return -TakeError();
            }

            if (!_received.TryPeek(out UdpDatagram datagram))
            {
                return _isReceiveShut ? 0 : BlockedCall.Waits;
            }

            return Take(memory, flags, receipt, datagram);
        });
    }

    public override long Send(MemoryPieces memory, int flags, IpEndPoint? destination)
    {
        if (memory.LengthBytes > ushort.MaxValue)
        {
            return -LinuxError.MessageTooLong;
        }

        if ((flags & LinuxMessage.OutOfBand) != 0)
        {
            return -LinuxError.NotSupported;
        }

        return Host.Call(() =>
        {
            if (Error != 0)
            {
                return -TakeError();
            }

            if (_isSendShut)
            {
                return -LinuxError.BrokenPipe;
            }

            if (destination is null && _endpoint?.RemoteEndPoint is null)
            {
                return -LinuxError.DestinationRequired;
            }

            if (memory.IsBad)
            {
                return -LinuxError.BadAddress;
            }

            long result = OpenAnywhere();
            return result < 0 ? result : Transmit(memory, destination);
        });
    }

    public override long Control(ulong request, out int value)
    {
        value = 0;
        switch (request)
        {
            case LinuxRequest.InputQueue:
                value = _received.TryPeek(out UdpDatagram first) ? first.Packet.TotalLength : 0;
                return 0;
            case LinuxRequest.OutputQueue:
                return 0;
            default:
                return -LinuxError.Invalid;
        }
    }

    public override void Close()
    {
        base.Close();
        while (_received.TryDequeue(out UdpDatagram datagram))
        {
            Host.Pool.Return(datagram.Packet);
        }

        _endpoint?.Close();
    }

    protected override int ChoicesChanged()
    {
        if (_endpoint is { } endpoint)
        {
            endpoint.AllowBroadcast = Choices.IsOn(LinuxOption.Broadcast);
            endpoint.TrafficClass = Choices.TypeOfService;
            endpoint.HopLimit = Choices.TimeToLive;
            endpoint.DontFragment = Choices.DoesNotFragment;
        }

        return 0;
    }

    private long OpenAnywhere() => _endpoint is null ? Open(new IpEndPoint(IpAddress.AnyV4, 0)) : 0;

    private long Open(IpEndPoint local)
    {
        _endpoint = Host.Ip.Udp.Bind(local, new UdpOptions { ReuseAddress = ReusesAddress }, out UdpError error);
        if (_endpoint is null)
        {
            return -NumberOf(error);
        }

        _endpoint.User = this;
        Bound = _endpoint.LocalEndPoint;
        return ChoicesChanged();
    }

    private long Transmit(MemoryPieces memory, IpEndPoint? destination)
    {
        if (memory.LengthBytes > GreatestPayloadBytes)
        {
            return -LinuxError.MessageTooLong;
        }

        byte[] bytes = new byte[memory.LengthBytes];
        memory.Read(0, bytes);
        if (Host.Pool.TryLeaseCopy(bytes) is not { } payload)
        {
            return -LinuxError.NoBuffers;
        }

        UdpSendStatus status = destination is { } remote
            ? _endpoint!.Send(payload, remote, Host.Now)
            : _endpoint!.Send(payload, Host.Now);
        switch (status)
        {
            case UdpSendStatus.Sent:
                return bytes.Length;
            case UdpSendStatus.WouldBlock:
                Host.Pool.Return(payload);
                return -LinuxError.Again;
            case UdpSendStatus.MessageTooLong:
                return -LinuxError.MessageTooLong;
            case UdpSendStatus.NoRoute:
                return -LinuxError.NetworkUnreachable;
            case UdpSendStatus.BroadcastRefused:
                return -LinuxError.AccessDenied;
            case UdpSendStatus.InvalidDestination:
                return -LinuxError.Invalid;
            default:
                return -LinuxError.NoBuffers;
        }
    }

    private long Take(MemoryPieces memory, int flags, Receipt receipt, UdpDatagram datagram)
    {
        byte[] bytes = new byte[datagram.Packet.TotalLength];
        datagram.Packet.CopyTo(bytes);
        int part = (int)Math.Min(bytes.Length, memory.LengthBytes);
        if (part > 0 && memory.IsBad)
        {
            return -LinuxError.BadAddress;
        }

        memory.Write(0, bytes.AsSpan(0, part));
        receipt.Source = datagram.Source;
        receipt.IsTruncated = part < bytes.Length;
        if ((flags & LinuxMessage.Peek) == 0)
        {
            _received.Dequeue();
            Host.Pool.Return(datagram.Packet);
        }

        return (flags & LinuxMessage.Truncate) != 0 ? bytes.Length : part;
    }

    private static int NumberOf(UdpError error) => error switch
    {
        UdpError.None => 0,
        UdpError.AddressInUse => LinuxError.AddressInUse,
        UdpError.AddressNotAvailable => LinuxError.AddressNotAvailable,
        UdpError.PortsExhausted => LinuxError.Again,
        UdpError.InvalidDestination => LinuxError.Invalid,
        UdpError.NetworkUnreachable => LinuxError.NetworkUnreachable,
        UdpError.HostUnreachable or UdpError.Prohibited => LinuxError.HostUnreachable,
        UdpError.ConnectionRefused => LinuxError.ConnectionRefused,
        UdpError.MessageTooLong => LinuxError.MessageTooLong,
        _ => LinuxError.ProtocolError,
    };
}
