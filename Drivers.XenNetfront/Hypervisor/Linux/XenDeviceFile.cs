using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;

namespace NetStack.Drivers.XenNetfront;

/// <summary>The device files by which Linux hands Xen to programs, and the numbers of what is asked of them by <c>ioctl</c>.</summary>
/// <remarks>
/// Linux's and Xen's headers <c>xen/gntalloc.h</c>, <c>xen/gntdev.h</c>, <c>xen/evtchn.h</c> and <c>xen/privcmd.h</c>. A number is
/// the length of the structure, shifted by 16, the letter of the device, shifted by 8, and the request.
/// </remarks>
internal static unsafe class XenDeviceFile
{
    public const string Folder = "/dev/xen";

    public const nuint AllocateGrants = (24 << 16) | ('G' << 8) | 5;
    public const nuint DeallocateGrants = (16 << 16) | ('G' << 8) | 6;
    public const nuint AllocatedUnmapNotify = (16 << 16) | ('G' << 8) | 7;

    public const nuint MapGrants = (24 << 16) | ('G' << 8) | 0;
    public const nuint UnmapGrants = (16 << 16) | ('G' << 8) | 1;
    public const nuint MappedUnmapNotify = (16 << 16) | ('G' << 8) | 7;
    public const nuint CopyGrants = (16 << 16) | ('G' << 8) | 8;

    public const nuint BindInterdomain = (8 << 16) | ('E' << 8) | 1;
    public const nuint BindUnbound = (4 << 16) | ('E' << 8) | 2;
    public const nuint UnbindPort = (4 << 16) | ('E' << 8) | 3;
    public const nuint NotifyPort = (4 << 16) | ('E' << 8) | 4;
    public const nuint ResetEvents = ('E' << 8) | 5;

    public const nuint Hypercall = (48 << 16) | ('P' << 8) | 0;

    public static SafeFileHandle OpenGrantAllocator(string folder) => Open(folder, "gntalloc", "xen-gntalloc");

    public static SafeFileHandle OpenGrantMapper(string folder) => Open(folder, "gntdev", "xen-gntdev");

    public static SafeFileHandle OpenEventChannels(string folder) => Open(folder, "evtchn", "xen-evtchn");

    public static SafeFileHandle OpenStore(string folder) => Open(folder, "xenbus", module: null);

    /// <summary>Makes a request.</summary>
    /// <returns>What the call returns: less than zero is a failure, whose number the runtime keeps.</returns>
    public static int Control(SafeFileHandle handle, nuint request, void* argument) =>
        LibC.Control((int)handle.DangerousGetHandle(), request, (byte*)argument);

    /// <exception cref="XenException">It does not open; the message says why and what to do.</exception>
    private static SafeFileHandle Open(string folder, string file, string? module)
    {
        int descriptor = LibC.Open($"{folder}/{file}", LibC.ReadWrite | LibC.NonBlocking | LibC.CloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw XenFailure.OfOpen(folder, file, module, Marshal.GetLastPInvokeError());
    }
}
