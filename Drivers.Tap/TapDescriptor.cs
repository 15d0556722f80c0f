using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetStack.Drivers.Tap;

/// <summary>The descriptor through which the frames of one queue pass.</summary>
internal static class TapDescriptor
{
    /// <summary>Opens a queue of an interface, and creates the interface where there is none of that name.</summary>
    /// <exception cref="TapException">It could not be opened.</exception>
    public static SafeFileHandle Open(string name, bool isMultiQueue)
    {
        SafeFileHandle handle = OpenDriver(name);
        int error = Attach(handle, name, isMultiQueue);
        if (error == 0)
        {
            return handle;
        }

        handle.Dispose();
        throw error == Errno.Invalid && IsOfOtherKind(name, isMultiQueue)
            ? TapFailure.OtherQueues(name, isMultiQueue)
            : TapFailure.OfAttach(name, error, isMultiQueue);
    }

    private static SafeFileHandle OpenDriver(string name)
    {
        int descriptor = LibC.Open(TapFailure.DevicePath, LibC.ReadWrite | LibC.NonBlocking | LibC.CloseOnExec);
        return descriptor < 0
            ? throw TapFailure.OfOpen(name, Marshal.GetLastPInvokeError())
            : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static int Attach(SafeFileHandle handle, string name, bool isMultiQueue)
    {
        InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], name)
        {
            // IFF_VNET_HDR would be asked for here.
            Flags = (short)(LibC.TunTap | LibC.TunNoPacketHeader | (isMultiQueue ? LibC.TunMultiQueue : 0)),
        };
        return request.Control((int)handle.DangerousGetHandle(), LibC.SetTunInterface);
    }

    /// <summary>
    /// Whether the interface is a TAP that opens with one queue where several were asked for, or the other way round. The kernel
    /// has one error for that and for what is no TAP at all: only trying tells.
    /// </summary>
    private static bool IsOfOtherKind(string name, bool isMultiQueue)
    {
        using SafeFileHandle handle = OpenDriver(name);
        return Attach(handle, name, !isMultiQueue) is 0 or Errno.Busy;
    }
}
