using System.Runtime.InteropServices;

namespace NetStack.PacketScripts;

/// <summary>The few calls that go to the host: every descriptor is a real one, and pipes are the host's own.</summary>
internal static unsafe partial class HostCalls
{
    private const int CloseOnExec = 0x80000;

    /// <summary>A descriptor that nothing is done with but to have its number.</summary>
    /// <returns>The number, or the error, negated.</returns>
    public static int Open() => (int)Result(EventDescriptor(0, CloseOnExec));

    public static long CloseNumber(int number) => Result(Close(number));

    public static long MakePipe(int* numbers) => Result(Pipe(numbers));

    public static long ReadFrom(int number, MemoryPieces memory)
    {
        byte[] buffer = new byte[memory.LengthBytes];
        long count;
        fixed (byte* start = buffer)
        {
            count = Result(Read(number, start, (nuint)buffer.Length));
        }

        memory.Write(0, buffer.AsSpan(0, (int)Math.Max(count, 0)));
        return count;
    }

    public static long WriteTo(int number, MemoryPieces memory)
    {
        byte[] buffer = new byte[memory.LengthBytes];
        memory.Read(0, buffer);
        fixed (byte* start = buffer)
        {
            return Result(Write(number, start, (nuint)buffer.Length));
        }
    }

    public static long ControlDescriptor(int number, int command, nint argument) => Result(FileControl(number, command, argument));

    public static long PollOne(ref PollDescriptor descriptor)
    {
        fixed (PollDescriptor* entry = &descriptor)
        {
            return Result(Poll(entry, 1, 0));
        }
    }

    private static long Result(long result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int number);

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    private static partial int Pipe(int* numbers);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int number, byte* buffer, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int number, byte* buffer, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int number, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);
}
