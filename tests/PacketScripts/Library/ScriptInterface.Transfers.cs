using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetStack.IP;

namespace NetStack.PacketScripts;

// Slots 7 to 16: what reads and writes.
public static unsafe partial class ScriptInterface
{
    /// <summary>The most pieces of an <c>iovec</c>: UIO_MAXIOV.</summary>
    private const nuint GreatestVector = 1024;

    private static void FillTransfers(void** table)
    {
        table[7] = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, nint>)&Read;
        table[8] = (delegate* unmanaged[Cdecl]<nint, int, nint*, int, nint>)&ReadVector;
        table[9] = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, int, nint>)&Receive;
        table[10] = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, int, byte*, uint*, nint>)&ReceiveFrom;
        table[11] = (delegate* unmanaged[Cdecl]<nint, int, MessageHeader*, int, nint>)&ReceiveMessage;
        table[12] = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, nint>)&Write;
        table[13] = (delegate* unmanaged[Cdecl]<nint, int, nint*, int, nint>)&WriteVector;
        table[14] = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, int, nint>)&Send;
        table[15] = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, int, byte*, uint, nint>)&SendTo;
        table[16] = (delegate* unmanaged[Cdecl]<nint, int, MessageHeader*, int, nint>)&SendMessage;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Read(nint self, int number, void* buffer, nuint lengthBytes) =>
        ReadInto(self, number, new MemoryPieces(buffer, lengthBytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint ReadVector(nint self, int number, nint* vector, int count) =>
        IsVector(vector, (nuint)count) ? ReadInto(self, number, new MemoryPieces(vector, (nuint)count)) : Fail(self);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Receive(nint self, int number, void* buffer, nuint lengthBytes, int flags) =>
        (nint)ForSocket(self, number, socket => socket.Receive(new MemoryPieces(buffer, lengthBytes), flags, new Receipt()));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint ReceiveFrom(nint self, int number, void* buffer, nuint lengthBytes, int flags, byte* address, uint* addressBytes) =>
        (nint)ForSocket(self, number, socket =>
        {
            Receipt receipt = new();
            long result = socket.Receive(new MemoryPieces(buffer, lengthBytes), flags, receipt);
            if (result < 0 || address is null || addressBytes is null)
            {
                return result;
            }

            if (receipt.Source is not { } source)
            {
                *addressBytes = 0;
                return result;
            }

            int written = SocketAddress.Write(source, socket.Family, (nint)address, addressBytes);
            return written < 0 ? written : result;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint ReceiveMessage(nint self, int number, MessageHeader* header, int flags) =>
        (nint)ForSocket(self, number, socket =>
        {
            if (header is null || !IsVector(header->Vector, header->VectorCount))
            {
                return header is null ? -LinuxError.BadAddress : -LinuxError.MessageTooLong;
            }

            Receipt receipt = new();
            long result = socket.Receive(new MemoryPieces(header->Vector, header->VectorCount), flags, receipt);
            return result < 0 ? result : ControlMessages.Write(header, socket.Family, receipt) is var written && written < 0 ? written : result;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Write(nint self, int number, void* buffer, nuint lengthBytes) =>
        WriteFrom(self, number, new MemoryPieces(buffer, lengthBytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint WriteVector(nint self, int number, nint* vector, int count) =>
        IsVector(vector, (nuint)count) ? WriteFrom(self, number, new MemoryPieces(vector, (nuint)count)) : Fail(self);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Send(nint self, int number, void* buffer, nuint lengthBytes, int flags) =>
        (nint)ForSocket(self, number, socket => socket.Send(new MemoryPieces(buffer, lengthBytes), flags, null));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint SendTo(nint self, int number, void* buffer, nuint lengthBytes, int flags, byte* address, uint addressBytes) =>
        (nint)ForSocket(self, number, socket => SendTo(socket, new MemoryPieces(buffer, lengthBytes), flags, address, addressBytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint SendMessage(nint self, int number, MessageHeader* header, int flags) =>
        (nint)ForSocket(self, number, socket =>
            header is null ? -LinuxError.BadAddress
            : !IsVector(header->Vector, header->VectorCount) ? -LinuxError.MessageTooLong
            : SendTo(socket, new MemoryPieces(header->Vector, header->VectorCount), flags, (byte*)header->Name, header->NameLengthBytes));

    private static long SendTo(SocketDescriptor socket, MemoryPieces memory, int flags, byte* address, uint addressBytes)
    {
        // A stream has its peer, and does not look at the address unless the call opens it.
        if (address is null || (socket is StreamSocket && (flags & LinuxMessage.FastOpen) == 0))
        {
            return socket.Send(memory, flags, null);
        }

        if ((flags & LinuxMessage.FastOpen) != 0
            && SocketAddress.FamilyOf(new ReadOnlySpan<byte>(address, (int)addressBytes)) == LinuxFamily.Unspecified)
        {
            return -LinuxError.NotSupported;
        }

        long result = ReadAddress(address, addressBytes, socket, out IpEndPoint destination);
        return result < 0 ? result : socket.Send(memory, flags, destination);
    }

    private static nint ReadInto(nint self, int number, MemoryPieces memory) => (nint)ForHost(self, host => host.Find(number) switch
    {
        SocketDescriptor socket => socket.Receive(memory, 0, new Receipt()),
        not null => -LinuxError.Invalid,
        null => host.IsPipe(number) ? HostCalls.ReadFrom(number, memory) : -LinuxError.BadDescriptor,
    });

    private static nint WriteFrom(nint self, int number, MemoryPieces memory) => (nint)ForHost(self, host => host.Find(number) switch
    {
        SocketDescriptor socket => socket.Send(memory, 0, null),
        not null => -LinuxError.Invalid,
        null => host.IsPipe(number) ? HostCalls.WriteTo(number, memory) : -LinuxError.BadDescriptor,
    });

    private static bool IsVector(nint* vector, nuint count) => count <= GreatestVector && (vector is not null || count == 0);

    private static nint Fail(nint self) => (nint)ForHost(self, static _ => -LinuxError.Invalid);
}
