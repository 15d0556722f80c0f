using System.Numerics;
using NetStack.Core;

namespace NetStack.IP;

/// <summary>The packets that the host sends to itself, until the next turn.</summary>
internal sealed class LoopbackQueue
{
    private readonly PacketPool _pool;
    private readonly PacketBuffer?[] _packets;
    private readonly int _mask;
    private int _head;
    private int _tail;

    public LoopbackQueue(PacketPool pool, int capacityPackets)
    {
        _pool = pool;
        _packets = new PacketBuffer?[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacityPackets, 2))];
        _mask = _packets.Length - 1;
    }

    /// <summary>The packets that wait.</summary>
    public int Count => _tail - _head;

    /// <summary>Whether none waits.</summary>
    public bool IsEmpty => _tail == _head;

    /// <summary>Whether no more fits.</summary>
    public bool IsFull => Count > _mask;

    /// <summary>Appends a packet, from its IP header on.</summary>
    public TransmitStatus Transmit(PacketBuffer packet)
    {
        if (IsFull)
        {
            _pool.Drop(packet, DropReason.LoopbackQueueFull);
            return TransmitStatus.NoRoom;
        }

        _packets[_tail++ & _mask] = packet;
        return TransmitStatus.Sent;
    }

    /// <summary>Takes the oldest packet out. There must be one.</summary>
    public PacketBuffer Receive()
    {
        int slot = _head++ & _mask;
        PacketBuffer packet = _packets[slot]!;
        _packets[slot] = null;
        return packet;
    }
}
