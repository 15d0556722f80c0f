using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetStack.Drivers.Linux;
using NetStack.Ethernet;

namespace NetStack.Drivers.Tap;

/// <summary>
/// The kernel's end of a TAP: an interface like any other, asked about and changed through a control socket of the network
/// namespace that the opening thread was in.
/// </summary>
internal sealed class KernelInterface : IDisposable
{
    private readonly SafeFileHandle _control;

    /// <exception cref="TapException">The control socket could not be made.</exception>
    public KernelInterface(string name)
    {
        Name = name;
        int descriptor = LibC.Socket(LibC.AddressFamilyInet, LibC.SocketDatagram | LibC.CloseOnExec, 0);
        if (descriptor < 0)
        {
            throw TapFailure.SystemCall(name, "making its control socket", Marshal.GetLastPInvokeError());
        }

        _control = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    public string Name { get; }

    public bool Exists => Ask(TunControl.GetInterfaceIndex, out _) == 0;

    public bool IsUp => Ask(TunControl.GetInterfaceFlags, out InterfaceReply reply) == 0 && (reply.Flags & TunControl.InterfaceUp) != 0;

    /// <summary>Whether the kernel has an address of either family on the interface.</summary>
    public bool HasAddress => Ask(TunControl.GetInterfaceAddress, out _) == 0 || HasIpv6Address();

    /// <exception cref="TapException">The kernel does not say.</exception>
    public int MtuBytes
    {
        get
        {
            Require(Ask(TunControl.GetInterfaceMtu, out InterfaceReply reply), "reading its MTU");
            return reply.Number;
        }
    }

    /// <exception cref="TapException">The kernel does not say.</exception>
    public MacAddress Address
    {
        get
        {
            Require(Ask(TunControl.GetHardwareAddress, out InterfaceReply reply), "reading its station address");
            return reply.HardwareAddress;
        }
    }

    /// <summary>Sets the interface up.</summary>
    /// <returns>Zero, or the error number.</returns>
    public int SetUp()
    {
        int error = Ask(TunControl.GetInterfaceFlags, out InterfaceReply reply);
        if (error != 0)
        {
            return error;
        }

        InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], Name)
        {
            Flags = (short)(reply.Flags | TunControl.InterfaceUp),
        };
        return request.Control(Descriptor, TunControl.SetInterfaceFlags);
    }

    /// <summary>
    /// Lets the kernel act on the cable that was just plugged in. It does so on a worker of its own, some time later, and
    /// until then drops what it sends to us; asking for the state of the link makes it act at once.
    /// </summary>
    public void SettleLink()
    {
        // A kernel that does not answer has lost nothing: the first frame may then be dropped, and is sent again.
        _ = HasCarrier;
    }

    /// <summary>Whether something is at the other end of the cable: a program that has the TAP open.</summary>
    public unsafe bool HasCarrier
    {
        get
        {
            uint* question = stackalloc uint[2] { TunControl.EthernetToolGetLink, 0 };
            InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], Name) { Pointer = (nint)question };
            return request.Control(Descriptor, TunControl.EthernetTool) == 0 && question[1] != 0;
        }
    }

    /// <summary>Whether the interface is a TAP, of whatever kind.</summary>
    /// <remarks>The driver's name stands behind the 4 bytes of the command, and where the device is behind two more texts of as many bytes.</remarks>
    public unsafe bool IsTap
    {
        get
        {
            const int CommandBytes = 4;
            const int TextBytes = 32;
            const int InformationBytes = 196;
            byte* information = stackalloc byte[InformationBytes];
            new Span<byte>(information, InformationBytes).Clear();
            *(uint*)information = TunControl.EthernetToolGetDriver;
            InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], Name) { Pointer = (nint)information };
            return request.Control(Descriptor, TunControl.EthernetTool) == 0
                && new Span<byte>(information + CommandBytes, TextBytes).StartsWith("tun\0"u8)
                && new Span<byte>(information + CommandBytes + (3 * TextBytes), TextBytes).StartsWith("tap\0"u8);
        }
    }

    /// <summary>Sets the MTU.</summary>
    /// <returns>Zero, or the error number.</returns>
    public int SetMtu(int mtuBytes)
    {
        InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], Name) { Number = mtuBytes };
        return request.Control(Descriptor, TunControl.SetInterfaceMtu);
    }

    public void Dispose() => _control.Dispose();

    private int Descriptor => (int)_control.DangerousGetHandle();

    private int Ask(nuint question, out InterfaceReply reply)
    {
        if (_control.IsClosed)
        {
            reply = default;
            return Errno.BadDescriptor;
        }

        InterfaceRequest request = new(stackalloc byte[InterfaceRequest.LengthBytes], Name);
        int error = request.Control(Descriptor, question);
        reply = new InterfaceReply(request.Flags, request.Number, request.HardwareAddress);
        return error;
    }

    private void Require(int error, string doing)
    {
        if (error != 0)
        {
            throw TapFailure.SystemCall(Name, doing, error);
        }
    }

    private bool HasIpv6Address()
    {
        // The thread's own file: the process's would show another namespace where only the thread entered one.
        const string Addresses = "/proc/thread-self/net/if_inet6";
        try
        {
            foreach (string line in File.ReadLines(Addresses))
            {
                if (line.AsSpan().TrimEnd().EndsWith(" " + Name, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A kernel without IPv6 has no such file.
        }

        return false;
    }

    /// <summary>What may stand in the value of a reply; which of them does depends on the question.</summary>
    private readonly record struct InterfaceReply(short Flags, int Number, MacAddress HardwareAddress);
}
