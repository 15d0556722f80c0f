using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetStack.IP;

namespace NetStack.PacketScripts;

// Slots 1 to 6 and 17 to 22: descriptors and what is asked of them.
public static unsafe partial class ScriptInterface
{
    private static void FillSockets(void** table)
    {
        table[1] = (delegate* unmanaged[Cdecl]<nint, void>)&Free;
        table[2] = (delegate* unmanaged[Cdecl]<nint, int, int, int, int>)&Socket;
        table[3] = (delegate* unmanaged[Cdecl]<nint, int, byte*, uint, int>)&Bind;
        table[4] = (delegate* unmanaged[Cdecl]<nint, int, int, int>)&Listen;
        table[5] = (delegate* unmanaged[Cdecl]<nint, int, byte*, uint*, int>)&Accept;
        table[6] = (delegate* unmanaged[Cdecl]<nint, int, byte*, uint, int>)&Connect;
        table[17] = (delegate* unmanaged[Cdecl]<nint, int, int, nint, int>)&ControlDescriptor;
        table[18] = (delegate* unmanaged[Cdecl]<nint, int, ulong, int*, int>)&ControlDevice;
        table[19] = (delegate* unmanaged[Cdecl]<nint, int, int>)&Close;
        table[20] = (delegate* unmanaged[Cdecl]<nint, int, int, int>)&Shutdown;
        table[21] = (delegate* unmanaged[Cdecl]<nint, int, int, int, byte*, uint*, int>)&GetOption;
        table[22] = (delegate* unmanaged[Cdecl]<nint, int, int, int, byte*, uint, int>)&SetOption;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint self)
    {
        ForHost(self, static host =>
        {
            host.Free();
            return 0;
        });
        GCHandle.FromIntPtr(self).Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Socket(nint self, int domain, int type, int protocol) =>
        (int)ForHost(self, host => SocketFactory.Open(host, domain, type, protocol));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Bind(nint self, int number, byte* address, uint lengthBytes) =>
        (int)ForSocket(self, number, socket =>
        {
            long result = ReadAddress(address, lengthBytes, socket, out IpEndPoint local);
            return result == 0 ? HostOf(self)!.Call(() => socket.Bind(local)) : result;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Listen(nint self, int number, int backlog) =>
        (int)ForSocket(self, number, socket => HostOf(self)!.Call(() => socket.Listen(backlog)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Accept(nint self, int number, byte* address, uint* lengthBytes) =>
        (int)ForSocket(self, number, socket =>
        {
            if (socket is not StreamSocket stream)
            {
                return -LinuxError.NotSupported;
            }

            IpEndPoint peer = default;
            long result = HostOf(self)!.Call(!socket.IsNonBlocking, -LinuxError.Again, stream.AcceptDeadline, () => stream.Accept(out peer));
            if (result < 0)
            {
                return result;
            }

            int written = SocketAddress.Write(peer, socket.Family, (nint)address, lengthBytes);
            return written < 0 ? written : result;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Connect(nint self, int number, byte* address, uint lengthBytes) =>
        (int)ForSocket(self, number, socket =>
        {
            if (address is not null && SocketAddress.FamilyOf(new ReadOnlySpan<byte>(address, (int)lengthBytes)) == LinuxFamily.Unspecified)
            {
                return HostOf(self)!.Call(socket.Disconnect);
            }

            long result = ReadAddress(address, lengthBytes, socket, out IpEndPoint remote);
            return result == 0 ? socket.Connect(remote) : result;
        });

    /// <remarks>fcntl is variadic in C: what is not given is whatever the register holds, and not looked at.</remarks>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ControlDescriptor(nint self, int number, int command, nint argument) =>
        (int)ForHost(self, host => host.Find(number) is { } descriptor
            ? DescriptorControl.Apply(descriptor, command, (int)argument)
            : host.IsPipe(number) ? HostCalls.ControlDescriptor(number, command, argument) : -LinuxError.BadDescriptor);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ControlDevice(nint self, int number, ulong request, int* argument) =>
        (int)ForSocket(self, number, socket => HostOf(self)!.Call(() =>
        {
            if (argument is null)
            {
                return -LinuxError.BadAddress;
            }

            if ((uint)request == LinuxRequest.NonBlocking)
            {
                socket.IsNonBlocking = *argument != 0;
                return 0;
            }

            long result = socket.Control((uint)request, out int value);
            if (result == 0)
            {
                *argument = value;
            }

            return result;
        }));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(nint self, int number) => (int)ForHost(self, host => host.Close(number));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Shutdown(nint self, int number, int how) =>
        (int)ForSocket(self, number, socket => HostOf(self)!.Call(() => socket.Shutdown(how)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetOption(nint self, int number, int level, int option, byte* value, uint* lengthBytes) =>
        (int)ForSocket(self, number, socket => HostOf(self)!.Call(() =>
        {
            if (lengthBytes is null || (value is null && *lengthBytes > 0))
            {
                return -LinuxError.BadAddress;
            }

            if ((int)*lengthBytes < 0)
            {
                return -LinuxError.Invalid;
            }

            int written = socket.GetOption(level, option, new Span<byte>(value, (int)*lengthBytes));
            if (written < 0)
            {
                return written;
            }

            *lengthBytes = (uint)written;
            return 0;
        }));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SetOption(nint self, int number, int level, int option, byte* value, uint lengthBytes) =>
        (int)ForSocket(self, number, socket => HostOf(self)!.Call(() =>
            (int)lengthBytes < 0 ? -LinuxError.Invalid
            : value is null && lengthBytes > 0 ? -LinuxError.BadAddress
            : socket.SetOption(level, option, new ReadOnlySpan<byte>(value, (int)lengthBytes))));

    private static long ReadAddress(byte* address, uint lengthBytes, SocketDescriptor socket, out IpEndPoint endPoint)
    {
        endPoint = default;
        return (int)lengthBytes < 0 ? -LinuxError.Invalid
            : address is null ? -LinuxError.BadAddress
            : SocketAddress.Read(new ReadOnlySpan<byte>(address, (int)lengthBytes), socket.Family, out endPoint);
    }
}
