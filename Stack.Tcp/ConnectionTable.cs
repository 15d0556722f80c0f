using System.Diagnostics;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>
/// The connections by both end points, under a keyed hash, so that no peer can choose addresses and ports that collide.
/// The hashes stand in the table: a look-up passes others by without touching them, and a million connections cost it
/// one line of cache more than ten do.
/// </summary>
/// <remarks>Linear probing; what is removed is closed up, so that the table never holds traces of connections that are gone.</remarks>
internal sealed class ConnectionTable
{
    private const int InitialSlots = 64;

    private readonly SipHashKey _key;
    private Slot[] _slots = new Slot[InitialSlots];

    public ConnectionTable(SipHashKey key) => _key = key;

    /// <summary>The blocks in the table.</summary>
    public int Count { get; private set; }

    private int Mask => _slots.Length - 1;

    /// <summary>Finds a block.</summary>
    public ControlBlock? Find(in IpEndPoint local, in IpEndPoint remote) => Find(HashOf(local, remote), local, remote);

    /// <summary>Finds a block.</summary>
    /// <param name="hash">What <see cref="HashOf(in IpEndPoint, in IpEndPoint)"/> gave.</param>
    /// <param name="local">Our end.</param>
    /// <param name="remote">The peer's.</param>
    public ControlBlock? Find(uint hash, in IpEndPoint local, in IpEndPoint remote)
    {
        Slot[] slots = _slots;
        for (int index = (int)hash & (slots.Length - 1); ; index = (index + 1) & (slots.Length - 1))
        {
            ref readonly Slot slot = ref slots[index];
            if (slot.Block is not { } block)
            {
                return null;
            }

            if (slot.Hash == hash && block.RemoteEndPoint == remote && block.LocalEndPoint == local)
            {
                return block;
            }
        }
    }

    /// <summary>Fetches the slot into the cache at which a look-up of this hash will begin.</summary>
    public void ExpectSlot(uint hash) => CacheLines.Fetch(ref _slots[(int)hash & Mask]);

    /// <summary>Fetches the block into the cache that a look-up of this hash will most likely find.</summary>
    public void ExpectBlock(uint hash)
    {
        Slot[] slots = _slots;
        for (int index = (int)hash & (slots.Length - 1); slots[index].Block is { } block; index = (index + 1) & (slots.Length - 1))
        {
            if (slots[index].Hash == hash)
            {
                CacheLines.Fetch(block, TcpConnection.SizeBytes);
                return;
            }
        }
    }

    /// <summary>Adds a block whose end points are not in the table.</summary>
    public void Add(ControlBlock block)
    {
        uint hash = HashOf(block.LocalEndPoint, block.RemoteEndPoint);
        Debug.Assert(Find(hash, block.LocalEndPoint, block.RemoteEndPoint) is null);

        // Five eighths: beyond it, the ways past other connections grow long.
        if ((Count + 1) * 8L > _slots.Length * 5L)
        {
            Grow();
        }

        Put(new Slot { Block = block, Hash = hash });
        Count++;
    }

    /// <summary>Removes a block that is in the table.</summary>
    public void Remove(ControlBlock block)
    {
        int free = (int)HashOf(block.LocalEndPoint, block.RemoteEndPoint) & Mask;
        while (_slots[free].Block != block)
        {
            Debug.Assert(_slots[free].Block is not null);
            free = (free + 1) & Mask;
        }

        // Whoever was pushed past the free slot moves up, so that no way to a block has a gap.
        for (int index = (free + 1) & Mask; _slots[index].Block is not null; index = (index + 1) & Mask)
        {
            int pushed = (index - (int)_slots[index].Hash) & Mask;
            if (pushed >= ((index - free) & Mask))
            {
                _slots[free] = _slots[index];
                free = index;
            }
        }

        _slots[free] = default;
        Count--;
    }

    /// <summary>Copies the connections, in no order.</summary>
    public void CopyTo(ICollection<TcpConnection> destination)
    {
        foreach (Slot slot in _slots)
        {
            if (slot.Block is TcpConnection connection)
            {
                destination.Add(connection);
            }
        }
    }

    /// <summary>The keyed hash of a pair of end points and a label: for the table, initial sequence numbers and clocks.</summary>
    public static ulong HashOf(in SipHashKey key, in IpEndPoint local, in IpEndPoint remote)
    {
        ulong ports = (ulong)local.Port << 16 | remote.Port;
        return local.Address.IsIPv4
            ? SipHash.Hash(key, (ulong)local.Address.ValueV4 << 32 | remote.Address.ValueV4, ports)
            : SipHash.Hash(
                key, local.Address.High, local.Address.Low, remote.Address.High, remote.Address.Low, ports);
    }

    /// <summary>The hash that a pair of end points stands under.</summary>
    public uint HashOf(in IpEndPoint local, in IpEndPoint remote) => (uint)HashOf(_key, local, remote);

    private void Put(in Slot slot)
    {
        int index = (int)slot.Hash & Mask;
        while (_slots[index].Block is not null)
        {
            index = (index + 1) & Mask;
        }

        _slots[index] = slot;
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[old.Length * 2];
        foreach (ref readonly Slot slot in old.AsSpan())
        {
            if (slot.Block is not null)
            {
                Put(slot);
            }
        }
    }

    private struct Slot
    {
        public ControlBlock? Block;
        public uint Hash;
    }
}
