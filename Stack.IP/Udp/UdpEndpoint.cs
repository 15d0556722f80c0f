using System.Runtime.CompilerServices;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>A bound UDP port: a queue of received datagrams, and the way to send.</summary>
/// <remarks>RFC 768, RFC 1122 §4.1.</remarks>
public sealed class UdpEndpoint
{
    private readonly UdpDemultiplexer _demultiplexer;
    private readonly IpHost _host;
    private readonly UdpReceiveQueue _received;
    private readonly IpEndPoint _bound;
    private IpPath? _path;
    private UdpEvents _events;

    internal UdpEndpoint(UdpDemultiplexer demultiplexer, IpHost host, IpEndPoint bound, UdpOptions options)
    {
        _demultiplexer = demultiplexer;
        _host = host;
        _bound = bound;
        _received = new UdpReceiveQueue(options.ReceiveQueueBytes, options.ReceiveQueueDatagrams);
        LocalEndPoint = bound;
        ReuseAddress = options.ReuseAddress;
        DualMode = options.DualMode;
        AllowBroadcast = options.AllowBroadcast;
        DontFragment = options.DontFragment;
        HopLimit = options.HopLimit;
        TrafficClass = options.TrafficClass;
    }

    /// <summary>The address and port; while connected, the address that datagrams to the peer carry.</summary>
    public IpEndPoint LocalEndPoint { get; private set; }

    /// <summary>The peer, while connected.</summary>
    public IpEndPoint? RemoteEndPoint { get; private set; }

    /// <summary>The latest error that came for what was sent, until it is taken. Connected endpoints only.</summary>
    public UdpError PendingError { get; private set; }

    /// <summary>Whatever the owner keeps with it.</summary>
    public object? User { get; set; }

    /// <summary>Whether <see cref="Close"/> was called.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The datagrams that wait to be taken.</summary>
    public int QueuedDatagrams => _received.Count;

    /// <summary>Whether it may send to broadcast addresses.</summary>
    public bool AllowBroadcast { get; set; }

    /// <summary>Whether a datagram larger than the path is refused instead of fragmented.</summary>
    public bool DontFragment { get; set; }

    /// <summary>The TTL or hop limit of what is sent; 0 for the host's default.</summary>
    public byte HopLimit { get; set; }

    /// <summary>The TOS or traffic class byte of what is sent.</summary>
    public byte TrafficClass { get; set; }

    internal bool ReuseAddress { get; }

    internal bool DualMode { get; }

    /// <summary>Whether it has sent anything yet that an error could be about.</summary>
    internal bool HasSent { get; private set; }

    // Links of the demultiplexer's lists.
    internal UdpEndpoint? PortNext { get; set; }

    internal UdpEndpoint? ActiveNext { get; set; }

    internal bool IsActive { get; set; }

    internal UdpEndpoint? BlockedNext { get; set; }

    /// <summary>The path whose port was full, while the endpoint waits for room.</summary>
    internal IpPath? BlockedPath { get; set; }

    /// <summary>Fixes the peer: only its datagrams are received, and its errors are reported.</summary>
    /// <remarks>RFC 1122 §4.1.3.5, §4.1.3.3.</remarks>
    public UdpError Connect(IpEndPoint remote)
    {
        if (IsClosed || remote.Port == 0 || remote.Address.IsAny)
        {
            return UdpError.InvalidDestination;
        }

        if (_host.FindPath(remote.Address, _bound.Address) is not { } path)
        {
            return UdpError.NetworkUnreachable;
        }

        IpEndPoint local = new(path.Source, _bound.Port);
        if (!_demultiplexer.TryConnect(this, local, remote))
        {
            return UdpError.AddressInUse;
        }

        _path = path;
        return UdpError.None;
    }

    /// <summary>Gives the peer up: datagrams of all are received again.</summary>
    public void Disconnect()
    {
        if (RemoteEndPoint is not null && !IsClosed)
        {
            _demultiplexer.Disconnect(this);
        }
    }

    /// <summary>Takes the oldest datagram that was received.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReceive(out UdpDatagram datagram) => _received.TryTake(out datagram);

    /// <summary>Sends to the connected peer. Takes the ownership of the data, but not where it would block.</summary>
    public UdpSendStatus Send(PacketBuffer payload, Instant now) =>
        RemoteEndPoint is { } remote ? Send(payload, remote, now) : Refuse(payload, UdpSendStatus.InvalidDestination);

