using System.Diagnostics;
using NetStack.Core;
using NetStack.IP;

namespace NetStack.Tcp;

/// <summary>
/// The connections by both end points: chained buckets under a keyed hash, so that no peer can choose addresses and ports
/// that collide. A look-up costs the same among ten connections and among a million.
/// </summary>
internal sealed class ConnectionTable
{
    private const int InitialBuckets = 64;

    private readonly SipHashKey _key;
    private ControlBlock?[] _buckets = new ControlBlock?[InitialBuckets];

    public ConnectionTable(SipHashKey key) => _key = key;

    /// <summary>The blocks in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Finds a block.</summary>
    public ControlBlock? Find(in IpEndPoint local, in IpEndPoint remote)
    {
        uint hash = HashOf(local, remote);
        ControlBlock? block = _buckets[hash & (uint)(_buckets.Length - 1)];
        while (block is not null && (block.Hash != hash || block.RemoteEndPoint != remote || block.LocalEndPoint != local))
        {
            block = block.NextInBucket;
        }

        return block;
    }

    /// <summary>Adds a block whose end points are not in the table.</summary>
    public void Add(ControlBlock block)
    {
        Debug.Assert(Find(block.LocalEndPoint, block.RemoteEndPoint) is null);
        if (Count == _buckets.Length)
        {
            Grow();
        }

        block.Hash = HashOf(block.LocalEndPoint, block.RemoteEndPoint);
        ref ControlBlock? bucket = ref _buckets[block.Hash & (uint)(_buckets.Length - 1)];
        block.NextInBucket = bucket;
        bucket = block;
        Count++;
    }

    /// <summary>Removes a block that is in the table.</summary>
    public void Remove(ControlBlock block)
    {
        ref ControlBlock? link = ref _buckets[block.Hash & (uint)(_buckets.Length - 1)];
        while (link != block)
        {
            link = ref link!.NextInBucket;
        }

        link = block.NextInBucket;
        block.NextInBucket = null;
        Count--;
    }

    /// <summary>Calls for every block, in no order. The callback must not change the table.</summary>
    public void CopyTo(ICollection<TcpConnection> destination)
    {
        foreach (ControlBlock? bucket in _buckets)
        {
            for (ControlBlock? block = bucket; block is not null; block = block.NextInBucket)
            {
                if (block is TcpConnection connection)
                {
                    destination.Add(connection);
                }
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

    private uint HashOf(in IpEndPoint local, in IpEndPoint remote) => (uint)HashOf(_key, local, remote);

    private void Grow()
    {
        ControlBlock?[] old = _buckets;
        _buckets = new ControlBlock?[old.Length * 2];
        uint mask = (uint)(_buckets.Length - 1);
        foreach (ControlBlock? bucket in old)
        {
            ControlBlock? next = bucket;
            while (next is not null)
            {
                ControlBlock block = next;
                next = block.NextInBucket;
                block.NextInBucket = _buckets[block.Hash & mask];
                _buckets[block.Hash & mask] = block;
            }
        }
    }
}
