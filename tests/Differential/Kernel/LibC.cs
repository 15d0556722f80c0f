using System.Runtime.InteropServices;

namespace NetStack.Differential.Tests;

/// <summary>The system calls on the kernel's sockets and TUN. <c>ioctl</c> and <c>open</c> are declared without their dots.</summary>
internal static unsafe partial class LibC
{
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const int AddressFamilyInet = 2;
    public const int AddressFamilyNetlink = 16;
    public const int SocketStream = 1;
    public const int SocketRaw = 3;
    public const int NetlinkDiagnostics = 4;

    public const int SocketLevel = 1;
    public const int ReuseAddress = 2;
    public const int SocketError = 4;
    public const int Linger = 13;

    public const int TcpLevel = 6;
    public const int NoDelay = 1;
    public const int Cork = 3;

    public const int ShutdownWrite = 1;
    public const int NoSignal = 0x4000;

    public const nuint SetTunInterface = 0x400454CA;
    public const short Tun = 0x1;
    public const short NoPacketHeader = 0x1000;

    public const int TryAgain = 11;
    public const int InProgress = 115;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, byte* argument);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* destination, nuint lengthBytes);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* source, nuint lengthBytes);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int descriptor, byte* address, uint lengthBytes);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int descriptor, int backlog);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int descriptor, byte* address, uint lengthBytes);

    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int descriptor, byte* address, uint* lengthBytes, int flags);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int descriptor, byte* source, nuint lengthBytes, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int descriptor, byte* destination, nuint lengthBytes, int flags);

    [LibraryImport(Library, EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int descriptor, int how);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int descriptor, int level, int name, int* value, uint lengthBytes);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int descriptor, int level, int name, int* value, uint* lengthBytes);
}
