using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>ARP on one interface: answers for our addresses, and finds the link addresses of neighbours.</summary>
/// <remarks>RFC 826, RFC 1122 §2.3.2, RFC 5227.</remarks>
internal sealed class ArpTable : INetworkProtocol, INeighborProtocol
{
    /// <summary>RFC 5227 §1.1, DEFEND_INTERVAL.</summary>
    private static readonly Duration DefendInterval = Duration.FromSeconds(10);

    private readonly IpHost _host;
    private readonly IpInterface _interface;
    private readonly PacketPool _pool;
    private readonly Counters _counters;
    private Instant _mayDefend = new(long.MinValue);

    public ArpTable(IpHost host, IpInterface @interface)
    {
        _host = host;
        _interface = @interface;
        _pool = host.Pool;
        _counters = host.Counters;
        Neighbors = new NeighborTable(host, @interface, this);
    }

    /// <summary>The neighbours and their states.</summary>
    public NeighborTable Neighbors { get; }

    public EtherType PacketType => EtherType.IPv4;

    /// <summary>A message has arrived. Takes the ownership.</summary>
    public void Receive(PacketBuffer packet, bool isLinkGroup, Instant now)
    {
        if (!packet.TryPullUp(ArpMessage.LengthBytes) || !ArpMessage.TryParse(packet.Span, out ArpMessage message))
        {
            _pool.Drop(packet, DropReason.ArpMalformed);
            return;
        }

        uint sender = message.Sender;
        MacAddress senderLink = message.SenderLink;
        if (_host.V4.IsLocal(sender))
        {
            ReceiveFromOurAddress(packet, sender, senderLink, now);
            return;
        }

        uint target = message.Target;
        bool isForUs = IsOurs(target);
        bool isRequest = message.Operation == ArpOperation.Request;
        bool isLearned = false;
        if (IsUnicast(sender))
        {
            // RFC 826: an entry is merged whoever the message is for, and made only where we are the target. A reply
            // that nobody asked for makes none.
            isLearned = Neighbors.Learn(
                new IpAddress(sender), senderLink, isAnswer: isForUs && !isRequest, mayCreate: isForUs && isRequest, now);
        }

        if (isForUs && IsSpeaker)
        {
            _counters.Increment(isRequest ? Counter.ArpRequestsReceived : Counter.ArpRepliesReceived);
        }

        if (isForUs && isRequest && IsSpeaker)
        {
            _counters.Increment(Counter.FramesDelivered);
            Reply(packet, sender, senderLink, target, now);
        }
        else if (isLearned)
        {
            _counters.Increment(Counter.FramesDelivered);
            _pool.Return(packet);
        }
        else
        {
            _pool.Drop(packet, DropReason.ArpNotForUs);
        }
    }

    /// <summary>Tells the whole link a new address of ours, now and once more.</summary>
    /// <remarks>RFC 5227 §2.3.</remarks>
    public void Announce(uint address, Instant now)
    {
        if (!IsSpeaker)
        {
            return;
        }

        SendAnnouncement(address, now);
        _host.Timers.Schedule(new ArpAnnouncement(this, address), now + ArpAnnouncement.Interval);
    }

    /// <summary>Tells an address the second time, if it still is ours.</summary>
    public void AnnounceAgain(uint address, Instant now)
    {
        if (IsOurs(address))
        {
            SendAnnouncement(address, now);
        }
    }

    /// <inheritdoc/>
    public void Solicit(Neighbor neighbor, bool isUnicast, Instant now)
    {
        uint target = neighbor.Address.ValueV4;
        MacAddress destination = isUnicast ? neighbor.LinkAddress : MacAddress.Broadcast;
        Send(ArpOperation.Request, SenderFor(target), default, target, destination, now);
    }

    /// <inheritdoc/>
    public void ReportUnreachable(PacketBuffer packet, Instant now) => _host.V4.ReportUnreachable(packet, now);

    /// <summary>Whether this host speaks for the addresses. Of several shards one does; the others learn from what they hear.</summary>
    private bool IsSpeaker => _host.Shard is null or { IsSpeaker: true };

    private static bool IsUnicast(uint address) => (address >> 24) is > 0 and < 224 and not 127;

    /// <summary>Whether the target is an address of this interface: a host answers for no other link.</summary>
    private bool IsOurs(uint target)
    {
        IReadOnlyList<IpPrefix> addresses = _interface.Addresses;
        for (int i = 0; i < addresses.Count; i++)
        {
            if (addresses[i].Address == new IpAddress(target))
            {
                return true;
            }
        }

        return false;
    }

    // A request in which sender and target are the address announced.
    private void SendAnnouncement(uint address, Instant now) =>
        Send(ArpOperation.Request, address, default, address, MacAddress.Broadcast, now);

    private uint SenderFor(uint target)
    {
        uint sender = 0;
        IReadOnlyList<IpPrefix> addresses = _interface.Addresses;
        for (int i = 0; i < addresses.Count; i++)
        {
            IpPrefix prefix = addresses[i];
            if (prefix.Contains(new IpAddress(target)))
            {
                return prefix.Address.ValueV4;
            }

            sender = sender == 0 && prefix.Address.IsIPv4 ? prefix.Address.ValueV4 : sender;
        }

        return sender;
    }

    private void ReceiveFromOurAddress(PacketBuffer packet, uint sender, MacAddress senderLink, Instant now)
    {
        if (senderLink == _interface.Port.Address)
        {
            _pool.Drop(packet, DropReason.ArpNotForUs);
            return;
        }

        // RFC 5227 §2.4 (b): keep the address and say so once, but not again within ten seconds.
        _counters.Increment(Counter.FramesDelivered);
        _pool.Return(packet);
        if (!IsSpeaker)
        {
            return;
        }

        _counters.Increment(Counter.ArpConflicts);
        if (IsOurs(sender) && now >= _mayDefend)
        {
            _mayDefend = now + DefendInterval;
            SendAnnouncement(sender, now);
        }
    }

    // The reply takes the request's place in its buffer.
    private void Reply(PacketBuffer packet, uint sender, MacAddress senderLink, uint target, Instant now)
    {
        packet.Truncate(ArpMessage.LengthBytes);
        ArpMessage.Write(packet.Span, ArpOperation.Reply, _interface.Port.Address, target, senderLink, sender);
        _counters.Increment(Counter.ArpRepliesTransmitted);
        _interface.Port.Transmit(packet, senderLink, EtherType.Arp, now);
    }

    private void Send(
        ArpOperation operation, uint sender, MacAddress targetLink, uint target, MacAddress destination, Instant now)
    {
        if (_pool.TryLease() is not { } packet)
        {
            _counters.CountDrop(DropReason.PoolExhausted);
            return;
        }

        ArpMessage.Write(
            packet.Extend(ArpMessage.LengthBytes), operation, _interface.Port.Address, sender, targetLink, target);
        _counters.Increment(Counter.ArpRequestsTransmitted);
        _interface.Port.Transmit(packet, destination, EtherType.Arp, now);
    }
}
