using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>The neighbours of one interface and their states, whichever protocol finds them.</summary>
/// <remarks>RFC 4861 §7.3; for IPv4 it is the "unicast poll" of RFC 1122 §2.3.2.1.</remarks>
internal sealed class NeighborTable(IpHost host, IpInterface @interface, INeighborProtocol protocol)
{
    /// <summary>RFC 4861 §10, MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT.</summary>
    internal const int MaximumSolicitations = 3;

    /// <summary>The part of the pool that packets which wait for a neighbour leave alone.</summary>
    private const int ReserveDivisor = 16;

    /// <summary>RFC 4861 §10, RETRANS_TIMER. RFC 1122 §2.3.2.1: at most one ARP request a second for each destination.</summary>
    internal static readonly Duration SolicitationInterval = Duration.FromSeconds(1);

    /// <summary>RFC 4861 §10, REACHABLE_TIME.</summary>
    internal static readonly Duration ReachableTime = Duration.FromSeconds(30);

    /// <summary>RFC 4861 §10, DELAY_FIRST_PROBE_TIME.</summary>
    internal static readonly Duration DelayTime = Duration.FromSeconds(5);

    /// <summary>How long an entry that nobody uses is kept.</summary>
    internal static readonly Duration StaleTime = Duration.FromSeconds(600);

    private readonly Dictionary<IpAddress, Neighbor> _neighbors = [];
    private readonly NeighborList _stale = new();
    private readonly NeighborList _inUse = new();
    private int _waitingPackets;

    /// <summary>The neighbours in the table.</summary>
    public int Count => _neighbors.Count;

    /// <summary>Looks an entry up.</summary>
    public Neighbor? Find(IpAddress address) => _neighbors.GetValueOrDefault(address);

    /// <summary>Sends a packet to the next hop of its path, or lets it wait for the link address. Takes the ownership.</summary>
    public TransmitStatus Transmit(PacketBuffer packet, IpPath path, Instant now)
    {
        if (path.Neighbor is not { } neighbor || neighbor.State == NeighborState.Forgotten)
        {
            neighbor = Find(path.NextHop) ?? Create(path.NextHop);
            path.Neighbor = neighbor;
        }

        switch (neighbor.State)
        {
            case NeighborState.Forgotten:
                _neighbors.Add(neighbor.Address, neighbor);
                Wait(neighbor, packet);
                Enter(neighbor, NeighborState.Incomplete, now);
                return TransmitStatus.WaitsForNeighbor;
            case NeighborState.Incomplete:
                Wait(neighbor, packet);
                return TransmitStatus.WaitsForNeighbor;
            case NeighborState.Stale:
                Enter(neighbor, NeighborState.Delay, now);
                break;
        }

        return Send(packet, neighbor, now);
    }

    /// <summary>A neighbour told its link address.</summary>
    /// <param name="address">Its IP address.</param>
    /// <param name="linkAddress">Its link address.</param>
    /// <param name="isAnswer">Whether it answered our question, which proves that it hears us.</param>
    /// <param name="mayCreate">Whether an unknown neighbour is remembered.</param>
    /// <param name="now">The time of the loop's turn.</param>
    /// <returns>False where the neighbour is unknown and stays so.</returns>
    public bool Learn(IpAddress address, MacAddress linkAddress, bool isAnswer, bool mayCreate, Instant now)
    {
        Neighbor? neighbor = Find(address);
        if (neighbor is null)
        {
            if (!mayCreate)
            {
                return false;
            }

            neighbor = Create(address);
            _neighbors.Add(address, neighbor);
        }

        bool isChanged = neighbor.LinkAddress != linkAddress;
        bool wasWaiting = neighbor.State == NeighborState.Incomplete;
        neighbor.LinkAddress = linkAddress;
        if (isAnswer)
        {
            neighbor.LastConfirmed = now;
            Enter(neighbor, NeighborState.Reachable, now);
        }
        else if (isChanged || neighbor.State is NeighborState.Forgotten or NeighborState.Incomplete)
        {
            Enter(neighbor, NeighborState.Stale, now);
        }

        if (wasWaiting)
        {
            SendWaiting(neighbor, now);
        }

        return true;
    }

    /// <summary>Asks a neighbour at once whether it is still there.</summary>
    public void Doubt(Neighbor neighbor, Instant now)
    {
        if (neighbor.State is NeighborState.Reachable or NeighborState.Stale or NeighborState.Delay)
        {
            Enter(neighbor, NeighborState.Probe, now);
        }
    }

