using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>Grants through <c>/dev/xen/gntalloc</c>, and pages of other domains through <c>/dev/xen/gntdev</c>.</summary>
/// <remarks>
/// <para>The kernel grants pages of its own. They are put at the addresses that the caller names, with what was there before: a
/// reader on another thread sees one page or the other, and the same in both. What is written during the call may be lost.</para>
/// <para>A grant lives as long as a mapping of its page, and the kernel counts mappings, not pages: each run that ends in part
/// is mapped anew in its parts.</para>
/// <para>After a suspend Xen's table is empty, and what was granted before is ended and granted anew like anything else.</para>
/// </remarks>
internal sealed unsafe class LinuxGrantTable : IGrantTable, IDisposable
{
    private const int PageBytes = GrantedRun.PageBytes;

    // struct ioctl_gntalloc_alloc_gref: domain, flags, count, index; then the references. GNTALLOC_FLAG_WRITABLE.
    private const int AllocateHeaderBytes = 16;
    private const ushort Writable = 1;

    // struct ioctl_gntdev_map_grant_ref: count, padding, index; then domain and reference of each.
    private const int MapHeaderBytes = 16;

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly SafeFileHandle _allocator;
    private readonly Lazy<SafeFileHandle> _mapper;
    private readonly SortedList<nint, GrantedRun> _granted = [];
    private readonly Dictionary<nint, (int Pages, ulong Index)> _mapped = [];
    private int _inUse;

    /// <exception cref="XenException">The device file does not open.</exception>
    public LinuxGrantTable(string folder)
    {
        _folder = folder;
        _allocator = XenDeviceFile.OpenGrantAllocator(folder);
        _mapper = new(() => XenDeviceFile.OpenGrantMapper(_folder));
        Capacity = GrantLimit.Raise(folder);
    }

    public int InUse => Volatile.Read(ref _inUse);

    public int Capacity { get; }

    private static byte* Failed => (byte*)-1;

