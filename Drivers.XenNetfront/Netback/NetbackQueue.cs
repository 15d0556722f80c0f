using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>One queue of a netback: the two rings of one frontend's queue, served by the twin's thread.</summary>
internal sealed unsafe partial class NetbackQueue : IDisposable
{
    private const int MaximumWaiting = 1024;

    private readonly NetbackTwin _twin;
    private readonly IGrantTable _grants;
    private readonly IEventChannels _events;
    private readonly NetbackCounters _counters;
    private readonly PacketPool _pool;
    private readonly ushort _domain;
    private readonly BackRing _transmit;
    private readonly BackRing _receive;
    private readonly uint _transmitPort;
    private readonly uint _receivePort;

    private NetbackQueue(NetbackTwin twin, NetbackWiring wiring, BackRing transmit, BackRing receive, uint transmitPort, uint receivePort)
    {
        _twin = twin;
        _grants = wiring.Grants;
        _events = wiring.Events;
        _counters = wiring.Counters;
        _pool = wiring.Pool;
        _domain = wiring.Domain;
        _transmit = transmit;
        _receive = receive;
        _transmitPort = transmitPort;
        _receivePort = receivePort;
        Staging = new StagingTable(wiring, wiring.StagingGrants);
    }

    /// <summary>The frontend's pages that stand mapped.</summary>
    public StagingTable Staging { get; }

    /// <summary>Whether the frontend gave each direction an event channel.</summary>
    public bool IsSplit => _transmitPort != _receivePort;

    internal BackRing TransmitRing => _transmit;

    internal BackRing ReceiveRing => _receive;

    internal uint ReceivePort => _receivePort;

    /// <summary>Maps the rings and binds the event channels that a frontend told.</summary>
    /// <returns>Null where something of it is no good; then nothing is held.</returns>
    public static NetbackQueue? TryConnect(NetbackTwin twin, NetbackWiring wiring, uint transmitRing, uint receiveRing, uint transmitPort, uint receivePort)
    {
        byte* transmit = wiring.Grants.TryMap(wiring.Domain, [transmitRing]);
        byte* receive = wiring.Grants.TryMap(wiring.Domain, [receiveRing]);
        uint? first = wiring.Events.TryBind(wiring.Domain, transmitPort);
        uint? second = receivePort == transmitPort ? first : wiring.Events.TryBind(wiring.Domain, receivePort);
        if (transmit is not null && receive is not null && first is { } transmitBound && second is { } receiveBound)
        {
            BackRing transmitSide = new(transmit, NetifLayout.TransmitSlotBytes, NetifLayout.TransmitSlotCount);
            BackRing receiveSide = new(receive, NetifLayout.ReceiveSlotBytes, NetifLayout.ReceiveSlotCount);
            if (transmitSide.TryCountRequests(out _) && receiveSide.TryCountRequests(out _))
            {
                wiring.Counters.GrantMaps += 2;
                return new NetbackQueue(twin, wiring, transmitSide, receiveSide, transmitBound, receiveBound);
            }
        }

        Release(wiring.Grants, wiring.Events, transmit, receive, first, second);
        return null;
    }

    /// <summary>Asks both rings for events.</summary>
    /// <returns>Whether there is work already.</returns>
    public bool AskForEvents() => _transmit.AskForRequests(1) | (_waitingCount > 0 && _receive.AskForRequests(_waitingSlots));

    public void Dispose()
    {
        DropWaiting();
        Staging.Dispose();
        Release(_grants, _events, _transmit.Page, _receive.Page, _transmitPort, _receivePort);
    }

    private static void Release(IGrantTable grants, IEventChannels events, byte* transmit, byte* receive, uint? first, uint? second)
    {
        if (transmit is not null)
        {
            grants.Unmap(transmit, 1);
        }

        if (receive is not null)
        {
            grants.Unmap(receive, 1);
        }

        if (first is { } port)
        {
            events.Close(port);
        }

        if (second is { } other && other != first)
        {
            events.Close(other);
        }
    }

    private void Notify(uint port)
    {
        _counters.Notifications++;
        _events.Notify(port);
    }
}
