using NetStack.Core;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// The grants of a pool's blocks: each block is granted once, before it is first lent, and the backend may use it from then on
/// as long as the device lives. Used by the pool's loop.
/// </summary>
internal sealed unsafe class BlockGrants : IBlockRegistrar
{
    // Rings, keys and lists are granted later, and again at each reconnection.
    private const int ReservedGrants = 64;
    private const int FewestBlocks = 64;
    private const uint None = 0;

    private readonly IGrantTable _table;
    private uint[] _references = [];
    private uint[] _lost = [];
    private byte* _start;
    private int _count;
    private int _users = 1;

    private BlockGrants(IGrantTable table, ushort domain, int life, int shares)
    {
        _table = table;
        MostBlocks = Math.Max(FewestBlocks, (table.Capacity - ReservedGrants) / shares);
        Domain = domain;
        Life = life;
    }

    /// <summary>Called with the references of blocks that were granted as the pool grew.</summary>
    public GrantsGiven? Granted { get; set; }

    /// <summary>Who may use the blocks.</summary>
    public ushort Domain { get; private set; }

    /// <summary>Counts the resumes: a grant of an earlier life is no good.</summary>
    public int Life { get; private set; }

    /// <summary>The most blocks that the platform's grants allow: its share where several loops have pools.</summary>
    public int MostBlocks { get; }

    /// <summary>The reference of a block; zero where it has none that is good.</summary>
    public uint this[int blockIndex] => _references[blockIndex];

    /// <summary>The references of all blocks, by <see cref="PacketBuffer.BlockIndex"/>.</summary>
    public ReadOnlySpan<uint> References => _references.AsSpan(0, _count);

    /// <summary>Has a pool's blocks granted, together with whoever did so before.</summary>
    /// <exception cref="XenException">No grants are left, or another device of the pool has it granted to another domain.</exception>
    public static BlockGrants Attach(PacketPool pool, NetfrontLink link, int shares)
    {
        IGrantTable table = link.Hypervisor.Grants;
        if (pool.Registrar is BlockGrants shared && shared._table == table && shared.Domain == link.BackendDomain)
        {
            shared._users++;
            return shared;
        }

        BlockGrants own = new(table, link.BackendDomain, link.Life, shares);
        if (pool.Registrar is not null)
        {
            throw new XenException(XenError.Exhausted,
                $"{link.Name}: its backend is in another domain than that of another interface of the same stack; give it a stack of its own.");
        }

        if (!pool.TryRegister(own))
        {
            throw new XenException(XenError.Exhausted,
                $"{link.Name}: the platform gives no more grants ({table.InUse} of {table.Capacity} are in use); raise its limit (for Linux: \"echo 65536 > /sys/module/xen_gntalloc/parameters/limit\").");
        }

        return own;
    }

    /// <inheritdoc/>
    public bool TryRegister(int firstIndex, byte* start, int blocks)
    {
        if (_users == 0)
        {
            // The devices are gone, and the pool goes on without them.
            return true;
        }

        int count = firstIndex + blocks;
        if (count > MostBlocks || _table.Capacity - _table.InUse - blocks < ReservedGrants)
        {
            return false;
        }

        if (count > _references.Length)
        {
            int capacity = Math.Max(count, _references.Length * 2);
            Array.Resize(ref _references, capacity);
            Array.Resize(ref _lost, capacity);
        }

        if (!_table.TryGrant(Domain, start, blocks, _references.AsSpan(firstIndex, blocks)))
        {
            return false;
        }

        _start = start - ((nint)firstIndex * PacketBuffer.BlockBytes);
        _count = count;
        Granted?.Invoke(_references.AsSpan(firstIndex, blocks));
        return true;
    }

    /// <summary>Sees to it that a block is granted. The caller has just leased it: what it holds may be lost.</summary>
    /// <returns>False where the platform gives no more grants.</returns>
    public bool TryGrant(PacketBuffer block)
    {
        int index = block.BlockIndex;
        if (_references[index] != None)
        {
            return true;
        }

        byte* page = block.BlockPointer;
        if (_lost[index] != None)
        {
            _table.End(page, _lost.AsSpan(index, 1));
            _lost[index] = None;
        }

        return _table.TryGrant(Domain, page, 1, _references.AsSpan(index, 1));
    }

    /// <summary>
    /// Forgets all grants, which a suspend has lost or which are another domain's, and grants anew the blocks that are free. The
    /// others may be in the hands of an application, which granting could rob of what they hold: they follow as they come home.
    /// </summary>
    public void Renew(PacketPool pool, ushort domain, int life)
    {
        if (life == Life && domain == Domain)
        {
            return;
        }

        Life = life;
        Domain = domain;
        for (int index = 0; index < _count; index++)
        {
            if (_references[index] != None)
            {
                _lost[index] = _references[index];
                _references[index] = None;
            }
        }

        PacketBuffer? leased = null;
        for (int free = _count - pool.OutstandingBlocks; free > 0 && pool.TryLease() is { } block; free--)
        {
            TryGrant(block);
            if (leased is not null)
            {
                block.Append(leased);
            }

            leased = block;
        }

        if (leased is not null)
        {
            pool.Return(leased);
        }
    }

    /// <summary>Ends all grants, when the last device is disposed.</summary>
    public void Detach()
    {
        if (--_users > 0)
        {
            return;
        }

        for (int index = 0; index < _count; index++)
        {
            uint[] references = _references[index] != None ? _references : _lost;
            if (references[index] != None)
            {
                _table.End(_start + ((nint)index * PacketBuffer.BlockBytes), references.AsSpan(index, 1));
            }
        }

        _count = 0;
    }
}
