using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The grant table of one simulated domain, and its operations on those of others.</summary>
internal sealed unsafe class SimulatedGrantTable(SimulatedXen xen, SimulatedHypervisor owner) : IGrantTable
{
    public const int PageBytes = 4096;

    // Xen keeps the first references to itself: GNTTAB_NR_RESERVED_ENTRIES.
    private const int FirstReference = 8;
    private const byte Scribble = 0xA5;

    private readonly Lock _gate = new();
    private readonly Stack<uint> _free = new();
    private readonly List<MappedRun> _mappings = [];
    private GrantEntry[] _entries = new GrantEntry[64];
    private int _next = FirstReference;
    private ushort _life;
    private int _inUse;
    private int _pagesAllocated;
    private int _pagesMapped;
    private long _copiesAsked;
    private long _mapsAsked;

    public int InUse => Volatile.Read(ref _inUse);

    public int Capacity => xen.MaximumGrants;

    public long CopiesAsked => Volatile.Read(ref _copiesAsked);

    public long MapsAsked => Volatile.Read(ref _mapsAsked);

    public int PagesAllocated => Volatile.Read(ref _pagesAllocated);

    public int PagesMapped => Volatile.Read(ref _pagesMapped);

    public byte* AllocatePages(int pages)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        byte* start = (byte*)NativeMemory.AlignedAlloc((nuint)pages * PageBytes, PageBytes);
        new Span<byte>(start, pages * PageBytes).Clear();
        Interlocked.Add(ref _pagesAllocated, pages);
        return start;
    }

    public void FreePages(byte* start, int pages)
    {
        xen.Mapped.Free(start, pages);
        Interlocked.Add(ref _pagesAllocated, -pages);
    }

    public bool TryGrant(ushort domain, byte* start, int pages, Span<uint> references)
    {
        CheckAligned(start);
        lock (_gate)
        {
            if (_inUse + pages > Capacity)
            {
                return false;
            }

            for (int page = 0; page < pages; page++)
            {
                uint reference = TakeReference();
                _entries[reference] = new GrantEntry { Page = start + (page * PageBytes), Domain = domain, Life = _life };
                references[page] = reference;
            }

            _inUse += pages;
        }

        ScribbleOver(start, pages);
        return true;
    }

    public void End(byte* start, ReadOnlySpan<uint> references)
    {
        lock (_gate)
        {
            for (int page = 0; page < references.Length; page++)
            {
                uint reference = references[page];
                if (reference >= _entries.Length || _entries[reference].Page != start + (page * PageBytes))
                {
                    // Given before a suspend: the table that had it is gone.
                    continue;
                }

                ref GrantEntry entry = ref _entries[reference];
                entry.Page = null;
                _inUse--;
                if (entry.Maps == 0)
                {
                    _free.Push(reference);
                }
            }
        }

        ScribbleOver(start, references.Length);
    }

    public byte* TryMap(ushort domain, ReadOnlySpan<uint> references)
    {
        if (references.IsEmpty || xen.Find(domain) is not { } other)
        {
            return null;
        }

        byte* start = other.Table.Lend(owner.Domain, references, out ushort life);
        if (start is not null)
        {
            lock (_gate)
            {
                _mappings.Add(new MappedRun((nint)start, other.Table, life, references.ToArray()));
                _mapsAsked += references.Length;
                _pagesMapped += references.Length;
            }
        }

        return start;
    }

    public void Unmap(byte* start, int pages)
    {
        MappedRun run;
        lock (_gate)
        {
            int index = _mappings.FindLastIndex(mapping => mapping.Start == (nint)start && mapping.References.Length == pages);
            if (index < 0)
            {
                throw new ArgumentException($"{pages} pages are not mapped there.", nameof(start));
            }

            run = _mappings[index];
            _mappings.RemoveAt(index);
            _pagesMapped -= pages;
        }

        run.Owner.TakeBack(run);
    }

    public void Copy(Span<GrantCopy> operations)
    {
        Interlocked.Add(ref _copiesAsked, operations.Length);
        while (!operations.IsEmpty)
        {
            ushort domain = operations[0].Domain;
            int run = 1;
            while (run < operations.Length && operations[run].Domain == domain)
            {
                run++;
            }

            if (xen.Find(domain) is { } other)
            {
                other.Table.CopyAs(owner.Domain, operations[..run]);
            }
            else
            {
                foreach (ref GrantCopy operation in operations[..run])
                {
                    operation.Status = GrantStatus.BadDomain;
                }
            }

            operations = operations[run..];
        }
    }

    /// <summary>Drops every grant: the table of a domain that was suspended is empty.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            Array.Clear(_entries);
            _free.Clear();
            _next = FirstReference;
            _inUse = 0;
            _life++;
        }
    }

    private void CopyAs(ushort caller, Span<GrantCopy> operations)
    {
        // Held over the copies, so that a page is not freed below them.
        lock (_gate)
        {
            GrantEntry[] entries = _entries;
            foreach (ref GrantCopy operation in operations)
            {
                if (operation.Reference >= (uint)entries.Length)
                {
                    operation.Status = GrantStatus.BadReference;
                    continue;
                }

                ref GrantEntry entry = ref entries[operation.Reference];
                uint length = operation.LengthBytes;
                if (entry.Page is null || entry.Domain != caller)
                {
                    operation.Status = GrantStatus.GeneralError;
                }
                else if (operation.OffsetBytes + length > PageBytes || ((nuint)operation.Local & (PageBytes - 1)) + length > PageBytes)
                {
                    operation.Status = GrantStatus.BadCopyArgument;
                }
                else
                {
                    byte* there = entry.Page + operation.OffsetBytes;
                    byte* from = operation.IsToOther ? operation.Local : there;
                    Unsafe.CopyBlockUnaligned(operation.IsToOther ? there : operation.Local, from, length);
                    operation.Status = GrantStatus.Okay;
                }
            }
        }
    }

    private byte* Lend(ushort caller, ReadOnlySpan<uint> references, out ushort life)
    {
        lock (_gate)
        {
            life = _life;
            byte* start = null;
            for (int page = 0; page < references.Length; page++)
            {
                uint reference = references[page];
                if (reference >= (uint)_entries.Length || _entries[reference].Page is null || _entries[reference].Domain != caller)
                {
                    return null;
                }

                byte* memory = _entries[reference].Page;
                start = page == 0 ? memory : start;
                if (memory != start + (page * PageBytes))
                {
                    throw new XenException(
                        XenError.CallFailed, "Simulated Xen maps in a row only pages that stand in a row at their owner's: map them one by one.");
                }
            }

            for (int page = 0; page < references.Length; page++)
            {
                _entries[references[page]].Maps++;
                xen.Mapped.Add(start + (page * PageBytes));
            }

            return start;
        }
    }

    private void TakeBack(in MappedRun run)
    {
        lock (_gate)
        {
            for (int page = 0; page < run.References.Length; page++)
            {
                uint reference = run.References[page];
                if (run.Life == _life && --_entries[reference].Maps == 0 && _entries[reference].Page is null)
                {
                    _free.Push(reference);
                }

                xen.Mapped.Remove((byte*)run.Start + (page * PageBytes));
            }
        }
    }

    private uint TakeReference()
    {
        if (_free.TryPop(out uint reference))
        {
            return reference;
        }

        if (_next == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        return (uint)_next++;
    }

    private void ScribbleOver(byte* start, int pages)
    {
        if (xen.IsScribbling)
        {
            new Span<byte>(start, pages * PageBytes).Fill(Scribble);
        }
    }

    private static void CheckAligned(byte* start)
    {
        if (((nuint)start & (PageBytes - 1)) != 0)
        {
            throw new ArgumentException("Only whole pages are granted.", nameof(start));
        }
    }
}
