using System.Runtime.InteropServices;

namespace NetStack.Drivers.Linux;

/// <summary>
/// The system calls of the drivers. <c>ioctl</c> and <c>open</c> are declared without their dots: on the System V and AArch64
/// Linux conventions a variable argument travels as a fixed one.
/// </summary>
/// <remarks>
/// Plain imports on purpose: suppressing the GC transition gains nothing on calls of this length and holds up the collector.
/// </remarks>
internal static unsafe partial class LibC
{
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int AddressFamilyInet = 2;
    public const int SocketDatagram = 2;

    // EPOLLIN, EPOLLOUT, EPOLLERR and EPOLLHUP; EPOLL_CTL_ADD, _DEL and _MOD.
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;
    public const uint Failed = 0x8 | 0x10;
    public const int WatchAdd = 1;
    public const int WatchRemove = 2;
    public const int WatchChange = 3;

    public const int MonotonicClock = 1;

    // PROT_READ | PROT_WRITE; MAP_SHARED, MAP_PRIVATE | MAP_ANONYMOUS, MAP_FIXED; MREMAP_MAYMOVE | MREMAP_FIXED.
    public const int ProtectReadWrite = 0x1 | 0x2;
    public const int MapShared = 0x1;
    public const int MapAnonymous = 0x2 | 0x20;
    public const int MapFixed = 0x10;
    public const int RemapFixed = 0x1 | 0x2;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, byte* argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, nint argument);

    [LibraryImport(Library, EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int TimerDescriptor(int clock, int flags);

    [LibraryImport(Library, EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int SetTimer(int descriptor, int flags, TimeSpecification* times, TimeSpecification* old);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* destination, nuint lengthBytes);

    [LibraryImport(Library, EntryPoint = "readv", SetLastError = true)]
    public static partial nint ReadVector(int descriptor, IoVector* vectors, int count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* source, nuint lengthBytes);

    [LibraryImport(Library, EntryPoint = "writev", SetLastError = true)]
    public static partial nint WriteVector(int descriptor, IoVector* vectors, int count);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int WatchDescriptor(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int Watch(int watch, int operation, int descriptor, byte* record);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int WaitForEvents(int watch, byte* records, int count, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollRecord* records, nuint count, int timeoutMilliseconds);

    /// <returns>The address, or -1.</returns>
    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial byte* Map(byte* address, nuint lengthBytes, int protection, int flags, int descriptor, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(byte* address, nuint lengthBytes);

    /// <returns>The new address, or -1.</returns>
    [LibraryImport(Library, EntryPoint = "mremap", SetLastError = true)]
    public static partial byte* Remap(byte* address, nuint lengthBytes, nuint newLengthBytes, int flags, byte* newAddress);
}
