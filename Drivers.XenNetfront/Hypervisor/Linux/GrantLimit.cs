using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>How many grants the domain may give: the lesser of what the kernel's module allows programs and what Xen's table has room for.</summary>
internal static unsafe class GrantLimit
{
    private const string ModuleLimit = "/sys/module/xen_gntalloc/parameters/limit";

    // Xen's grant_table.h: a frame of version 1 holds 512 entries of 8 bytes; a domain has 64 frames unless configured otherwise.
    private const int EntriesPerFrame = 512;
    private const int UsualFrames = 64;

    // __HYPERVISOR_grant_table_op with GNTTABOP_query_size of ourselves (DOMID_SELF).
    private const ulong GrantTableOperation = 20;
    private const ulong QuerySize = 6;
    private const ushort Self = 0x7FF0;

    /// <summary>Raises the module's limit to the table's size where this user may, and reads what it is then.</summary>
    /// <param name="folder">Where the device files are.</param>
    public static int Raise(string folder)
    {
        int table = TableSize(folder);
        try
        {
            if (Read() < table)
            {
                File.WriteAllText(ModuleLimit, table.ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Root may; others have what root left them.
        }

        try
        {
            return Math.Min(Read(), table);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return table;
        }
    }

    private static int Read() =>
        int.TryParse(File.ReadAllText(ModuleLimit).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int limit)
            ? limit
            : int.MaxValue;

    private static int TableSize(string folder)
    {
        int descriptor = LibC.Open($"{folder}/privcmd", LibC.ReadWrite | LibC.CloseOnExec);
        if (descriptor < 0)
        {
            return UsualFrames * EntriesPerFrame;
        }

        using SafeFileHandle privileged = new(descriptor, ownsHandle: true);

        // Xen reads and writes this through our own page tables: it must be there, and an array on the heap may move.
        uint* query = (uint*)NativeMemory.AlignedAlloc(16, 16);
        query[0] = Self;
        query[1] = 0;
        query[2] = 0;
        query[3] = 0;
        ulong* call = stackalloc ulong[6] { GrantTableOperation, QuerySize, (ulong)query, 1, 0, 0 };
        int result = XenDeviceFile.Control(privileged, XenDeviceFile.Hypercall, call);
        uint frames = query[2];
        NativeMemory.AlignedFree(query);
        return result == 0 && frames is > 0 and <= 65_536 ? (int)frames * EntriesPerFrame : UsualFrames * EntriesPerFrame;
    }
}
