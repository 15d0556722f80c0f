using System.Runtime.CompilerServices;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>The datagrams an endpoint's owner has not taken yet: a ring that grows up to its limit.</summary>
internal sealed class UdpReceiveQueue(int maximumBytes, int maximumDatagrams)
{
    private const int InitialDatagrams = 8;

    private Slot[] _slots = [];
    private int _first;
    private int _bytes;

    /// <summary>The datagrams that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Appends a datagram, if its blocks fit the limits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(PacketBuffer packet, in IpFacts facts, ushort sourcePort, ushort destinationPort)
    {
        int bytes = PacketChain.HeldBytes(packet);
        if (Count >= maximumDatagrams || bytes > maximumBytes - _bytes)
        {
            return false;
        }

        if (Count == _slots.Length)
        {
            Grow();
        }

        ref Slot slot = ref _slots[(_first + Count) & (_slots.Length - 1)];
        slot.Packet = packet;
        slot.Source = facts.Source;
        slot.Destination = facts.Destination;
        slot.TrafficClass = facts.TrafficClass;
        slot.HopLimit = facts.HopLimit;
        if (slot.Interface != facts.Interface)
        {
            // It seldom changes, and to write a reference costs more than to look.
            slot.Interface = facts.Interface;
        }

        slot.SourcePort = sourcePort;
        slot.DestinationPort = destinationPort;
        _bytes += bytes;
        Count++;
        return true;
    }

    /// <summary>Takes the oldest datagram.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(out UdpDatagram datagram)
    {
        if (Count == 0)
        {
            datagram = default;
            return false;
        }

        ref Slot slot = ref _slots[_first];
        PacketBuffer packet = slot.Packet!;
        datagram = new UdpDatagram(
            packet, new IpEndPoint(slot.Source, slot.SourcePort), new IpEndPoint(slot.Destination, slot.DestinationPort),
            slot.Interface!, slot.TrafficClass, slot.HopLimit);
        slot.Packet = null;
        _bytes -= PacketChain.HeldBytes(packet);
        Count--;

        // An empty ring starts anew: of each of many endpoints with a datagram now and then one slot stays in the cache, not all.
        _first = Count == 0 ? 0 : (_first + 1) & (_slots.Length - 1);
        return true;
    }

    private void Grow()
    {
        Slot[] larger = new Slot[Math.Max(InitialDatagrams, _slots.Length * 2)];
        for (int i = 0; i < Count; i++)
        {
            larger[i] = _slots[(_first + i) & (_slots.Length - 1)];
        }

        _slots = larger;
        _first = 0;
    }

    // Written and read in its place: of what a datagram needs nothing is copied more often than must be.
    private struct Slot
    {
        public PacketBuffer? Packet;
        public IpInterface? Interface;
        public IpAddress Source;
        public IpAddress Destination;
        public byte TrafficClass;
        public byte HopLimit;
        public ushort SourcePort;
        public ushort DestinationPort;
    }
}