    public byte* AllocatePages(int pages)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        byte* start = LibC.Map(null, BytesOf(pages), LibC.ProtectReadWrite, LibC.MapAnonymous, -1, 0);
        return start != Failed ? start : throw XenFailure.NoMemory(pages);
    }

    public void FreePages(byte* start, int pages) => LibC.Unmap(start, BytesOf(pages));

    public bool TryGrant(ushort domain, byte* start, int pages, Span<uint> references)
    {
        CheckAligned(start);
        ArgumentOutOfRangeException.ThrowIfNegative(pages);
        if (pages == 0)
        {
            return true;
        }

        lock (_gate)
        {
            if (_inUse + pages > Capacity || !TryAllocate(domain, pages, references, out ulong index))
            {
                return false;
            }

            GrantedRun run = new((nint)start, pages, index);
            byte* fresh = LibC.Map(null, BytesOf(pages), LibC.ProtectReadWrite, LibC.MapShared, Descriptor(_allocator), (long)index);
            if (fresh == Failed)
            {
                // The kernel has no more mappings for this process (vm.max_map_count), or no memory for one.
                Deallocate(run);
                return false;
            }

            PutInPlace(fresh, start, pages);
            _granted.Add(run.Start, run);
            _inUse += pages;
            return true;
        }
    }

    public void End(byte* start, ReadOnlySpan<uint> references)
    {
        CheckAligned(start);
        nint at = (nint)start;
        nint end = at + ((nint)references.Length * PageBytes);
        lock (_gate)
        {
            while (at < end && FindFirst(at, end) is { } run)
            {
                nint first = Math.Max(at, run.Start);
                nint last = Math.Min(end, run.End);
                EndPart(run, (int)((first - run.Start) / PageBytes), (int)((last - first) / PageBytes));
                at = last;
            }
        }
    }

    public byte* TryMap(ushort domain, ReadOnlySpan<uint> references)
    {
        int pages = references.Length;
        ArgumentOutOfRangeException.ThrowIfZero(pages);
        byte[] request = new byte[MapHeaderBytes + (pages * 2 * sizeof(uint))];
        fixed (byte* bytes = request)
        {
            *(uint*)bytes = (uint)pages;
            uint* each = (uint*)(bytes + MapHeaderBytes);
            for (int page = 0; page < pages; page++)
            {
                each[2 * page] = domain;
                each[(2 * page) + 1] = references[page];
            }

            if (XenDeviceFile.Control(_mapper.Value, XenDeviceFile.MapGrants, bytes) < 0)
            {
                return null;
            }

            ulong index = *(ulong*)(bytes + 8);
            byte* start = LibC.Map(null, BytesOf(pages), LibC.ProtectReadWrite, LibC.MapShared, Descriptor(_mapper.Value), (long)index);
            if (start == Failed)
            {
                Unmap(index, pages);
                return null;
            }

            lock (_gate)
            {
                _mapped.Add((nint)start, (pages, index));
            }

            return start;
        }
    }

    public void Unmap(byte* start, int pages)
    {
        (int Pages, ulong Index) mapping;
        lock (_gate)
        {
            if (!_mapped.Remove((nint)start, out mapping) || mapping.Pages != pages)
            {
                throw new ArgumentException($"{pages} pages are not mapped there.", nameof(start));
            }
        }

        LibC.Unmap(start, BytesOf(pages));
        Unmap(mapping.Index, pages);
    }

    public bool TryAnnounceEnd(byte* liveByte, uint port)
    {
        lock (_gate)
        {
            nint page = (nint)liveByte & ~(nint)(PageBytes - 1);
            if (FindFirst(page, page + PageBytes) is { } run)
            {
                return Announce(_allocator, XenDeviceFile.AllocatedUnmapNotify, run.Index + (ulong)((nint)liveByte - run.Start), port);
            }

            foreach ((nint start, (int pages, ulong index)) in _mapped)
            {
                if (page >= start && page < start + ((nint)pages * PageBytes))
                {
                    return Announce(_mapper.Value, XenDeviceFile.MappedUnmapNotify, index + (ulong)((nint)liveByte - start), port);
                }
            }
        }

        return false;
    }

    public void Copy(Span<GrantCopy> operations) => GrantCopier.Copy(_mapper.Value, operations);

    /// <summary>Closes the device files. Grants whose pages are still in use live on until those are unmapped.</summary>
    public void Dispose()
    {
        _allocator.Dispose();
        if (_mapper.IsValueCreated)
        {
            _mapper.Value.Dispose();
        }
    }

    private static nuint BytesOf(int pages) => (nuint)pages * PageBytes;

    private static int Descriptor(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    private static void CheckAligned(byte* start)
    {
        if (((nuint)start & (PageBytes - 1)) != 0)
        {
            throw new ArgumentException("Only whole pages are granted.", nameof(start));
        }
    }

    /// <summary>Fills the pages that were mapped elsewhere with what is at the place, and moves them there in one step.</summary>
    private static void PutInPlace(byte* fresh, byte* place, int pages)
    {
        Buffer.MemoryCopy(place, fresh, BytesOf(pages), BytesOf(pages));
        if (LibC.Remap(fresh, BytesOf(pages), BytesOf(pages), LibC.RemapFixed, place) == Failed)
        {
            throw XenFailure.SystemCall("putting granted pages in place", Marshal.GetLastPInvokeError());
        }
    }

    private static bool Announce(SafeFileHandle file, nuint request, ulong index, uint port)
    {
        // struct ioctl_gntalloc_unmap_notify, as gntdev's: UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT; or nothing any more.
        ulong* notify = stackalloc ulong[2];
        notify[0] = index;
        notify[1] = (port == 0 ? 0UL : 0x1 | 0x2) | ((ulong)port << 32);
        return XenDeviceFile.Control(file, request, notify) == 0;
    }

    private bool TryAllocate(ushort domain, int pages, Span<uint> references, out ulong index)
    {
        byte[] request = new byte[AllocateHeaderBytes + (pages * sizeof(uint))];
        fixed (byte* bytes = request)
        {
            *(ushort*)bytes = domain;
            *(ushort*)(bytes + 2) = Writable;
            *(uint*)(bytes + 4) = (uint)pages;
            if (XenDeviceFile.Control(_allocator, XenDeviceFile.AllocateGrants, bytes) < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                index = 0;
                return error is Errno.NoSpace or Errno.NoMemory ? false : throw XenFailure.SystemCall("granting pages", error);
            }

            index = *(ulong*)(bytes + 8);
            new ReadOnlySpan<uint>(bytes + AllocateHeaderBytes, pages).CopyTo(references);
            return true;
        }
    }

    private void Deallocate(GrantedRun run)
    {
        // struct ioctl_gntalloc_dealloc_gref: index, count.
        ulong* request = stackalloc ulong[2] { run.Index, (ulong)run.Pages };
        XenDeviceFile.Control(_allocator, XenDeviceFile.DeallocateGrants, request);
    }

    private void Unmap(ulong index, int pages)
    {
        ulong* request = stackalloc ulong[2] { index, (ulong)pages };
        XenDeviceFile.Control(_mapper.Value, XenDeviceFile.UnmapGrants, request);
    }

    private GrantedRun? FindFirst(nint at, nint end)
    {
        // The first run that ends behind the address: they do not overlap.
        int low = 0;
        int high = _granted.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _granted.GetValueAtIndex(middle).End <= at ? (middle + 1, high) : (low, middle);
        }

        return low < _granted.Count && _granted.GetValueAtIndex(low).Start < end ? _granted.GetValueAtIndex(low) : null;
    }

    private void EndPart(GrantedRun run, int page, int pages)
    {
        GrantedRun ended = run.Slice(page, pages);
        PutInPlace(AllocatePages(pages), (byte*)ended.Start, pages);
        _granted.Remove(run.Start);
        Keep(run.Slice(0, page));
        Keep(run.Slice(page + pages, run.Pages - page - pages));
        Deallocate(ended);
        _inUse -= pages;
    }

    /// <summary>Maps what remains of a run by itself: the same pages at the same place.</summary>
    private void Keep(GrantedRun rest)
    {
        if (rest.Pages == 0)
        {
            return;
        }

        _granted.Add(rest.Start, rest);
        byte* place = LibC.Map(
            (byte*)rest.Start, BytesOf(rest.Pages), LibC.ProtectReadWrite, LibC.MapShared | LibC.MapFixed, Descriptor(_allocator), (long)rest.Index);
        if (place == Failed)
        {
            throw XenFailure.SystemCall("mapping granted pages anew", Marshal.GetLastPInvokeError());
        }
    }
}
