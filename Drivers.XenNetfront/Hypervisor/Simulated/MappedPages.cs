using System.Runtime.InteropServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>
/// How often each page of the machine is mapped by a domain that does not own it. Pages that their owner frees meanwhile are kept
/// until the last of them is unmapped: what Xen's reference counts do.
/// </summary>
internal sealed unsafe class MappedPages
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nint, int> _counts = [];
    private readonly List<(nint Start, int Pages)> _freed = [];

    public void Add(byte* page)
    {
        lock (_gate)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (nint)page, out _)++;
        }
    }

    public void Remove(byte* page)
    {
        lock (_gate)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, (nint)page);
            if (--count > 0)
            {
                return;
            }

            _counts.Remove((nint)page);
            for (int i = _freed.Count - 1; i >= 0; i--)
            {
                if (!IsMapped(_freed[i].Start, _freed[i].Pages))
                {
                    NativeMemory.AlignedFree((void*)_freed[i].Start);
                    _freed.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Frees pages now, or when nobody has them mapped any more.</summary>
    public void Free(byte* start, int pages)
    {
        lock (_gate)
        {
            if (IsMapped((nint)start, pages))
            {
                _freed.Add(((nint)start, pages));
                return;
            }
        }

        NativeMemory.AlignedFree(start);
    }

    private bool IsMapped(nint start, int pages)
    {
        for (int page = 0; page < pages; page++)
        {
            if (_counts.ContainsKey(start + (page * SimulatedGrantTable.PageBytes)))
            {
                return true;
            }
        }

        return false;
    }
}
