using System.Runtime.CompilerServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The pages of a frontend's queue that stand mapped, by grant reference, so that frames pass by plain copies.</summary>
/// <remarks>Xen's <c>public/io/netif.h</c>, <c>XEN_NETIF_CTRL_TYPE_ADD_GREF_MAPPING</c>.</remarks>
internal sealed unsafe class StagingTable(NetbackWiring wiring, int capacity) : IDisposable
{
    // References are numbers of grant table entries: few. A frontend that tells larger ones is refused.
    private const uint LargestReference = 1 << 20;

    private nint[] _pages = [];
    private int _count;

    public int Capacity => capacity;

    /// <summary>The page of a reference; null where it does not stand mapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Find(uint reference)
    {
        nint[] pages = _pages;
        return reference < (uint)pages.Length ? (byte*)pages[reference] : null;
    }

    /// <summary>Maps the references of a list: all or none.</summary>
    public bool TryAdd(ReadOnlySpan<uint> references)
    {
        if (_count + references.Length > capacity)
        {
            return false;
        }

        int added = 0;
        foreach (uint reference in references)
        {
            if (!TryAddOne(reference))
            {
                break;
            }

            added++;
        }

        if (added < references.Length)
        {
            foreach (uint reference in references[..added])
            {
                TryRemove(reference);
            }

            return false;
        }

        return true;
    }

    public bool TryRemove(uint reference)
    {
        byte* page = Find(reference);
        if (page is null)
        {
            return false;
        }

        wiring.Grants.Unmap(page, 1);
        _pages[reference] = 0;
        _count--;
        return true;
    }

    public void Dispose()
    {
        for (uint reference = 0; reference < _pages.Length && _count > 0; reference++)
        {
            TryRemove(reference);
        }
    }

    private bool TryAddOne(uint reference)
    {
        if (reference >= LargestReference || Find(reference) is not null)
        {
            return false;
        }

        byte* page = wiring.Grants.TryMap(wiring.Domain, [reference]);
        if (page is null)
        {
            return false;
        }

        if (reference >= _pages.Length)
        {
            Array.Resize(ref _pages, (int)System.Numerics.BitOperations.RoundUpToPowerOf2(reference + 1));
        }

        _pages[reference] = (nint)page;
        _count++;
        wiring.Counters.GrantMaps++;
        return true;
    }
}
