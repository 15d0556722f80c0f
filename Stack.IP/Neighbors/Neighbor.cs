using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.IP;

/// <summary>One neighbour on a link: its link address, how sure that is, and the packets that wait for it.</summary>
internal sealed class Neighbor(NeighborTable table, IpAddress address) : TimerNode, IAged<Neighbor>
{
    private const int InitialQueuePackets = 4;

    private PacketBuffer[] _waiting = [];

    /// <summary>The neighbour's IP address.</summary>
    public IpAddress Address => address;

    /// <summary>The neighbour's link address, where the state is neither incomplete nor forgotten.</summary>
    public MacAddress LinkAddress { get; set; }

    /// <summary>How sure it is.</summary>
    public NeighborState State { get; set; } = NeighborState.Forgotten;

    /// <summary>When it was last known to answer.</summary>
    public Instant LastConfirmed { get; set; } = new(long.MinValue);

    /// <summary>When the present state began.</summary>
    public Instant StateSince { get; set; }

    /// <summary>The solicitations sent in the present state.</summary>
    public int Solicitations { get; set; }

    /// <summary>The packets that wait.</summary>
    public int WaitingPackets { get; private set; }

    internal NeighborList? List { get; set; }

    public Neighbor? Older { get; set; }

    public Neighbor? Newer { get; set; }

    /// <summary>Lets a packet wait. Takes the ownership. Where too many wait the oldest is dropped.</summary>
    /// <remarks>RFC 1122 §2.3.2.2: "save (rather than discard) at least one (the latest) packet".</remarks>
    public void Append(PacketBuffer packet, int maximumPackets)
    {
        while (WaitingPackets >= maximumPackets)
        {
            PacketBuffer oldest = _waiting[0];
            Array.Copy(_waiting, 1, _waiting, 0, WaitingPackets - 1);
            WaitingPackets--;
            oldest.Pool.Drop(oldest, DropReason.NeighborQueueFull);
        }

        if (WaitingPackets == _waiting.Length)
        {
            Array.Resize(ref _waiting, Math.Max(InitialQueuePackets, _waiting.Length * 2));
        }

        _waiting[WaitingPackets++] = packet;
    }

    /// <summary>Takes out all that wait, oldest first.</summary>
    public ReadOnlySpan<PacketBuffer> TakeWaiting()
    {
        PacketBuffer[] waiting = _waiting;
        int count = WaitingPackets;
        _waiting = [];
        WaitingPackets = 0;
        return waiting.AsSpan(0, count);
    }

    /// <summary>A transport gets no answers on a path through this neighbour.</summary>
    public void Doubt(Instant since, Instant now)
    {
        if (LastConfirmed < since)
        {
            table.Doubt(this, now);
        }
    }

    /// <inheritdoc/>
    protected override void TimerExpired(Instant now) => table.TimerExpired(this, now);
}