    /// <summary>Sends a datagram. Takes the ownership of the data, but not where it would block.</summary>
    /// <param name="payload">The data: a chain of at most 65,507 bytes. Headers go into its headroom, where there is enough.</param>
    /// <param name="destination">Where to; a connected endpoint may send to others too.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <param name="source">The address of ours to send from, such as that which a request came to; otherwise that of the endpoint.</param>
    public UdpSendStatus Send(PacketBuffer payload, in IpEndPoint destination, Instant now, IpAddress? source = null)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return Send(payload, destination, source ?? LocalEndPoint.Address, now);
    }

    /// <summary>Sends a datagram back: to where it came from, and from the address it came to. Takes the ownership of its packet, but not where it would block.</summary>
    /// <param name="datagram">What <see cref="TryReceive"/> gave; its packet may hold other data by now.</param>
    /// <param name="now">The time of the loop's turn.</param>
    public UdpSendStatus Answer(in UdpDatagram datagram, Instant now) =>
        Send(datagram.Packet, datagram.Source, datagram.Destination.Address, now);

    private UdpSendStatus Send(PacketBuffer payload, in IpEndPoint destination, in IpAddress source, Instant now)
    {
        if (IsClosed || destination.Port == 0)
        {
            return Refuse(payload, IsClosed ? UdpSendStatus.Closed : UdpSendStatus.InvalidDestination);
        }

        if (FindPath(destination, source) is not { } path)
        {
            return Refuse(payload, UdpSendStatus.NoRoute);
        }

        if (path.IsBroadcast && !AllowBroadcast)
        {
            return Refuse(payload, UdpSendStatus.BroadcastRefused);
        }

        int lengthBytes = UdpHeader.LengthBytes + (payload.Next is null ? payload.Length : payload.TotalLength);
        if (lengthBytes > Ipv4Header.MaximumTotalLengthBytes - Ipv4Header.MinimumLengthBytes)
        {
            return Refuse(payload, UdpSendStatus.MessageTooLong);
        }

        if (!_host.HasRoom(path))
        {
            _demultiplexer.Block(this, path);
            return UdpSendStatus.WouldBlock;
        }

        PacketBuffer packet = payload;
        if (payload.HeadroomBytes < UdpDemultiplexer.HeadroomBytes)
        {
            if (_host.Pool.TryLease() is not { } head)
            {
                return Refuse(payload, UdpSendStatus.OutOfMemory);
            }

            head.Append(payload);
            packet = head;
        }

        WriteHeader(packet, lengthBytes, path, destination.Port);
        IpSendOptions options = new(TrafficClass, HopLimit, !DontFragment);
        HasSent = true;
        _demultiplexer.CountTransmitted();
        return _host.Transmit(packet, path, IpProtocol.Udp, options, now) switch
        {
            TransmitStatus.TooBig => UdpSendStatus.MessageTooLong,
            TransmitStatus.OutOfMemory => UdpSendStatus.OutOfMemory,
            _ => UdpSendStatus.Sent,
        };
    }

    /// <summary>What happened since it was last asked.</summary>
    public UdpEvents TakeEvents()
    {
        UdpEvents events = _events;
        _events = UdpEvents.None;
        return events;
    }

    /// <summary>Takes the pending error.</summary>
    public UdpError TakeError()
    {
        UdpError error = PendingError;
        PendingError = UdpError.None;
        return error;
    }

    /// <summary>Gives the port back. Datagrams not taken are gone.</summary>
    public void Close()
    {
        if (IsClosed)
        {
            return;
        }

        _demultiplexer.Remove(this);
        IsClosed = true;
        while (_received.TryTake(out UdpDatagram datagram))
        {
            _host.Pool.Return(datagram.Packet);
        }
    }

    /// <summary>A datagram for this endpoint.</summary>
    /// <returns>False where the queue is full; the packet is then still the caller's.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryAppend(PacketBuffer packet, in IpFacts facts, ushort sourcePort, ushort destinationPort)
    {
        if (!_received.TryAppend(packet, facts, sourcePort, destinationPort))
        {
            return false;
        }

        Signal(UdpEvents.Readable);
        return true;
    }

    /// <summary>An error for what was sent to the peer.</summary>
    internal void ErrorReceived(UdpError error)
    {
        PendingError = error;
        Signal(UdpEvents.Error);
    }

    internal void Signal(UdpEvents events)
    {
        _events |= events;
        _demultiplexer.Activate(this);
    }

    internal void SetPeer(IpEndPoint? local, IpEndPoint? remote)
    {
        LocalEndPoint = local ?? _bound;
        RemoteEndPoint = remote;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IpPath? FindPath(in IpEndPoint remote, in IpAddress source) =>
        _path is { IsStale: false } path && path.Destination == remote.Address && (source == path.Source || source.IsAny)
            ? path
            : FindOtherPath(remote.Address, source);

    private IpPath? FindOtherPath(IpAddress destination, IpAddress source)
    {
        // Behind :: an IPv4 destination takes any IPv4 source.
        return _path = _host.FindPath(destination, source.IsAny ? null : source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteHeader(PacketBuffer packet, int lengthBytes, IpPath path, ushort destinationPort)
    {
        ulong pseudo = InternetChecksum.PseudoHeader(
            path.Source.ValueV4, path.Destination.ValueV4, (byte)IpProtocol.Udp, (uint)lengthBytes);
        packet.Gso = GsoType.None;
        packet.Checksum = ChecksumState.None;
        ushort localPort = _bound.Port;
        ushort checksum;
        if ((path.Offloads & DeviceOffloads.TransmitChecksumV4) != 0 && lengthBytes + Ipv4Header.MinimumLengthBytes <= path.MtuBytes)
        {
            packet.Checksum = ChecksumState.ToBeFilled;
            packet.ChecksumStart = (ushort)(packet.Start - UdpHeader.LengthBytes);
            packet.ChecksumOffset = UdpHeader.ChecksumOffset;
            checksum = InternetChecksum.Fold(pseudo);
        }
        else
        {
            // RFC 768: "If the computed checksum is zero, it is transmitted as all ones."
            ulong ports = InternetChecksum.FromNetworkOrder((ulong)localPort + destinationPort + (uint)lengthBytes);
            checksum = InternetChecksum.Complete(PacketChain.Sum(packet, InternetChecksum.Add(pseudo, ports)));
            checksum = checksum == 0 ? ushort.MaxValue : checksum;
        }

        UdpHeader.Write(packet.Prepend(UdpHeader.LengthBytes), localPort, destinationPort, lengthBytes, checksum);
    }

    private UdpSendStatus Refuse(PacketBuffer payload, UdpSendStatus status)
    {
        _host.Pool.Return(payload);
        return status;
    }
}
