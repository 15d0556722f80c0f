using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Core;
using NetStack.Ethernet;

namespace NetStack.Drivers.Linux.Tests;

/// <summary>A device behind event descriptors, which the test raises.</summary>
internal sealed unsafe class EventDevice(params SafeFileHandle[] handles) : IEthernetDevice, IPollable
{
    public string Name => "event";

    public MacAddress Address => default;

    public DeviceCapabilities Capabilities => default;

    public SafeFileHandle[] Handles { get; set; } = handles;

    public bool IsTransmitBlocked { get; set; }

    public static SafeFileHandle NewEvent()
    {
        int descriptor = LibC.EventDescriptor(0, LibC.NonBlocking | LibC.CloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    }

    public static void Raise(SafeFileHandle handle)
    {
        ulong one = 1;
        Assert.Equal(sizeof(ulong), LibC.Write((int)handle.DangerousGetHandle(), (byte*)&one, sizeof(ulong)));
    }

    public void Attach(PacketPool pool, Action wake)
    {
        // Nothing is received.
    }

    public int Receive(Span<PacketBuffer> burst, Instant now) => 0;

    public int Transmit(ReadOnlySpan<PacketBuffer> burst, Instant now) => 0;

    public void Reclaim()
    {
        // Nothing is held.
    }

    public IDeviceWaiter? CreateWaiter() => null;

    public void Dispose() => Array.ForEach(Handles, handle => handle.Dispose());
}