    /// <summary>The time of a neighbour's present state is up.</summary>
    public void TimerExpired(Neighbor neighbor, Instant now)
    {
        bool isConfirmed = neighbor.LastConfirmed >= neighbor.StateSince;
        switch (neighbor.State)
        {
            case NeighborState.Incomplete or NeighborState.Probe when neighbor.Solicitations >= MaximumSolicitations && !isConfirmed:
                Fail(neighbor, now);
                break;
            case NeighborState.Incomplete:
                Solicit(neighbor, now);
                break;
            case NeighborState.Reachable when neighbor.LastConfirmed + ReachableTime > now:
                host.Timers.Schedule(neighbor, neighbor.LastConfirmed + ReachableTime);
                break;
            case NeighborState.Reachable:
                Enter(neighbor, NeighborState.Stale, now);
                break;
            case NeighborState.Delay or NeighborState.Probe when isConfirmed:
                Enter(neighbor, NeighborState.Reachable, now);
                break;
            case NeighborState.Delay:
                Enter(neighbor, NeighborState.Probe, now);
                break;
            case NeighborState.Probe:
                Solicit(neighbor, now);
                break;
            default:
                Remove(neighbor);
                break;
        }
    }

    /// <summary>Forgets all neighbours, and gives up the packets that wait for them.</summary>
    public void Clear()
    {
        while ((_stale.Oldest ?? _inUse.Oldest) is { } oldest)
        {
            Forget(oldest, DropReason.HostClosed);
        }
    }

    private Neighbor Create(IpAddress address)
    {
        while (_neighbors.Count >= host.Options.MaximumNeighbors && (_stale.Oldest ?? _inUse.Oldest) is { } oldest)
        {
            Forget(oldest, DropReason.NeighborQueueFull);
        }

        return new Neighbor(this, address);
    }

    private void Forget(Neighbor neighbor, DropReason reason)
    {
        Remove(neighbor);
        foreach (PacketBuffer packet in TakeWaiting(neighbor))
        {
            host.Pool.Drop(packet, reason);
        }
    }

    private void Enter(Neighbor neighbor, NeighborState state, Instant now)
    {
        neighbor.State = state;
        neighbor.StateSince = now;
        neighbor.Solicitations = 0;
        (state == NeighborState.Stale ? _stale : _inUse).Append(neighbor);
        switch (state)
        {
            case NeighborState.Incomplete or NeighborState.Probe:
                Solicit(neighbor, now);
                break;
            case NeighborState.Reachable:
                host.Timers.Schedule(neighbor, neighbor.LastConfirmed + ReachableTime);
                break;
            case NeighborState.Delay:
                host.Timers.Schedule(neighbor, now + DelayTime);
                break;
            default:
                host.Timers.Schedule(neighbor, now + StaleTime);
                break;
        }
    }

    private void Solicit(Neighbor neighbor, Instant now)
    {
        neighbor.Solicitations++;
        host.Timers.Schedule(neighbor, now + SolicitationInterval);
        protocol.Solicit(neighbor, isUnicast: neighbor.State == NeighborState.Probe, now);
    }

    private void Wait(Neighbor neighbor, PacketBuffer packet)
    {
        int maximum = _waitingPackets >= host.Options.MaximumWaitingPackets ? 1 : host.Options.NeighborQueuePackets;
        if (packet.Pool.AvailableBlocks <= packet.Pool.MaximumBlocks / ReserveDivisor)
        {
            // The answer they wait for needs a block, too: the latest takes the place of the oldest.
            maximum = Math.Clamp(neighbor.WaitingPackets, 1, maximum);
        }

        _waitingPackets -= neighbor.WaitingPackets;
        neighbor.Append(packet, maximum);
        _waitingPackets += neighbor.WaitingPackets;
    }

    private ReadOnlySpan<PacketBuffer> TakeWaiting(Neighbor neighbor)
    {
        _waitingPackets -= neighbor.WaitingPackets;
        return neighbor.TakeWaiting();
    }

    private void SendWaiting(Neighbor neighbor, Instant now)
    {
        foreach (PacketBuffer packet in TakeWaiting(neighbor))
        {
            if (neighbor.State == NeighborState.Stale)
            {
                Enter(neighbor, NeighborState.Delay, now);
            }

            Send(packet, neighbor, now);
        }
    }

    private TransmitStatus Send(PacketBuffer packet, Neighbor neighbor, Instant now) =>
        @interface.Port.Transmit(packet, neighbor.LinkAddress, protocol.PacketType, now)
            ? TransmitStatus.Sent
            : TransmitStatus.NoRoom;

    private void Fail(Neighbor neighbor, Instant now)
    {
        // Out of the table first: a transport that sends again from within the report starts a new search.
        Remove(neighbor);
        foreach (PacketBuffer packet in TakeWaiting(neighbor))
        {
            protocol.ReportUnreachable(packet, now);
        }
    }

    private void Remove(Neighbor neighbor)
    {
        host.Timers.Cancel(neighbor);
        neighbor.List?.Remove(neighbor);
        neighbor.State = NeighborState.Forgotten;
        _neighbors.Remove(neighbor.Address);
    }
}
