using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// Frames from the backend, which puts them into granted blocks that wait on the ring: the block of a response is the frame's, or
/// is chained to it where a frame takes several.
/// </summary>
/// <remarks>
/// Xen's <c>public/io/netif.h</c>, "Guest receive" and "Extra Info". An extra slot overlays a response and its identifier: a
/// response stands in the slot of its request.
/// </remarks>
internal sealed unsafe partial class ReceiveQueue
{
    private const int FewestPosted = 32;

    private readonly FrontRing _ring;
    private readonly BlockGrants _grants;
    private readonly PacketPool _pool;
    private readonly bool _asksForRoom;
    private readonly int _most;
    private readonly PacketBuffer?[] _posted = new PacketBuffer?[NetifLayout.ReceiveSlotCount];

    /// <summary>Begins with an empty ring.</summary>
    /// <param name="page">The ring's page.</param>
    /// <param name="grants">The grants of the pool's blocks.</param>
    /// <param name="pool">The loop's pool.</param>
    /// <param name="asksForRoom">Whether the backend may leave room before the data.</param>
    public ReceiveQueue(byte* page, BlockGrants grants, PacketPool pool, bool asksForRoom)
    {
        _ring = new FrontRing(page, NetifLayout.ReceiveSlotBytes, NetifLayout.ReceiveSlotCount);
        _grants = grants;
        _pool = pool;
        _asksForRoom = asksForRoom;
        _most = Math.Min(pool.MaximumBlocks, grants.MostBlocks);
    }

    /// <summary>The blocks that wait for frames.</summary>
    public int PostedBlocks => _ring.OutstandingRequests;

    /// <summary>Takes frames.</summary>
    /// <param name="burst">Filled from its start.</param>
    /// <param name="fault">What the backend did wrong.</param>
    /// <returns>How many. Fewer than the burst has room for means that there are no more, and that more raise an event.</returns>
    public int Receive(Span<PacketBuffer> burst, out NetfrontFault fault)
    {
        int count = 0;
        fault = NetfrontFault.None;
        do
        {
            if (!_ring.TryCountResponses(out int responses))
            {
                fault = NetfrontFault.ResponsesBeyondRequests;
                return count;
            }

            for (; responses > 0 && count < burst.Length; responses--)
            {
                int slot = _ring.NextResponseSlot;
                PacketBuffer block = _posted[slot]!;
                _posted[slot] = null;
                ulong response = Volatile.Read(ref *(ulong*)_ring.TakeResponse());
                fault = Take(response, slot, block);
                if (fault != NetfrontFault.None)
                {
                    return count;
                }

                if (!_isUnfinished && FinishFrame() is { } frame)
                {
                    burst[count++] = frame;
                }
            }
        }
        while (count < burst.Length && _ring.AskForResponses(1));

        return count;
    }

    /// <summary>Puts free blocks on the ring, and shows them.</summary>
    /// <returns>Whether the backend is to be notified.</returns>
    public bool Refill()
    {
        // Others need what is left more than frames that may never come.
        int spare = _most - (_most / 16) - _pool.OutstandingBlocks;
        int wanted = Math.Clamp(_most / 4, FewestPosted, NetifLayout.ReceiveSlotCount) - _ring.OutstandingRequests;
        for (int left = Math.Min(wanted, spare); left > 0; left--)
        {
            if (_pool.TryLease(0) is not { } block)
            {
                break;
            }

            if (!_grants.TryGrant(block))
            {
                _pool.Return(block);
                break;
            }

            int slot = _ring.NextRequestSlot;
            _posted[slot] = block;
            byte* request = _ring.PutRequest();
            *(uint*)(request + NetifLayout.ReceiveId) = (uint)slot;
            *(uint*)(request + NetifLayout.ReceiveReference) = _grants[block.BlockIndex];
        }

        return _ring.Push();
    }

    /// <summary>Returns all blocks: the backend uses them no more.</summary>
    public void Abandon()
    {
        for (int slot = 0; slot < _posted.Length; slot++)
        {
            if (_posted[slot] is { } block)
            {
                _posted[slot] = null;
                _pool.Return(block);
            }
        }

        if (_head is { } head)
        {
            _head = null;
            _pool.Return(head);
        }
    }
}
