using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>The descriptor through which the frames of one queue pass.</summary>
internal static class TapDescriptor
{
    /// <summary>Opens a queue of an interface, and creates the interface where there is none of that name.</summary>
    /// <param name="kernel">The interface, which need not exist.</param>
    /// <param name="wantsOffloads">Whether a header of offload facts goes before each frame.</param>
    /// <param name="isMultiQueue">Whether the interface has several queues: all of them are then opened so.</param>
    /// <param name="offloads">What may be left to the kernel.</param>
    /// <exception cref="TapException">It could not be opened.</exception>
    public static SafeFileHandle Open(KernelInterface kernel, bool wantsOffloads, bool isMultiQueue, out DeviceOffloads offloads)
    {
        string name = kernel.Name;
        int descriptor = LibC.Open(TapFailure.DevicePath, LibC.ReadWrite | LibC.NonBlocking | LibC.CloseOnExec);
        if (descriptor < 0)
        {
            throw TapFailure.OfOpen(name, Marshal.GetLastPInvokeError());
        }

        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], name)
        {
            Flags = (short)(TunControl.TunTap | TunControl.TunNoPacketHeader
                | (wantsOffloads ? TunControl.TunVirtioHeader : 0) | (isMultiQueue ? TunControl.TunMultiQueue : 0)),
        };
        int error = request.Control(descriptor, TunControl.SetTunInterface);
        if (error != 0)
        {
            handle.Dispose();

            // Of a TAP, nothing but the number of its queues is invalid.
            throw error == Errno.Invalid && kernel.IsTap
                ? TapFailure.OtherQueues(name, isMultiQueue)
                : TapFailure.OfAttach(name, error, isMultiQueue);
        }

        offloads = ChooseOffloads(name, handle, wantsOffloads);
        return handle;
    }

    /// <summary>Tells the kernel what it may leave to us, and learns what we may leave to it. An interface keeps both from one program to the next.</summary>
    private static DeviceOffloads ChooseOffloads(string name, SafeFileHandle handle, bool wantsOffloads)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        if (!wantsOffloads)
        {
            return LibC.Control(descriptor, TunControl.SetTunOffloads, 0) == 0
                ? DeviceOffloads.None
                : throw Failed(handle, name, "turning its offloads off");
        }

        int headerBytes = VirtioNetHeader.LengthBytes;
        unsafe
        {
            if (LibC.Control(descriptor, TunControl.SetTunHeaderBytes, (byte*)&headerBytes) != 0)
            {
                throw Failed(handle, name, "setting the length of its offload header");
            }
        }

        const DeviceOffloads WithoutUdp = DeviceOffloads.TransmitChecksumV4 | DeviceOffloads.TransmitChecksumV6
            | DeviceOffloads.SegmentTcpV4 | DeviceOffloads.SegmentTcpV6;
        if (LibC.Control(descriptor, TunControl.SetTunOffloads, TunControl.TunSegmentTcp | TunControl.TunSegmentUdp) == 0)
        {
            return WithoutUdp | DeviceOffloads.SegmentUdp;
        }

        return LibC.Control(descriptor, TunControl.SetTunOffloads, TunControl.TunSegmentTcp) == 0
            ? WithoutUdp
            : throw Failed(handle, name, "turning its offloads on");
    }

    private static TapException Failed(SafeFileHandle handle, string name, string doing)
    {
        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return TapFailure.SystemCall(name, doing, error);
    }
}
